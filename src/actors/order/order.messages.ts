import type { ProofClaim, ProofGiven, ProofKind } from '../../domain/delivery-proof.ts'
import type { LatLng } from '../../domain/geo.ts'
import type { DriverId, OfferId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import type { Adjustment } from '../../domain/pricing/adjustments.ts'
import type { ReplyTo } from '../runtime/envelope.ts'
import type { JsonObject, TimerFired, WriteRefused } from '../runtime/turn.ts'
import type { Actor, AmendedTerms, Awaiting, OpenOffer, OrderTerms, RatingSide } from './order.state.ts'

interface Asked {
  readonly replyTo?: ReplyTo
  readonly by: Actor
}

/** Of the driver that the offer was made to, or for it by somebody who may. */
export interface AnswersOffer extends Asked {
  readonly offerId: OfferId
  /** On the connection of a driver: none but its own offers can be answered there, whoever has opened it. */
  readonly driverId?: DriverId
}

/** What gateways ask. Each is answered with an {@link OrderReply}. */
export type OrderCommand =
  | (Asked & {
      readonly kind: 'order.place'
      readonly terms: OrderTerms
      readonly key: { readonly key: string; readonly requestHash: string } | null
    })
  | (Asked & { readonly kind: 'order.cancel'; readonly reason: string })
  /** @param ifVersion  refused at any other one; null: whichever it is. */
  | (Asked & { readonly kind: 'order.amend'; readonly ifVersion: number | null; readonly changes: AmendedTerms })
  /** @param proof  of the last step. */
  | (Asked & { readonly kind: 'order.status'; readonly status: OrderStatus; readonly proof?: ProofClaim })
  /** Nobody has come to the pickup. */
  | (Asked & { readonly kind: 'order.no_show' })
  | (Asked & {
      readonly kind: 'order.rate'
      readonly side: RatingSide
      readonly stars: number
      readonly comment: string | null
      readonly key: { readonly key: string; readonly requestHash: string } | null
    })
  | (AnswersOffer & { readonly kind: 'order.accept' })
  | (AnswersOffer & { readonly kind: 'order.decline'; readonly reason: string | null })
  | (Asked & { readonly kind: 'order.assign'; readonly driverId: DriverId; readonly driverShard: ShardId })
  | (Asked & { readonly kind: 'order.unassign'; readonly reason: string })

/** A driver that the matching cell chose, best first. */
export interface Candidate {
  readonly driverId: DriverId
  readonly driverShard: ShardId
  readonly pickupEtaS: number
}

export type OrderMessage =
  | OrderCommand
  /** From the matching cell: ask these drivers; or nobody, with the reasons. */
  | {
      readonly kind: 'order.proposal'
      readonly drivers: readonly Candidate[]
      readonly decision: JsonObject
    }
  /** From a driver: it holds the offer. */
  | {
      readonly kind: 'order.held'
      readonly offerId: OfferId
      readonly driverId: DriverId
      readonly driverEpoch: number
      readonly loadVersion: number
      readonly driverName: string | null
      readonly vehicleType: string | null
      readonly position: LatLng | null
      readonly driverShard: ShardId
    }
  /** From a driver: it cannot hold the offer, or no longer; in that case its phone still rings. */
  | {
      readonly kind: 'order.not_held'
      readonly offerId: OfferId
      readonly reason: string
      readonly rings: boolean
    }
  /** From a driver in doubt: what became of my offer? */
  | {
      readonly kind: 'order.ask_offer'
      readonly offerId: OfferId
      readonly driverId: DriverId
      readonly driverShard: ShardId
    }
  /** From a driver in doubt: am I still assigned? */
  | {
      readonly kind: 'order.ask_assignment'
      readonly offerId: OfferId
      readonly driverId: DriverId
      readonly driverShard: ShardId
    }
  /** From a driver in doubt: am I still promised to it? */
  | { readonly kind: 'order.ask_reservation'; readonly driverId: DriverId; readonly driverShard: ShardId }
  /** From the poller of scheduled orders. */
  | { readonly kind: 'order.due' }
  | TimerFired
  | WriteRefused<OrderMessage>

/** Answers to gateways. `order` is the {@link import('./order.state.ts').OrderState} as JSON. */
export type OrderReply =
  | { readonly kind: 'order'; readonly order: JsonObject }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'invalid_transition'; readonly status: OrderStatus }
  | { readonly kind: 'version_conflict'; readonly version: number }
  | { readonly kind: 'too_early'; readonly allowedAtMs: UnixMs }
  | { readonly kind: 'proof_required'; readonly missing: readonly ProofKind[] }
  | { readonly kind: 'pin_wrong'; readonly triesLeft: number }
  | { readonly kind: 'pin_locked' }
  | { readonly kind: 'already_rated' }
  | { readonly kind: 'offer_closed' }
  | { readonly kind: 'driver_unavailable'; readonly reason: string }
  | { readonly kind: 'key_taken' }
  /** To a second request for the order of a quote. */
  | { readonly kind: 'already_ordered'; readonly orderId: OrderId }

