import type { OrderId } from '../../domain/ids.ts'
import type { OrderTerms } from './order.state.ts'

/** An order with nothing special about it, for tests, benches and the simulator: from the middle of a city to its north. */
export function termsOf(orderId: OrderId, changes: Partial<OrderTerms> = {}): OrderTerms {
  return {
    orderId,
    pickup: { latitude: 37.775, longitude: -122.418, address: null },
    dropoff: { latitude: 37.8, longitude: -122.418, address: null },
    vehicleType: null,
    size: 1,
    skills: [],
    items: [],
    notes: null,
    customerId: null,
    reference: null,
    quoteId: null,
    price: { amount: 1_000, currency: 'USD', breakdown: [{ code: 'base', label: 'Base fare', amount: 1_000 }] },
    distanceM: 3_000,
    durationS: 600,
    scheduledAtMs: null,
    ...changes,
  }
}
