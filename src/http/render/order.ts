import type { Assignment, OrderState, Place } from '../../actors/order/order.state.ts'
import { fareOf } from '../../domain/pricing/adjustments.ts'
import type { OrderLinks } from '../order-links.ts'
import { formatInstant, formatInstantOrNull } from '../rfc3339.ts'
import type { OrderView } from '../schemas/order.ts'

export function renderOrder(state: OrderState, links: OrderLinks): OrderView {
  const { terms, assignment, adjustments = [] } = state
  return {
    order_id: terms.orderId,
    status: state.status,
    reason: state.reason,
    pickup: renderPlace(terms.pickup),
    dropoff: renderPlace(terms.dropoff),
    vehicle_type: terms.vehicleType,
    size: terms.size,
    skills: [...terms.skills],
    items: terms.items.map(({ name, quantity }) => ({ name, quantity })),
    notes: terms.notes,
    price: {
      amount: fareOf(terms.price.amount, adjustments),
      currency: terms.price.currency,
      breakdown: [...terms.price.breakdown, ...adjustments].map(({ code, label, amount }) => ({ code, label, amount })),
      quoted_amount: terms.price.amount,
    },
    quote_id: terms.quoteId,
    distance_m: Math.round(terms.distanceM),
    duration_s: Math.round(terms.durationS),
    driver: renderDriver(assignment),
    eta: {
      pickup_at: formatInstantOrNull(assignment?.pickupAtMs ?? null),
      dropoff_at: formatInstantOrNull(assignment?.dropoffAtMs ?? null),
    },
    arrived_at: formatInstantOrNull(assignment?.arrivedAtMs ?? null),
    attempts: state.attempts,
    customer_id: terms.customerId,
    reference: terms.reference,
    scheduled_at: formatInstantOrNull(terms.scheduledAtMs),
    ready_at: formatInstantOrNull(terms.readyAtMs ?? null),
    created_at: formatInstant(state.createdAtMs),
    updated_at: formatInstant(state.updatedAtMs),
    version: state.version,
    tracking_url: links.trackingUrl(state),
  }
}

function renderPlace({ latitude, longitude, address }: Place): OrderView['pickup'] {
  return { latitude, longitude, address }
}

function renderDriver(assignment: Assignment | null): OrderView['driver'] {
  if (assignment === null) return null
  return { driver_id: assignment.driverId, name: assignment.driverName, vehicle_type: assignment.vehicleType }
}
