import type { OpenOffer, OrderState } from '../../actors/order/order.state.ts'
import type { DriverId, UnixMs } from '../../domain/ids.ts'
import { formatInstant } from '../rfc3339.ts'
import type { OfferView } from '../schemas/order.ts'

/** The offers of an order that this driver can still accept: a dispatcher's own assignment is none. */
export function renderOpenOffers(order: OrderState, driverId: DriverId, nowMs: UnixMs): OfferView[] {
  return order.offers
    .filter(offer => offer.driverId === driverId && offer.mode === 'ask' && nowMs < offer.expiresAtMs)
    .map(offer => renderOffer(order, offer))
}

function renderOffer(order: OrderState, offer: OpenOffer): OfferView {
  return {
    offer_id: offer.offerId,
    order_id: order.terms.orderId,
    driver_id: offer.driverId,
    pickup_eta_s: Math.round(offer.pickupEtaS),
    expires_at: formatInstant(offer.expiresAtMs),
  }
}
