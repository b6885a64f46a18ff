import { Mark } from '../shared/mark.tsx'
import type { Replacing } from './session.ts'

/** Whoever opens another courier's link may not know what it takes along. */
export function Replace({ replacing }: { replacing: Replacing }) {
  const { presentId, nextId, unsaid, answer } = replacing
  const waiting = unsaid.positions + unsaid.steps
  return (
    <main class="sign-in">
      <Mark />
      <h1>Sign in as {nextId}?</h1>
      <p>{presentId} is signed in on this phone, and everything that is kept of that would be forgotten.</p>
      {unsaid.jobs > 0 && <p class="problem">{presentId} still has an order.</p>}
      {waiting > 0 && <p class="problem">{waiting} positions and steps are not stored yet, and would be lost.</p>}
      <button type="button" class="big primary" onClick={() => answer('stay')}>
        Stay signed in as {presentId}
      </button>
      <button type="button" class="danger" onClick={() => answer('forget')}>
        Forget it and sign in as {nextId}
      </button>
    </main>
  )
}
