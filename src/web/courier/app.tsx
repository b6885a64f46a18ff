import { Mark } from '../shared/mark.tsx'
import { Elsewhere, Refused } from './away.tsx'
import { currentJob } from './core/jobs.ts'
import type { Courier } from './courier.ts'
import { JobView } from './job-view.tsx'
import { Notices } from './notices.tsx'
import { OfferScreen } from './offer-screen.tsx'
import { RatingSheet } from './rating-sheet.tsx'
import { Ready } from './ready.tsx'
import { Replace } from './replace.tsx'
import { courier, isForgetting, replacing } from './session.ts'
import { SignIn } from './sign-in.tsx'
import { TopBar } from './top-bar.tsx'

export function App() {
  const working = courier.value
  if (replacing.value !== null) return <Replace replacing={replacing.value} />
  if (isForgetting.value) return <Forgetting />
  return working === null ? <SignIn /> : <Work courier={working} />
}

function Forgetting() {
  return (
    <main class="sign-in">
      <Mark />
      <p role="status">Signing out …</p>
    </main>
  )
}

function Work({ courier }: { courier: Courier }) {
  const state = courier.state.value
  // What is tapped before this page knows what is kept would be lost: the browser answers within moments.
  if (state.seat === 'unknown') return null
  if (state.seat === 'elsewhere') return <Elsewhere courier={courier} />
  const job = currentJob(state)
  // One at a time: what is behind an offer is neither seen nor reached.
  if (state.offer !== null) return <OfferScreen courier={courier} offer={state.offer} />
  return (
    <div class="app">
      <TopBar courier={courier} />
      <Notices courier={courier} />
      {state.access === 'refused' && <Refused />}
      {state.toRate !== null && <RatingSheet key={state.toRate.orderId} courier={courier} wanted={state.toRate} />}
      {job !== null && <JobView courier={courier} job={job} />}
      {job === null && state.access === 'good' && <Ready courier={courier} />}
    </div>
  )
}
