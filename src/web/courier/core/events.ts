/** What happens to a courier's page, and what it asks of the world. */
import type { CourierOrder, Step } from './order.ts'
import type { Duty, Errand, LinkState, Proof } from './state.ts'

/** The two clocks: of this machine, for waits; and of the node, rather late than early, for what the node says. */
export interface Now {
  readonly localMs: number
  readonly serverMs: number
}

/** What the node says on the stream; positions are not the reducer's. */
export type Heard =
  | {
      readonly type: 'offer'
      readonly offer_id: string
      readonly order: CourierOrder
      readonly pickup_eta_s: number
      readonly expires_at: string
    }
  | { readonly type: 'offer_revoked'; readonly offer_id: string; readonly reason: string }
  | { readonly type: 'assignment'; readonly order: CourierOrder }
  | { readonly type: 'order_cancelled'; readonly order_id: string; readonly reason: string }

export type Tap =
  | { readonly kind: 'duty'; readonly status: Duty }
  | { readonly kind: 'accept'; readonly offerId: string }
  | { readonly kind: 'decline'; readonly offerId: string }
  | { readonly kind: 'step'; readonly orderId: string; readonly step: Step; readonly proof?: Proof }
  | { readonly kind: 'no_show'; readonly orderId: string }
  | { readonly kind: 'give_back'; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'cancel'; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'rate'; readonly stars: number; readonly comment: string | null }
  | { readonly kind: 'skip_rating' }
  | { readonly kind: 'choose'; readonly orderId: string }
  | { readonly kind: 'seen'; readonly noticeId: number }

/** What became of an errand. */
export type Outcome =
  | { readonly kind: 'done'; readonly body: unknown }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly code: string
      readonly text: string
      readonly orderStatus?: string
      readonly allowedAt?: string
    }
  /** Not answered, or not now: it may have been done. */
  | { readonly kind: 'passing'; readonly retryAfterMs: number | null }
  | { readonly kind: 'unauthorized' }

/** Everything that the node has for this courier, as it was when the reading began. */
export interface ReadResult {
  readonly atTurn: number
  readonly status: string | null
  readonly orders: readonly CourierOrder[]
  readonly openOffers: readonly string[]
}

export type CourierEvent =
  | { readonly kind: 'tick' }
  | { readonly kind: 'online' }
  | { readonly kind: 'link'; readonly state: LinkState }
  | { readonly kind: 'heard'; readonly message: Heard }
  | { readonly kind: 'tap'; readonly tap: Tap }
  | { readonly kind: 'answered'; readonly errandId: string; readonly outcome: Outcome }
  | { readonly kind: 'read'; readonly result: ReadResult }
  | { readonly kind: 'position_stored' }
  | { readonly kind: 'access'; readonly state: 'good' | 'refused' }
  | { readonly kind: 'seat'; readonly state: 'held' | 'elsewhere' }
  /** Who was signed in here before may still be on duty. */
  | { readonly kind: 'former_untold'; readonly driverId: string }

export type Effect =
  | { readonly kind: 'ask'; readonly errand: Errand }
  | { readonly kind: 'read'; readonly atTurn: number }
  /** Once; that an offer rings follows from the state. */
  | { readonly kind: 'buzz'; readonly tone: 'good' | 'bad' }
