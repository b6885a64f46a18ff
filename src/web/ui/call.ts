import * as state from '../console/state.ts'

/** With the key of whoever is signed in, and not for ever. */
export { call } from '../console/session.ts'

/** Said where it is seen and heard, whichever view is open. */
export function say(text: string): void {
  state.notice.value = text
}
