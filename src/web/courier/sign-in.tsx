import { useState } from 'preact/hooks'
import { Mark } from '../shared/mark.tsx'
import { givenToken, isAsking, problem, signIn } from './session.ts'

export function SignIn() {
  return (
    <main class="sign-in">
      <Mark />
      <h1>Waggle courier</h1>
      <p>Sign in with the token that your company gave you, or open the link that it sent.</p>
      <SignInForm given={givenToken} />
      <p class="quiet">
        It is kept on this phone until you sign out, so that the app opens again after a restart. Sign out before you
        give the phone away.
      </p>
    </main>
  )
}

export function SignInForm({ given = '' }: { given?: string }) {
  const [token, setToken] = useState(given)
  const submit = (event: Event) => {
    event.preventDefault()
    void signIn(token.trim())
  }
  return (
    <form onSubmit={submit}>
      <label for="token">Token or key</label>
      <input
        id="token"
        type="password"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        required
        value={token}
        onInput={event => setToken(event.currentTarget.value)}
        aria-describedby="token-problem"
      />
      <p id="token-problem" class="problem" role="alert">
        {problem.value}
      </p>
      <button type="submit" class="big primary" disabled={isAsking.value || token.trim() === ''}>
        {isAsking.value ? 'Signing in …' : 'Sign in'}
      </button>
    </form>
  )
}
