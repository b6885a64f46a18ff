/** The history of an order as its readers see it: the journal's events, without what only actors need. */
import type { OrderEvent } from '../../actors/order/order.messages.ts'
import type { Actor } from '../../actors/order/order.state.ts'
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import { formatInstant } from '../rfc3339.ts'
import type { EventView } from '../schemas/order.ts'

const SYSTEM: Actor = { role: 'system', id: 'dispatch' }

/** @param statusBefore  of the order; null before its first event. */
export function renderEvent(event: OrderEvent, seq: number, statusBefore: OrderStatus | null): EventView {
  return {
    seq,
    type: event.type,
    at: formatInstant(event.atMs),
    status: statusAfter(event, statusBefore),
    ...aboutDriver(event),
    by: 'by' in event ? { role: event.by.role, id: event.by.id } : { ...SYSTEM },
    ...('reason' in event && event.reason !== undefined ? { reason: event.reason } : {}),
    ...('lines' in event ? { lines: event.lines.map(({ code, label, amount }) => ({ code, label, amount })) } : {}),
  }
}

/** What the event leaves the order in. Offers come and go within one status. */
export function statusAfter(event: OrderEvent, before: OrderStatus | null): OrderStatus {
  switch (event.type) {
    case 'placed':
      return event.dueAtMs > event.atMs ? 'scheduled' : 'placed'
    case 'due':
    case 'unassigned':
      return 'placed'
    case 'assigned':
    case 'cancelled':
    case 'expired':
      return event.type
    case 'status':
      return event.status
    case 'amended':
    case 'offered':
    case 'offer_closed':
    case 'adjusted':
    case 'pin_refused':
    case 'rated':
    case 'reserved':
    case 'unreserved':
    case 'held':
    case 'answer_awaited':
      return before ?? 'placed'
  }
}

function aboutDriver(event: OrderEvent): Pick<EventView, 'driver_id' | 'offer_id' | 'offers'> {
  switch (event.type) {
    case 'offered':
      return aboutOffers(event)
    case 'offer_closed':
    case 'assigned':
      return { driver_id: event.driverId, offer_id: event.offerId }
    case 'unassigned':
    case 'reserved':
    case 'unreserved':
    case 'status':
      return { driver_id: event.driverId }
    case 'placed':
    case 'amended':
    case 'due':
    case 'cancelled':
    case 'expired':
    case 'adjusted':
    case 'pin_refused':
    case 'rated':
    case 'held':
    case 'answer_awaited':
      return {}
  }
}

/** One offer stands in the event itself; a broadcast lists all of its. */
function aboutOffers({
  offers,
}: OrderEvent & { type: 'offered' }): Pick<EventView, 'driver_id' | 'offer_id' | 'offers'> {
  const [only] = offers
  if (only !== undefined && offers.length === 1) return { driver_id: only.driverId, offer_id: only.offerId }
  return {
    offers: offers.map(offer => ({
      offer_id: offer.offerId,
      driver_id: offer.driverId,
      expires_at: formatInstant(offer.expiresAtMs),
    })),
  }
}
