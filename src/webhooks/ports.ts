/** What the sender of webhooks needs from outside: the queue in the record, and the network. */
import type { ShardId, UnixMs } from '../domain/ids.ts'

/** A delivery that this node is to send now. Until then nobody else sends it, unless this takes too long. */
export interface ClaimedDelivery {
  readonly deliveryId: string
  readonly webhookId: string
  readonly lane: string
  readonly url: string
  /** The present one first. */
  readonly secrets: readonly string[]
  readonly messageId: string
  readonly body: string
  /** Before this one. */
  readonly attempts: number
  readonly sinceMs: UnixMs
  /** Null: never tried. */
  readonly firstTriedMs: UnixMs | null
  readonly isFailing: boolean
}

export interface ClaimRequest {
  readonly shards: readonly ShardId[]
  readonly nowMs: UnixMs
  readonly untilMs: UnixMs
  /** Endpoints that fail, or those that do not. */
  readonly isFailing: boolean
  readonly perEndpointMax: number
  readonly max: number
  /** Requests under way from here. */
  readonly underWay: ReadonlyMap<string, number>
}

export type Outcome = 'delivered' | 'retry' | 'dead' | 'interrupted'

/** What came of an attempt. */
export interface Settled {
  readonly deliveryId: string
  readonly webhookId: string
  readonly lane: string
  readonly outcome: Outcome
  readonly atMs: UnixMs
  readonly tookMs: number
  /** Of the answer; null: there was none. */
  readonly status: number | null
  readonly error: string | null
  /** Of a retry. */
  readonly retryAtMs: UnixMs | null
  readonly leavesLane: boolean
  /** The endpoint did fail when this was claimed. */
  readonly isFailing: boolean
}

/** Every method throws {StoreUnavailableError} where the record does not answer. Safe to call again. */
export interface DeliveryQueue {
  claim(request: ClaimRequest): Promise<ClaimedDelivery[]>
  /** @returns the endpoints that this has disabled: each took nothing for as long as a delivery is tried. */
  settle(settled: readonly Settled[]): Promise<string[]>
  /** When the oldest that waits for an endpoint that is not disabled came to be; null: none waits. */
  oldest(shards: readonly ShardId[]): Promise<UnixMs | null>
}

export interface WebhookRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type PostResult =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  | { readonly kind: 'failed'; readonly error: string }

/** @param stop  ends it at once, as a failure. Never throws. */
export type Post = (request: WebhookRequest, stop: AbortSignal) => Promise<PostResult>
