/**
 * What subscribers are told of an order's event. Each field is named here: what is not is not published, so nothing personal gets
 * out by being added to an event. Addresses and exact places of customers, their ids, references, notes, items and free-text
 * reasons stay inside; a place is told as its price cell. Who may know more asks the API with the order's id.
 */
import { type Static, type TObject, Type } from '@sinclair/typebox'
import type { OrderEvent } from '../actors/order/order.messages.ts'
import type { LatLng } from '../domain/geo.ts'
import { cellAt, PRICE_RES } from '../domain/h3.ts'
import { Instant, instant, Nullable, Role } from './published-common.ts'

/** Volatile ones never reach the journal. */
export type PublishedOrderEvent = Exclude<OrderEvent, { type: 'held' | 'answer_awaited' }>

const Cell = Type.String({ description: 'H3 cell of resolution 8.' })
const Offered = Type.Object({
  offer_id: Type.String(),
  driver_id: Type.String(),
  pickup_eta_s: Type.Number(),
  expires_at: Instant,
  mode: Type.String({ description: 'ask, auto, direct or reserve.' }),
})

export const ORDER_EVENTS = {
  placed: Type.Object({
    vehicle_type: Nullable(Type.String()),
    size: Type.Integer(),
    skills: Type.Array(Type.String()),
    pickup_cell: Cell,
    dropoff_cell: Cell,
    amount: Type.Integer({ description: 'Minor units.' }),
    currency: Type.String(),
    distance_m: Type.Number(),
    duration_s: Type.Number(),
    quote_id: Nullable(Type.String()),
    scheduled_at: Nullable(Instant),
    due_at: Instant,
    expires_at: Instant,
    by_role: Role,
  }),
  amended: Type.Object({
    changed: Type.Array(Type.String(), { description: 'Which: pickup, dropoff, scheduled_at, notes, items.' }),
    pickup_cell: Type.Optional(Cell),
    dropoff_cell: Type.Optional(Cell),
    amount: Type.Optional(Type.Integer({ description: 'Minor units: the trip has another price.' })),
    scheduled_at: Type.Optional(Nullable(Instant)),
    due_at: Instant,
    expires_at: Instant,
    by_role: Role,
  }),
  due: Type.Object({
    expires_at: Type.Optional(Type.String({ ...Instant, description: 'Another one: it was found late.' })),
  }),
  offered: Type.Object({ offers: Type.Array(Offered) }),
  offer_closed: Type.Object({
    offer_id: Type.String(),
    driver_id: Type.String(),
    refused: Type.Boolean({ description: 'The driver said no, or nothing.' }),
  }),
  assigned: Type.Object({
    offer_id: Type.String(),
    driver_id: Type.String(),
    vehicle_type: Nullable(Type.String()),
    size: Type.Integer(),
    pickup_at: Instant,
    dropoff_at: Instant,
    by_role: Role,
  }),
  unassigned: Type.Object({
    driver_id: Type.String(),
    refused: Type.Boolean({ description: 'The driver dropped out itself.' }),
    expires_at: Instant,
    by_role: Role,
  }),
  status: Type.Object({
    status: Type.String(),
    driver_id: Type.String(),
    by_role: Role,
    proof: Type.Optional(
      Type.Array(Type.String(), { description: 'Delivered with: pin, photo, signature, or waived.' }),
    ),
  }),
  pin_refused: Type.Object({ by_role: Role }),
  reserved: Type.Object({ driver_id: Type.String(), by_role: Role }),
  unreserved: Type.Object({ driver_id: Type.String(), by_role: Role }),
  rated: Type.Object({
    side: Type.String({ description: 'Who rates: customer or driver.' }),
    stars: Type.Integer(),
    driver_id: Type.String(),
    by_role: Role,
  }),
  cancelled: Type.Object({ by_role: Role }),
  adjusted: Type.Object({ lines: Type.Array(Type.Object({ code: Type.String(), amount: Type.Integer() })) }),
  expired: Type.Object({ reason: Type.String({ description: '`no_driver`, or `missed`: its time was over.' }) }),
} satisfies Record<PublishedOrderEvent['type'], TObject>

type Published<K extends keyof typeof ORDER_EVENTS> = Static<(typeof ORDER_EVENTS)[K]>

