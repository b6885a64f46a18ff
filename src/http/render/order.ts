import { pinTriesLeft } from '../../actors/order/order.proof.ts'
import type { Assignment, OrderState, Place } from '../../actors/order/order.state.ts'
import type { ProofGiven } from '../../domain/delivery-proof.ts'
import { isEnded } from '../../domain/order-lifecycle.ts'
import { fareOf } from '../../domain/pricing/adjustments.ts'
import type { Caller } from '../access/principal.ts'
import type { OrderLinks } from '../order-links.ts'
import { formatInstant, formatInstantOrNull } from '../rfc3339.ts'
import type { OrderView } from '../schemas/order.ts'

/** What everybody sees who may see the order. */
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
    driver: renderDriver(assignment ?? state.reservation ?? null),
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
    proof: renderProof(state),
    tracking_url: links.trackingUrl(state),
  }
}

/**
 * To one who asks. The PIN is for whoever the order is brought to, and for the fleet; its driver is told it at the door, and is not
 * given the link that shows it either.
 */
export function renderOrderFor({ role }: { readonly role: Caller }, state: OrderState, links: OrderLinks): OrderView {
  const view = renderOrder(state, links)
  const pin = pinOf(state)
  if (pin === null || view.proof === null) return view
  if (role === 'driver') return { ...view, tracking_url: null }
  return { ...view, proof: { ...view.proof, pin } }
}

/** @returns null where there is none, or it opens no door any more. */
export function pinOf({ terms, status }: OrderState): string | null {
  return isEnded(status) ? null : (terms.proof?.pin ?? null)
}

function renderProof(state: OrderState): OrderView['proof'] {
  const { terms, proof } = state
  if (!terms.proof && !proof) return null
  return {
    required: [...(terms.proof?.required ?? [])],
    pin_tries_left: terms.proof?.pin === undefined ? null : pinTriesLeft(state),
    given: proof ? renderGiven(proof) : null,
  }
}

function renderGiven({ pin, photo, signature, waivedBecause }: ProofGiven): NonNullable<OrderView['proof']>['given'] {
  return { pin, photo, signature, waived_because: waivedBecause }
}

function renderPlace({ latitude, longitude, address }: Place): OrderView['pickup'] {
  return { latitude, longitude, address }
}

function renderDriver(
  assignment: Pick<Assignment, 'driverId' | 'driverName' | 'vehicleType'> | null,
): OrderView['driver'] {
  if (assignment === null) return null
  return { driver_id: assignment.driverId, name: assignment.driverName, vehicle_type: assignment.vehicleType }
}
