/** Orders for tests, in every status, made by the events that lead there. */
import type { DriverId, OfferId, OrderId, ShardId } from '../../domain/ids.ts'
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import { DEFAULT_SETTINGS } from '../default-settings.ts'
import { evolve } from './order.evolve.ts'
import type { OrderEvent } from './order.messages.ts'
import type { OrderState, OrderTerms } from './order.state.ts'
import { termsOf } from './order-terms.fixtures.ts'

/** With a long look ahead, so that whoever has an order is seen for the next one whatever is left of it. */
export const SETTINGS = { ...DEFAULT_SETTINGS, lookAheadMs: 600_000 }

export const NOW_MS = Date.UTC(2026, 0, 5, 12)
export const ORDER_ID = 'ord_0001ke70f413cgt11gn0c2' as OrderId
export const OFFER_ID = 'off_0001ke70f413cgt11gn0c2-1' as OfferId
export const ANN = 'drv_ann' as DriverId
export const BOB = 'drv_bob' as DriverId
export const ANNS_SHARD = 3 as ShardId
export const ADMIN = { role: 'admin', id: 'admin' } as const
export const ANN_HERSELF = { role: 'driver', id: ANN } as const
export const ASKER = { gateway: 'test', askId: 7 } as const
export const OFFER_ENDS_MS = NOW_MS + 15_000
export const ORDER_ENDS_MS = NOW_MS + 600_000

export const HOLD = {
  driverEpoch: 5,
  loadVersion: 2,
  driverShard: ANNS_SHARD,
  driverName: 'Ann',
  vehicleType: null,
  pickupEtaS: 60,
}

export function terms(changes: Partial<OrderTerms> = {}): OrderTerms {
  return termsOf(ORDER_ID, changes)
}

export function placedEvent(changes: Partial<OrderEvent & { type: 'placed' }> = {}): OrderEvent {
  const by = ADMIN
  return {
    type: 'placed',
    atMs: NOW_MS,
    terms: terms(),
    dueAtMs: NOW_MS,
    expiresAtMs: ORDER_ENDS_MS,
    by,
    ...changes,
  }
}

export function offeredEvent(mode: 'ask' | 'auto' | 'direct' = 'ask', driverId: DriverId = ANN, n = 1): OrderEvent {
  const offerId = `${OFFER_ID.slice(0, -1)}${n}` as OfferId
  const offer = { offerId, driverId, driverShard: 0 as ShardId, pickupEtaS: 60, expiresAtMs: OFFER_ENDS_MS, mode }
  return { type: 'offered', atMs: NOW_MS, offers: [offer] }
}

export const HELD_EVENT: OrderEvent = { type: 'held', atMs: NOW_MS, offerId: OFFER_ID, hold: HOLD }

export const ASSIGNED_EVENT: OrderEvent = {
  type: 'assigned',
  atMs: NOW_MS,
  offerId: OFFER_ID,
  driverId: ANN,
  driverShard: ANNS_SHARD,
  driverName: 'Ann',
  vehicleType: null,
  size: 1,
  pickupAtMs: NOW_MS + 60_000,
  dropoffAtMs: NOW_MS + 660_000,
  by: ADMIN,
}

export function statusEvent(status: OrderStatus): OrderEvent {
  return { type: 'status', atMs: NOW_MS, status, driverId: ANN, by: ADMIN }
}

export function orderAfter(...events: readonly OrderEvent[]): OrderState {
  const state = events.reduce<OrderState | null>(evolve, null)
  if (!state) throw new Error('an order without events')
  return state
}

const ASSIGNED = [placedEvent(), offeredEvent(), HELD_EVENT, ASSIGNED_EVENT]
const STEPS = (['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const).map(statusEvent)

/** One of each; `asked` and `held` are of status `placed`, with an open offer. */
export const ORDERS = {
  scheduled: orderAfter(
    placedEvent({
      terms: terms({ scheduledAtMs: NOW_MS + 1_000 + SETTINGS.scheduleLeadMs }),
      dueAtMs: NOW_MS + 1_000,
    }),
  ),
  placed: orderAfter(placedEvent()),
  asked: orderAfter(placedEvent(), offeredEvent()),
  held: orderAfter(placedEvent(), offeredEvent(), HELD_EVENT),
  assigned: orderAfter(...ASSIGNED),
  en_route_to_pickup: orderAfter(...ASSIGNED, ...STEPS.slice(0, 1)),
  at_pickup: orderAfter(...ASSIGNED, ...STEPS.slice(0, 2)),
  en_route_to_dropoff: orderAfter(...ASSIGNED, ...STEPS.slice(0, 3)),
  delivered: orderAfter(...ASSIGNED, ...STEPS),
  cancelled: orderAfter(...ASSIGNED, { type: 'cancelled', atMs: NOW_MS, reason: 'no need', by: ADMIN }),
  expired: orderAfter(placedEvent(), { type: 'expired', atMs: NOW_MS }),
} as const

export type OrderName = keyof typeof ORDERS
