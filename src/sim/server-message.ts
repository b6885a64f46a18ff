import { type JsonObject, numberAt, objectOf, textAt } from './json.ts'
import { type OrderView, readOrder } from './order-view.ts'

/** What a node says on a driver's stream. */
export type ServerMessage =
  | { readonly kind: 'ack'; readonly seq: number }
  | { readonly kind: 'error'; readonly seq: number | null; readonly code: string; readonly message: string }
  | { readonly kind: 'offer'; readonly offerId: string; readonly order: OrderView }
  | { readonly kind: 'offer_revoked'; readonly offerId: string }
  | { readonly kind: 'offer_closed'; readonly offerId: string }
  | { readonly kind: 'accepted'; readonly order: OrderView }
  | { readonly kind: 'assignment'; readonly order: OrderView }
  | { readonly kind: 'order_cancelled'; readonly orderId: string }
  | { readonly kind: 'other'; readonly type: string }

/** A known type without its fields is `other` too: the caller counts those. */
export function readServerMessage(value: unknown): ServerMessage {
  const message = objectOf(value)
  const type = textAt(message, 'type') ?? ''
  return readKnown(type, message) ?? { kind: 'other', type }
}

function readKnown(type: string, message: JsonObject | null): ServerMessage | null {
  switch (type) {
    case 'ack':
      return readAck(message)
    case 'error':
      return {
        kind: 'error',
        seq: numberAt(message, 'seq'),
        code: textAt(message, 'code') ?? 'unnamed',
        message: textAt(message, 'message') ?? '',
      }
    case 'offer':
      return readOffer(message)
    case 'offer_revoked':
    case 'offer_closed': {
      const offerId = textAt(message, 'offer_id')
      return offerId === null ? null : { kind: type, offerId }
    }
    case 'accepted':
    case 'assignment': {
      const order = readOrderOf(message)
      return order === null ? null : { kind: type, order }
    }
    case 'order_cancelled': {
      const order = readOrderOf(message)
      return order === null ? null : { kind: 'order_cancelled', orderId: order.orderId }
    }
    default:
      return null
  }
}

function readAck(message: JsonObject | null): ServerMessage | null {
  const seq = numberAt(message, 'seq')
  return seq === null ? null : { kind: 'ack', seq }
}

function readOffer(message: JsonObject | null): ServerMessage | null {
  const offerId = textAt(message, 'offer_id')
  const order = readOrderOf(message)
  return offerId === null || order === null ? null : { kind: 'offer', offerId, order }
}

/** The order itself, or where a message names only its id, that. */
function readOrderOf(message: JsonObject | null): OrderView | null {
  return readOrder(message?.order) ?? readOrder(message)
}
