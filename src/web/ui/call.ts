import * as state from '../console/state.ts'
import { type Ask, ask } from '../shared/api.ts'

/** With the key of whoever is signed in. @throws {ApiError} */
export function call<T>(path: string, options?: Ask): Promise<T> {
  return ask<T>(state.key.value ?? '', path, options)
}

/** Said where it is seen and heard, whichever view is open. */
export function say(text: string): void {
  state.notice.value = text
}
