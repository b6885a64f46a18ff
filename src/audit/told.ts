import { type JsonObject, numberAt, objectAt, objectOf, placeAt, textAt } from '../sim/json.ts'

/** An order as the node has told it to somebody: a claim about the record at that version. */
export interface OrderTold {
  readonly orderId: string
  readonly version: number
  readonly status: string
  readonly driverId: string | null
}

/** What never changes in an order. */
export interface OrderTerms {
  readonly reference: string | null
  readonly pickup: string
  readonly size: number | null
}

/** @returns null where it is no order, or not a whole one. */
export function readOrderTold(value: unknown): OrderTold | null {
  const order = objectOf(value)
  const [orderId, version, status] = [textAt(order, 'order_id'), numberAt(order, 'version'), textAt(order, 'status')]
  if (orderId === null || version === null || status === null) return null
  return { orderId, version, status, driverId: textAt(objectAt(order, 'driver'), 'driver_id') }
}

export function readTerms(order: JsonObject | null): OrderTerms {
  const pickup = placeAt(order, 'pickup')
  return {
    reference: textAt(order, 'reference'),
    pickup: `${pickup?.latitude} ${pickup?.longitude}`,
    size: numberAt(order, 'size'),
  }
}

/** What may be told on a driver's socket besides acknowledgements. */
export type DriverMessage =
  | { readonly kind: 'offer'; readonly offerId: string; readonly expiresAtMs: number; readonly order: OrderTold }
  | { readonly kind: 'offer_revoked' | 'offer_closed' | 'declined'; readonly offerId: string }
  | { readonly kind: 'accepted'; readonly offerId: string; readonly order: OrderTold }
  | { readonly kind: 'assignment'; readonly order: OrderTold }
  | { readonly kind: 'order_cancelled'; readonly orderId: string }
  | { readonly kind: 'error'; readonly offerId: string | null; readonly code: string }
  | { readonly kind: 'unknown'; readonly type: string }

export function readDriverMessage(message: JsonObject | null): DriverMessage {
  const type = textAt(message, 'type') ?? ''
  return readKnown(type, message) ?? { kind: 'unknown', type }
}

function readKnown(type: string, message: JsonObject | null): DriverMessage | null {
  const offerId = textAt(message, 'offer_id')
  const order = readOrderTold(message?.order)
  switch (type) {
    case 'offer': {
      const expiresAtMs = Date.parse(textAt(message, 'expires_at') ?? '')
      return offerId === null || order === null || Number.isNaN(expiresAtMs)
        ? null
        : { kind: type, offerId, expiresAtMs, order }
    }
    case 'offer_revoked':
    case 'offer_closed':
    case 'declined':
      return offerId === null ? null : { kind: type, offerId }
    case 'accepted':
      return offerId === null || order === null ? null : { kind: type, offerId, order }
    case 'assignment':
      return order === null ? null : { kind: type, order }
    case 'order_cancelled': {
      const orderId = textAt(message, 'order_id')
      return orderId === null ? null : { kind: type, orderId }
    }
    case 'error':
      return { kind: type, offerId, code: textAt(message, 'code') ?? 'unnamed' }
    default:
      return null
  }
}
