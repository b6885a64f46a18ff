/** When a delivery is tried again, and when no more. */
import type { Random } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'
import { ORDER_KEPT_FOR_MS, RETRY_FIRST_MS, RETRY_FOR_MS, RETRY_MAX_MS } from './limits.ts'

export type AfterFailure =
  | { readonly kind: 'dead' }
  | {
      readonly kind: 'retry'
      readonly atMs: UnixMs
      /** It is alone from here on: those behind it go ahead. */
      readonly leavesLane: boolean
    }

export interface FailedAttempt {
  readonly nowMs: UnixMs
  /** This one included. */
  readonly attempts: number
  /** When its time to be delivered began: when it was made, or replayed. */
  readonly sinceMs: UnixMs
  /** When it was first tried: what is behind it waits from then on. */
  readonly firstTriedMs: UnixMs
}

/** Doubled each time, with a random half off: endpoints that came down together are not woken together. */
export function afterFailure({ nowMs, attempts, sinceMs, firstTriedMs }: FailedAttempt, random: Random): AfterFailure {
  const endMs = sinceMs + RETRY_FOR_MS
  if (nowMs >= endMs) return { kind: 'dead' }
  const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts - 1, 30)) * (0.5 + random() / 2)
  // The last one is at the very end, not hours before it.
  const atMs = Math.round(Math.min(nowMs + waitMs, endMs))
  return { kind: 'retry', atMs, leavesLane: atMs - firstTriedMs > ORDER_KEPT_FOR_MS }
}