export function publishedOrder(event: PublishedOrderEvent): Published<PublishedOrderEvent['type']> {
  switch (event.type) {
    case 'placed':
      return placed(event)
    case 'amended':
      return amended(event)
    case 'due':
      return event.expiresAtMs === undefined ? {} : { expires_at: instant(event.expiresAtMs) }
    case 'expired':
      return { reason: event.reason ?? 'no_driver' }
    case 'offered':
      return { offers: event.offers.map(offered) }
    case 'offer_closed':
      return { offer_id: event.offerId, driver_id: event.driverId, refused: event.refused }
    case 'assigned':
      return assigned(event)
    case 'unassigned': {
      const { driverId, refused, expiresAtMs, by } = event
      return { driver_id: driverId, refused, expires_at: instant(expiresAtMs), by_role: by.role }
    }
    case 'status':
      return { status: event.status, driver_id: event.driverId, by_role: event.by.role, ...proofOf(event) }
    case 'pin_refused':
      return { by_role: event.by.role }
    case 'reserved':
    case 'unreserved':
      return { driver_id: event.driverId, by_role: event.by.role }
    case 'rated': {
      const { side, stars, driverId, by } = event
      return { side, stars, driver_id: driverId, by_role: by.role }
    }
    case 'cancelled':
      return { by_role: event.by.role }
    case 'adjusted':
      return { lines: event.lines.map(({ code, amount }) => ({ code, amount })) }
  }
}

function placed({ terms, dueAtMs, expiresAtMs, by }: PublishedOrderEvent & { type: 'placed' }): Published<'placed'> {
  return {
    vehicle_type: terms.vehicleType,
    size: terms.size,
    skills: [...terms.skills],
    pickup_cell: cellOf(terms.pickup),
    dropoff_cell: cellOf(terms.dropoff),
    amount: terms.price.amount,
    currency: terms.price.currency,
    distance_m: terms.distanceM,
    duration_s: terms.durationS,
    quote_id: terms.quoteId,
    scheduled_at: terms.scheduledAtMs === null ? null : instant(terms.scheduledAtMs),
    due_at: instant(dueAtMs),
    expires_at: instant(expiresAtMs),
    by_role: by.role,
  }
}

function proofOf({ proof }: PublishedOrderEvent & { type: 'status' }): { proof?: string[] } {
  if (proof === undefined) return {}
  const { pin, photo, signature, waivedBecause } = proof
  const given = { pin, photo: photo !== null, signature: signature !== null, waived: waivedBecause !== null }
  return { proof: Object.entries(given).flatMap(([name, is]) => (is ? [name] : [])) }
}

const NAMES = {
  pickup: 'pickup',
  dropoff: 'dropoff',
  scheduledAtMs: 'scheduled_at',
  notes: 'notes',
  items: 'items',
} as const

function amended({ terms, dueAtMs, expiresAtMs, by }: PublishedOrderEvent & { type: 'amended' }): Published<'amended'> {
  const { pickup, dropoff, scheduledAtMs, price } = terms
  return {
    changed: Object.entries(NAMES).flatMap(([field, name]) => (field in terms ? [name] : [])),
    ...(pickup === undefined ? {} : { pickup_cell: cellOf(pickup) }),
    ...(dropoff === undefined ? {} : { dropoff_cell: cellOf(dropoff) }),
    ...(price === undefined ? {} : { amount: price.amount }),
    ...(scheduledAtMs === undefined ? {} : { scheduled_at: scheduledAtMs === null ? null : instant(scheduledAtMs) }),
    due_at: instant(dueAtMs),
    expires_at: instant(expiresAtMs),
    by_role: by.role,
  }
}

function offered(offer: (PublishedOrderEvent & { type: 'offered' })['offers'][number]): Static<typeof Offered> {
  return {
    offer_id: offer.offerId,
    driver_id: offer.driverId,
    pickup_eta_s: offer.pickupEtaS,
    expires_at: instant(offer.expiresAtMs),
    mode: offer.mode,
  }
}

function assigned(event: PublishedOrderEvent & { type: 'assigned' }): Published<'assigned'> {
  return {
    offer_id: event.offerId,
    driver_id: event.driverId,
    vehicle_type: event.vehicleType,
    size: event.size,
    pickup_at: instant(event.pickupAtMs),
    dropoff_at: instant(event.dropoffAtMs),
    by_role: event.by.role,
  }
}

function cellOf(place: LatLng): string {
  return cellAt(place, PRICE_RES)
}
