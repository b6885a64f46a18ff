/** When it will be there, as far as the node has said so. Nothing is guessed here: where it says nothing, neither do we. Pure. */
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import type { TrackedOrder } from './tracked.ts'

export type Eta =
  /** Nobody can tell yet. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'in'; readonly minutes: number; readonly at: string }
  /** Its time is now, or has just gone by. */
  | { readonly kind: 'now'; readonly at: string }
  | { readonly kind: 'late'; readonly at: string }

const MINUTE_MS = 60_000
/** Estimates are no better than this, so nobody is late before. */
const LATE_AFTER_MS = 3 * MINUTE_MS

const ON_ITS_WAY: readonly OrderStatus[] = ['assigned', 'en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff']

/** @param serverNowMs  by the clock of whoever made the estimate. */
export function etaOf({ status, eta }: Pick<TrackedOrder, 'status' | 'eta'>, serverNowMs: number): Eta {
  const at = eta.dropoff_at
  if (at === null || !ON_ITS_WAY.includes(status)) return { kind: 'unknown' }
  const leftMs = Date.parse(at) - serverNowMs
  if (leftMs <= -LATE_AFTER_MS) return { kind: 'late', at }
  if (leftMs < MINUTE_MS) return { kind: 'now', at }
  return { kind: 'in', minutes: Math.round(leftMs / MINUTE_MS), at }
}
