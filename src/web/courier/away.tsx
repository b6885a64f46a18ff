/** When this page does not work at present, and what to do about it. */

import { Mark } from '../shared/mark.tsx'
import type { Courier } from './courier.ts'
import { SignInForm } from './sign-in.tsx'

export function Elsewhere({ courier }: { courier: Courier }) {
  return (
    <main class="sign-in">
      <Mark />
      <h1>Open in another window</h1>
      <p>You work in another tab or window of this browser. Only one can, or every position would be sent twice.</p>
      <button type="button" class="big primary" onClick={() => courier.sit('anyway')}>
        Work here instead
      </button>
    </main>
  )
}

export function Refused() {
  return (
    <section class="card card-lost" aria-labelledby="refused">
      <h2 id="refused">Your sign-in has ended</h2>
      <p>Your orders, steps and positions are kept on this phone, and sent as soon as you sign in again.</p>
      <SignInForm />
    </section>
  )
}
