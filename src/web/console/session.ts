/** Signing in and out, and what happens when a key is good no more while somebody works. */
import { ApiError, type Ask, ask } from '../shared/api.ts'
import { serverAhead } from '../shared/server-ahead.ts'
import { forgetDraft } from './draft-store.ts'
import { keepKey } from './kept-key.ts'
import * as state from './state.ts'

/** @throws {ApiError} with a sentence for the reader; what was to be done may have been done. */
export function call<T>(path: string, options?: Ask): Promise<T> {
  return ask<T>(state.key.value ?? '', path, { ...options, onServed })
}

function onServed(servedAtMs: number): void {
  state.nodeAheadMs.value = serverAhead(state.nodeAheadMs.value, servedAtMs, Date.now())
}

export async function signIn(key: string): Promise<void> {
  state.isSigningIn.value = true
  try {
    await ask(key, '/v1/orders?limit=1')
    // Customers and drivers may read their own orders; the fleet is for who dispatches.
    await ask(key, '/v1/drivers?limit=1')
    keepKey(key)
    state.keyProblem.value = null
    state.untriedKey.value = null
    state.trouble.value = null
    state.key.value = key
  } catch (error) {
    state.keyProblem.value = problemOf(error)
    state.untriedKey.value = error instanceof ApiError && error.status === 0 ? key : null
  } finally {
    state.isSigningIn.value = false
  }
}

/** By the reader's own wish: nothing of what was on the screen stays. */
export function signOut(): void {
  keepKey(null)
  forgetDraft()
  location.reload()
}

/** The key was revoked or has expired. What is selected and what is being made stay for whoever signs in again in this tab. */
export function keyLapsed(): void {
  keepKey(null)
  state.keyProblem.value = 'Your key is no longer accepted: it was revoked or has expired.'
  state.key.value = null
}

/** @throws what is no answer of the node. */
export function problemOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) return 'This key is not known here.'
  if (error.status === 403) return 'This key may not see the fleet. Use one of a dispatcher or an admin.'
  return error.message
}
