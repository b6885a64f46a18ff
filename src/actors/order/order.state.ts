import type { ProofGiven, ProofRequired } from '../../domain/delivery-proof.ts'
import type { LatLng } from '../../domain/geo.ts'
import type { CellId, DriverId, OfferId, OrderId, QuoteId, ShardId, UnixMs } from '../../domain/ids.ts'
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import type { Adjustment } from '../../domain/pricing/adjustments.ts'
import type { Fare, PriceInputs } from '../../domain/pricing/price.ts'
import type { AdjustmentRules } from '../../domain/pricing/ruleset.ts'
import type { ReplyTo } from '../runtime/envelope.ts'

/** Who caused an event. */
export interface Actor {
  readonly role: 'customer' | 'driver' | 'dispatcher' | 'admin' | 'service' | 'system'
  readonly id: string
}

export interface Place extends LatLng {
  readonly address: string | null
}

/** What an order is; what of it may be changed later is {@link AmendedTerms}. */
export interface OrderTerms {
  readonly orderId: OrderId
  readonly pickup: Place
  readonly dropoff: Place
  readonly vehicleType: string | null
  readonly size: number
  readonly skills: readonly string[]
  readonly items: readonly { readonly name: string; readonly quantity: number }[]
  readonly notes: string | null
  readonly customerId: string | null
  readonly reference: string | null
  readonly quoteId: QuoteId | null
  /** Of an order made of a quote: which request made it. The same one may come again; another one finds the quote used. */
  readonly requestId?: string
  readonly price: Fare
  /** Missing from orders of older versions of the code. */
  readonly pricing?: OrderPricing
  readonly distanceM: number
  readonly durationS: number
  readonly scheduledAtMs: UnixMs | null
  /** Of an order for later: how far away the nearest driver was when it was booked. Missing where none was near. */
  readonly pickupEtaS?: number
  /** A meal is not done before; whoever comes sooner stands and waits. Missing where there is something to pick up at once. */
  readonly readyAtMs?: UnixMs
  /** Missing where it is delivered without. */
  readonly proof?: ProofRequired
}

/** What is changed, and what follows from it: another trip has another price, by another quote. */
export type AmendedTerms = Partial<
  Pick<
    OrderTerms,
    | 'pickup'
    | 'dropoff'
    | 'scheduledAtMs'
    | 'pickupEtaS'
    | 'notes'
    | 'items'
    | 'quoteId'
    | 'price'
    | 'pricing'
    | 'distanceM'
    | 'durationS'
  >
>

/** What the price was computed from, so that it can be computed again, and what may still be added to it. */
export interface OrderPricing {
  readonly rulesetVersion: string
  readonly inputs: PriceInputs
  /** When the trip is due, and the price cell and the stored round that its surge is of. */
  readonly dueAtMs: UnixMs
  readonly surge: { readonly cell: CellId; readonly round: number }
  readonly rules: AdjustmentRules
  /** Who counts as one person where demand is counted: quotes and the order of one customer have the same. */
  readonly asker: string
}

/** Who rates: the customer its driver, the driver its customer. */
export type RatingSide = 'customer' | 'driver'

export interface Rating {
  /** 1 to 5. */
  readonly stars: number
  readonly comment: string | null
  readonly atMs: UnixMs
}

/** An offer that can still be accepted. */
export interface OpenOffer {
  readonly offerId: OfferId
  readonly driverId: DriverId
  readonly driverShard: ShardId
  readonly pickupEtaS: number
  readonly expiresAtMs: UnixMs
  /** `ask`: the driver decides · `auto`: taken as accepted once held · `direct`: a dispatcher's assignment · `reserve`: for later. */
  readonly mode: 'ask' | 'auto' | 'direct' | 'reserve'
  /** Volatile: the driver's promise; null until it has answered, and again after a crash. */
  readonly hold: Hold | null
  /** Volatile: who waits for the answer to an accept or assign that came before the hold. */
  readonly waiting: readonly Awaiting[]
  /** Volatile: accepted by its driver before the hold was there. */
  readonly accepted: boolean
}

export interface Awaiting {
  readonly to: ReplyTo | null
  readonly by: Actor
  /** What is answered if the offer closes: an accept has lost, a dispatcher's assignment has failed. */
  readonly ifClosed: 'offer_closed' | 'driver_unavailable'
}

/** What a driver promised, and the state it promised it in: the commit is refused if either number has moved. */
export interface Hold {
  readonly driverEpoch: number
  readonly loadVersion: number
  /** Where it lived when it promised: it does not move while it holds. */
  readonly driverShard: ShardId
  readonly driverName: string | null
  readonly vehicleType: string | null
  readonly pickupEtaS: number
}

export interface Assignment {
  readonly offerId: OfferId
  readonly driverId: DriverId
  readonly driverShard: ShardId
  readonly driverName: string | null
  readonly vehicleType: string | null
  readonly assignedAtMs: UnixMs
  readonly pickupAtMs: UnixMs
  readonly dropoffAtMs: UnixMs
  /** Since when it is, or was, at the pickup. Missing before, and in orders of older versions of the code. */
  readonly arrivedAtMs?: UnixMs
  /** What the driver was expected to stand at the pickup; missing where it was nothing. */
  readonly pickupStopMs?: number
}

/** Whom an order for later is promised to. */
export interface ReservedFor {
  readonly driverId: DriverId
  readonly driverShard: ShardId
  readonly driverName: string | null
  readonly vehicleType: string | null
}

export interface OrderState {
  readonly terms: OrderTerms
  readonly status: OrderStatus
  readonly dueAtMs: UnixMs
  /** Without a driver by then, the order expires. */
  readonly expiresAtMs: UnixMs
  readonly createdAtMs: UnixMs
  readonly updatedAtMs: UnixMs
  /** How many times drivers were asked. */
  readonly attempts: number
  readonly offersMade: number
  readonly offers: readonly OpenOffer[]
  /** Drivers that declined, let an offer lapse or dropped out: not asked again. */
  readonly refusedBy: readonly DriverId[]
  readonly assignment: Assignment | null
  /** Who had it before, and may not have heard that it has not any more. Missing where nobody did. */
  readonly takenFrom?: Pick<Assignment, 'offerId' | 'driverId' | 'driverShard'> & { readonly atMs: UnixMs }
  /** Until it is assigned, or over. Missing where nobody is. */
  readonly reservation?: ReservedFor
  /** What was added to the quoted price, or given back. Missing where nothing was. */
  readonly adjustments?: readonly Adjustment[]
  readonly reason: string | null
  /** By who said it. Missing where nobody did. */
  readonly ratings?: Readonly<Partial<Record<RatingSide, Rating>>>
  /** Wrong ones. Missing where there were none. */
  readonly pinsRefused?: number
  /** What it was delivered with. Missing where that was nothing. */
  readonly proof?: ProofGiven
  readonly version: number
}
