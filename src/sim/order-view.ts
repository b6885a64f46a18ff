import type { LatLng } from '../domain/geo.ts'
import { type EndedStatus, isEnded, ORDER_STATUSES, type OrderStatus } from '../domain/order-lifecycle.ts'
import { objectAt, objectOf, placeAt, textAt } from './json.ts'

/** An order as the node tells it: on an offer some of it may be missing. */
export interface OrderView {
  readonly orderId: string
  readonly status: OrderStatus | null
  readonly pickup: LatLng | null
  readonly dropoff: LatLng | null
  readonly driverId: string | null
}

/** What a driver reports on an order, in this order, none left out. */
export const STEPS = ['assigned', 'en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const

export type Step = (typeof STEPS)[number]

/** @returns null where there is no order, or one without an id. */
export function readOrder(value: unknown): OrderView | null {
  const order = objectOf(value)
  const orderId = textAt(order, 'order_id')
  if (orderId === null) return null
  return {
    orderId,
    status: readStatus(order?.status),
    pickup: placeAt(order, 'pickup'),
    dropoff: placeAt(order, 'dropoff'),
    driverId: textAt(objectAt(order, 'driver'), 'driver_id'),
  }
}

function readStatus(value: unknown): OrderStatus | null {
  return ORDER_STATUSES.find(status => status === value) ?? null
}

export function isEnd(status: OrderStatus | null): status is EndedStatus {
  return status !== null && isEnded(status)
}

/** @returns the step that a driver has taken last on an order in this status, or null where no driver is at it. */
export function stepOf(status: OrderStatus | null): Step | null {
  return STEPS.find(step => step === status) ?? null
}
