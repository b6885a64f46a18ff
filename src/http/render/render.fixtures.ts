import type { OrderState } from '../../actors/order/order.state.ts'
import type { LiveFix } from '../../actors/runtime/ports.ts'
import { type DriverId, newOrderId, offerIdOf, type ShardId } from '../../domain/ids.ts'

export const AT_MS = Date.UTC(2026, 0, 31, 12)
export const ORDER_ID = newOrderId(3 as ShardId, AT_MS, () => 0.5)
export const DRIVER_ID = 'drv_1' as DriverId
export const OFFER_ID = offerIdOf(ORDER_ID, 1)

export function order(changes: Partial<OrderState> = {}): OrderState {
  return {
    terms: {
      orderId: ORDER_ID,
      pickup: { latitude: 37.77, longitude: -122.42, address: 'Market St' },
      dropoff: { latitude: 37.79, longitude: -122.41, address: null },
      vehicleType: null,
      size: 1,
      skills: [],
      items: [],
      notes: null,
      customerId: 'cus_1',
      reference: null,
      quoteId: null,
      price: { amount: 700, currency: 'USD', breakdown: [{ code: 'base', label: 'Base fare', amount: 700 }] },
      distanceM: 3_109.4,
      durationS: 478.2,
      scheduledAtMs: null,
    },
    status: 'placed',
    dueAtMs: AT_MS,
    expiresAtMs: AT_MS + 600_000,
    createdAtMs: AT_MS,
    updatedAtMs: AT_MS,
    attempts: 0,
    offersMade: 0,
    offers: [],
    refusedBy: [],
    assignment: null,
    reason: null,
    version: 1,
    ...changes,
  }
}

export function assigned(driverId: DriverId = DRIVER_ID): OrderState['assignment'] {
  return {
    offerId: OFFER_ID,
    driverId,
    driverShard: 0 as ShardId,
    driverName: 'Ann',
    vehicleType: 'car',
    assignedAtMs: AT_MS,
    pickupAtMs: AT_MS + 60_000,
    dropoffAtMs: AT_MS + 120_000,
  }
}

export function liveFix(changes: Partial<LiveFix> = {}): LiveFix {
  const place = { latitude: 37.77, longitude: -122.42 }
  return {
    ...place,
    driverId: DRIVER_ID,
    speed: 3,
    heading: 90,
    accuracy: 5,
    recordedAtMs: AT_MS,
    receivedAtMs: AT_MS + 20,
    orderId: null,
    ...changes,
  }
}
