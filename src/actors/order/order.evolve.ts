import type { DriverId, OfferId, UnixMs } from '../../domain/ids.ts'
import { isBeforePickup } from '../../domain/order-lifecycle.ts'
import { invariant } from '../runtime/errors.ts'
import { REFUSALS_MAX } from '../settings.ts'
import type { OrderEvent } from './order.messages.ts'
import type { OpenOffer, OrderState } from './order.state.ts'

const VOLATILE: ReadonlySet<OrderEvent['type']> = new Set(['held', 'answer_awaited'])

/** Volatile events are not journaled and do not raise the version: a crash forgets them and `resume` asks again. */
export function isDurable(event: OrderEvent): boolean {
  return !VOLATILE.has(event.type)
}

/** The only way that an order's state changes: the journal, folded with this, gives the row. */
export function evolve(state: OrderState | null, event: OrderEvent): OrderState {
  if (event.type === 'placed') return placed(state, event)
  invariant(state !== null, `order event ${event.type} before placed`)
  if (!isDurable(event)) return evolveOffer(state, event)
  return { ...evolveDurable(state, event), version: state.version + 1, updatedAtMs: event.atMs }
}

function placed(state: OrderState | null, event: OrderEvent & { type: 'placed' }): OrderState {
  invariant(state === null, 'order placed twice')
  return {
    terms: event.terms,
    status: event.dueAtMs > event.atMs ? 'scheduled' : 'placed',
    dueAtMs: event.dueAtMs,
    expiresAtMs: event.expiresAtMs,
    createdAtMs: event.atMs,
    updatedAtMs: event.atMs,
    attempts: 0,
    offersMade: 0,
    offers: [],
    refusedBy: [],
    assignment: null,
    reason: null,
    version: 1,
  }
}

function evolveDurable(state: OrderState, event: OrderEvent): OrderState {
  switch (event.type) {
    case 'due':
      return { ...state, status: 'placed', expiresAtMs: event.expiresAtMs ?? state.expiresAtMs }
    case 'amended': {
      const { terms, dueAtMs, expiresAtMs } = event
      return { ...state, terms: { ...state.terms, ...terms }, dueAtMs, expiresAtMs }
    }
    case 'offered':
      return {
        ...state,
        attempts: state.attempts + 1,
        offersMade: state.offersMade + event.offers.length,
        offers: [...state.offers, ...event.offers.map(o => ({ ...o, hold: null, waiting: [], accepted: false }))],
      }
    case 'offer_closed':
      return {
        ...state,
        offers: state.offers.filter(o => o.offerId !== event.offerId),
        refusedBy: event.refused ? remember(state.refusedBy, event.driverId) : state.refusedBy,
      }
    case 'assigned':
      invariant(canBeAssigned(state.status), `an order assigned that is ${state.status}`)
      return {
        ...unreserved(state),
        ...takenFrom(state, event.atMs),
        status: 'assigned',
        offers: [],
        assignment: {
          offerId: event.offerId,
          driverId: event.driverId,
          driverShard: event.driverShard,
          driverName: event.driverName,
          vehicleType: event.vehicleType,
          assignedAtMs: event.atMs,
          pickupAtMs: event.pickupAtMs,
          dropoffAtMs: event.dropoffAtMs,
          ...(event.pickupStopMs === undefined ? {} : { pickupStopMs: event.pickupStopMs }),
        },
      }
    case 'unassigned':
      return {
        ...state,
        ...takenFrom(state, event.atMs),
        status: 'placed',
        offers: [],
        assignment: null,
        expiresAtMs: event.expiresAtMs,
        refusedBy: event.refused ? remember(state.refusedBy, event.driverId) : state.refusedBy,
      }
    case 'status':
      return {
        ...state,
        status: event.status,
        // With the goods on board the order is not given to another any more.
        offers: isBeforePickup(event.status) ? state.offers : [],
        assignment: retimed(state, event),
        ...(event.proof === undefined ? {} : { proof: event.proof }),
      }
    case 'reserved': {
      const { driverId, driverShard, driverName, vehicleType, offerId } = event
      const offers = state.offers.filter(o => o.offerId !== offerId)
      return { ...state, offers, reservation: { driverId, driverShard, driverName, vehicleType } }
    }
    case 'unreserved':
      return unreserved(state)
    case 'rated': {
      const { side, stars, comment, atMs } = event
      return { ...state, ratings: { ...state.ratings, [side]: { stars, comment, atMs } } }
    }
    case 'pin_refused':
      return { ...state, pinsRefused: (state.pinsRefused ?? 0) + 1 }
    case 'cancelled':
      return { ...unreserved(state), status: 'cancelled', offers: [], reason: event.reason }
    case 'expired':
      return { ...unreserved(state), status: 'expired', offers: [], reason: event.reason ?? 'no_driver' }
    case 'adjusted':
      return { ...state, adjustments: [...(state.adjustments ?? []), ...event.lines] }
    case 'placed':
    case 'held':
    case 'answer_awaited':
      return state
  }
}

function unreserved({ reservation: _, ...state }: OrderState): OrderState {
  return state
}

function takenFrom({ assignment }: OrderState, atMs: UnixMs): Pick<OrderState, 'takenFrom'> {
  if (!assignment) return {}
  const { offerId, driverId, driverShard } = assignment
  return { takenFrom: { offerId, driverId, driverShard, atMs } }
}

function evolveOffer(state: OrderState, event: OrderEvent): OrderState {
  switch (event.type) {
    case 'held':
      return withOffer(state, event.offerId, o => ({ ...o, hold: event.hold }))
    case 'answer_awaited':
      return withOffer(state, event.offerId, o => ({
        ...o,
        accepted: true,
        waiting: [...o.waiting, event.awaiting],
      }))
    default:
      return state
  }
}

/** To its first driver, or to another one instead. */
export function canBeAssigned(status: OrderState['status']): boolean {
  return status === 'placed' || isBeforePickup(status)
}

function withOffer(state: OrderState, offerId: OfferId, change: (offer: OpenOffer) => OpenOffer): OrderState {
  return { ...state, offers: state.offers.map(o => (o.offerId === offerId ? change(o) : o)) }
}

function remember(refusedBy: readonly DriverId[], driverId: DriverId): readonly DriverId[] {
  return refusedBy.includes(driverId) ? refusedBy : [...refusedBy, driverId].slice(-REFUSALS_MAX)
}

/** What was an estimate becomes the fact once the driver is there. */
function retimed(state: OrderState, event: OrderEvent & { type: 'status' }): OrderState['assignment'] {
  if (!state.assignment) return null
  const driveMs = state.terms.durationS * 1000
  switch (event.status) {
    case 'at_pickup': {
      const leavesAtMs = Math.max(event.atMs, state.terms.readyAtMs ?? 0) + (state.assignment.pickupStopMs ?? 0)
      const arrivedAtMs = event.atMs
      return { ...state.assignment, arrivedAtMs, pickupAtMs: arrivedAtMs, dropoffAtMs: leavesAtMs + driveMs }
    }
    case 'en_route_to_dropoff':
      return { ...state.assignment, dropoffAtMs: event.atMs + driveMs }
    case 'delivered':
      return { ...state.assignment, dropoffAtMs: event.atMs }
    default:
      return state.assignment
  }
}
