/** What the feed's worker hands to the page: rows of numbers, since thousands of them come each second. */

import type { Order } from '../shared/views.ts'

/** Of a row of positions: index, x and y as the map has them, heading (−1: unknown), seen at (ms, of this machine's clock). */
export const FIX_WIDTH = 5
/** Of a row of statuses: index, status, 1 where it has an order. */
export const STATUS_WIDTH = 3

/** In the order of their codes. */
export const STATUSES = ['available', 'offered', 'busy', 'paused', 'offline'] as const
export type DriverStatus = (typeof STATUSES)[number]

export interface FeedBatch {
  readonly kind: 'batch'
  /** Names of vehicles that are new, in the order of their indexes. */
  readonly added: readonly string[]
  readonly fixes: Float64Array<ArrayBuffer>
  readonly statuses: Float64Array<ArrayBuffer>
}

/** `waiting`: the connection is lost and is tried again; `catching_up`: something was left out, and is being asked for. */
export type FeedState = 'connecting' | 'live' | 'waiting' | 'catching_up'
/** Since when it is so, by this machine's clock: a connection is lost since it was last heard of. */
export type FromFeed =
  | FeedBatch
  | { readonly kind: 'state'; readonly state: FeedState; readonly sinceMs: number }
  /** The one that is watched, as it is now. */
  | { readonly kind: 'order'; readonly order: Order }
export type ToFeed =
  | { readonly kind: 'open'; readonly url: string }
  /** Beside the fleet; null: none. */
  | { readonly kind: 'watch'; readonly orderId: string | null }

export function statusCode(status: unknown): number {
  const code = STATUSES.indexOf(status as DriverStatus)
  return code < 0 ? STATUSES.indexOf('offline') : code
}
