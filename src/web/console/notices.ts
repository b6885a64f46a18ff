/** What is said at the foot of the page, whichever view is open. */
import * as state from './state.ts'

/** That something was done: for a moment. */
export function say(text: string): void {
  state.notice.value = { text, isProblem: false }
}

/** Why something was not done: whoever has looked away must find it. */
export function complain(text: string): void {
  state.notice.value = { text, isProblem: true }
}
