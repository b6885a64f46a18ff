import type { OrderState } from '../actors/order/order.state.ts'
import type { TrackingLinks } from './access/tracking-link.ts'

/** The addresses that an order carries when it is shown. */
export interface OrderLinks {
  /** Opens for whoever holds it, as a read or as a socket, until it expires. */
  trackingUrl(order: OrderState): string
}

/** @param baseUrl  without a slash at its end; known once the node listens. */
export function orderLinks(tracking: TrackingLinks, baseUrl: () => string): OrderLinks {
  return {
    trackingUrl: order =>
      `${baseUrl()}/v1/orders/${order.terms.orderId}/driver-location?token=${tracking.tokenFor(order)}`,
  }
}