interface Stamped {
  readonly atMs: UnixMs
}

/** State changes. Those marked volatile are not journaled: they are re-derived after a crash. */
export type OrderEvent =
  | (Stamped & {
      readonly type: 'placed'
      readonly terms: OrderTerms
      readonly dueAtMs: UnixMs
      readonly expiresAtMs: UnixMs
      readonly by: Actor
    })
  | (Stamped & {
      readonly type: 'amended'
      readonly terms: AmendedTerms
      readonly dueAtMs: UnixMs
      readonly expiresAtMs: UnixMs
      readonly by: Actor
    })
  /** With another end where it was found late: it has the whole time of a search. */
  | (Stamped & { readonly type: 'due'; readonly expiresAtMs?: UnixMs })
  | (Stamped & {
      readonly type: 'offered'
      readonly offers: readonly Omit<OpenOffer, 'hold' | 'waiting' | 'accepted'>[]
    })
  | (Stamped & {
      readonly type: 'offer_closed'
      readonly offerId: OfferId
      readonly driverId: DriverId
      readonly reason: string
      /** The driver said no or nothing: do not ask it again. */
      readonly refused: boolean
    })
  | (Stamped & {
      readonly type: 'assigned'
      readonly offerId: OfferId
      readonly driverId: DriverId
      readonly driverShard: ShardId
      readonly driverName: string | null
      readonly vehicleType: string | null
      readonly size: number
      readonly pickupAtMs: UnixMs
      readonly dropoffAtMs: UnixMs
      readonly pickupStopMs?: number
      readonly by: Actor
    })
  | (Stamped & {
      readonly type: 'unassigned'
      readonly driverId: DriverId
      readonly reason: string
      /** The driver dropped out itself: do not ask it again. */
      readonly refused: boolean
      readonly expiresAtMs: UnixMs
      readonly by: Actor
    })
  | (Stamped & {
      readonly type: 'status'
      readonly status: OrderStatus
      readonly driverId: DriverId
      readonly by: Actor
      readonly proof?: ProofGiven
    })
  /** An order for later is promised to that driver. */
  | (Stamped & {
      readonly type: 'reserved'
      readonly offerId: OfferId
      readonly driverId: DriverId
      readonly driverShard: ShardId
      readonly driverName: string | null
      readonly vehicleType: string | null
      readonly by: Actor
    })
  | (Stamped & {
      readonly type: 'unreserved'
      readonly driverId: DriverId
      readonly reason: string
      readonly by: Actor
    })
  /** After its end. */
  | (Stamped & {
      readonly type: 'rated'
      readonly side: RatingSide
      readonly stars: number
      readonly comment: string | null
      readonly driverId: DriverId
      readonly customerId: string | null
      readonly by: Actor
    })
  /** Somebody wanted to deliver with a wrong PIN. */
  | (Stamped & { readonly type: 'pin_refused'; readonly by: Actor })
  | (Stamped & { readonly type: 'cancelled'; readonly reason: string; readonly by: Actor })
  /** `missed`: it was due while nobody served its shard. Without a reason: nobody was found. */
  | (Stamped & { readonly type: 'expired'; readonly reason?: 'missed' })
  /** Something has happened that costs, or gives back, money. In the turn of the event that made it. */
  | (Stamped & { readonly type: 'adjusted'; readonly lines: readonly Adjustment[] })
  /** Volatile. */
  | (Stamped & {
      readonly type: 'held'
      readonly offerId: OfferId
      readonly hold: NonNullable<OpenOffer['hold']>
    })
  /** Volatile: accepted before the driver's promise was there. */
  | (Stamped & { readonly type: 'answer_awaited'; readonly offerId: OfferId; readonly awaiting: Awaiting })
