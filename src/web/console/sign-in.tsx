import { useState } from 'preact/hooks'
import { Mark } from '../shared/mark.tsx'
import { signIn } from './actions.ts'
import * as state from './state.ts'

/** A key or a token, pasted. It is kept for this tab only. */
export function SignIn() {
  const [typed, setTyped] = useState<string | null>(null)
  const key = typed ?? state.untriedKey.value ?? ''
  const isAsking = state.isSigningIn.value
  const submit = (event: Event) => {
    event.preventDefault()
    void signIn(key.trim())
  }
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <Mark />
        <h1>Waggle</h1>
        <p>
          Live dispatch of your fleet. Sign in with a key of a dispatcher or an admin; the node prints one when it
          starts.
        </p>
        <label for="key">Key or token</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={key}
          onInput={event => setTyped(event.currentTarget.value)}
          aria-describedby="key-problem"
        />
        <p id="key-problem" class="problem" role="alert">
          {state.keyProblem.value}
        </p>
        <button type="submit" class="primary" disabled={isAsking || key.trim() === ''}>
          {isAsking ? 'Signing in …' : 'Sign in'}
        </button>
        <p class="quiet">The key stays in this tab and is forgotten when you close it.</p>
      </form>
    </main>
  )
}
