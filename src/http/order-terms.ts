/** What an order is to be, out of what a customer sent: the places and the price come from a quote, or are new. */
import type { OrderTerms } from '../actors/order/order.state.ts'
import { PROOF_KINDS, pinFrom } from '../domain/delivery-proof.ts'
import { parseQuoteId, timeOfQuote } from '../domain/ids.ts'
import { type Mode, modeOfQuote, orderIdIn } from '../domain/mode.ts'
import { quoteById } from '../store/quotes.ts'
import { customerFor } from './access/customer-for.ts'
import type { Principal } from './access/principal.ts'
import type { Http } from './context.ts'
import { type PricedTrip, pickupEtaS, priceTrip } from './fares.ts'
import { askerOf } from './pricing-asker.ts'
import { type FieldError, invalid, invalidField, notFound, Refusal } from './problem.ts'
import { placeOf, quoteFrom } from './quote-body.ts'
import { readyAtMs, scheduledAtMs } from './schedule.ts'
import type { NewOrder } from './schemas/order.ts'
import { checkServed } from './service-area.ts'

type Trip = Pick<
  OrderTerms,
  'pickup' | 'dropoff' | 'vehicleType' | 'quoteId' | 'price' | 'pricing' | 'distanceM' | 'durationS' | 'scheduledAtMs'
>

interface BookedTrip extends Trip {
  /** The customer whose quote it is. */
  readonly quotedFor: string | null
}

/** @throws {Refusal} `invalid` unless it says exactly one of: a quote, or where from and where to. */
export function checkWhereTo(body: NewOrder): void {
  const errors = typeof body.quote_id === 'string' ? besideQuote(body) : withoutQuote(body)
  if (errors.length > 0) throw invalid(errors)
}

function besideQuote(body: NewOrder): FieldError[] {
  const fields = ['pickup', 'dropoff', 'vehicle_type'] as const
  return fields
    .filter(field => (body[field] ?? null) !== null)
    .map(field => ({ path: `/${field}`, message: 'The quote says this; leave it out, or leave out quote_id' }))
}

function withoutQuote(body: NewOrder): FieldError[] {
  const fields = ['pickup', 'dropoff'] as const
  return fields
    .filter(field => (body[field] ?? null) === null)
    .map(field => ({ path: `/${field}`, message: 'Required where there is no quote_id' }))
}

/** @throws {Refusal} `not_found` or `quote_expired`; `invalid` or `outside_service_area` for the trip; 503 where the price is not to be had. */
export async function termsOf(http: Http, body: NewOrder, by: Principal): Promise<OrderTerms> {
  const readyMs = readyAtMs(http, body.ready_at)
  const customerId = customerFor(by, body.customer_id ?? null)
  const { quotedFor, ...trip } =
    typeof body.quote_id === 'string'
      ? await quotedTrip(http, body, { text: body.quote_id, by, customerId })
      : await newTrip(http, body, customerId, by.mode)
  return {
    ...trip,
    ...(await wayToPickup(http, trip, by.mode)),
    ...identityOf(http, trip, by.mode),
    size: body.size ?? 1,
    skills: body.skills ?? [],
    items: body.items ?? [],
    notes: body.notes ?? null,
    customerId: customerId ?? quotedFor,
    reference: body.reference ?? null,
    ...proofOf(http, body),
    ...(readyMs === null ? {} : { readyAtMs: readyMs }),
  }
}

function proofOf({ randomBytes }: Http, { proof }: NewOrder): Pick<OrderTerms, 'proof'> {
  const required = PROOF_KINDS.filter(kind => proof?.includes(kind))
  if (required.length === 0) return {}
  return { proof: { required, ...(required.includes('pin') ? { pin: pinFrom(randomBytes(PIN_BYTES)) } : {}) } }
}

const PIN_BYTES = 4

/** The search for a driver begins earlier where drivers are far. */
export async function wayToPickup(
  http: Http,
  trip: Pick<OrderTerms, 'pickup' | 'dropoff' | 'vehicleType' | 'scheduledAtMs'>,
  mode: Mode,
): Promise<{ readonly pickupEtaS?: number }> {
  const etaS = trip.scheduledAtMs === null ? null : await pickupEtaS(http, trip, mode)
  return etaS === null ? {} : { pickupEtaS: etaS }
}

/** A quote is good for one order: they share their id, so a second request for it meets the first one's order. */
function identityOf({ gateway, clock, random }: Http, { quoteId, pickup }: Trip, mode: Mode) {
  if (quoteId === null) return { orderId: orderIdIn(mode, gateway.newOrderId(pickup, clock.nowMs())) }
  return { orderId: gateway.orderIdOfQuote(quoteId, pickup), requestId: random().toString(36).slice(2) }
}

interface QuoteUse {
  readonly text: string
  readonly by: Principal
  readonly customerId: string | null
}

async function quotedTrip(http: Http, body: NewOrder, { text, by, customerId }: QuoteUse): Promise<BookedTrip> {
  const quoteId = parseQuoteId(text)
  if (quoteId !== null && modeOfQuote(quoteId) !== by.mode) throw notFound('quote')
  const record = quoteId === null ? null : await quoteById(http.sql, quoteId)
  if (quoteId === null || (record !== null && by.role === 'customer' && record.customer !== by.id))
    throw notFound('quote')
  if (record !== null && record.customer !== null && customerId !== null && record.customer !== customerId) {
    throw invalidField('/customer_id', 'The quote is for another customer')
  }
  // An unused quote is forgotten some time after its end, which its id still tells.
  const expiresAtMs = record?.expiresAtMs ?? timeOfQuote(quoteId) + http.config.quoteTtlS * 1_000
  if (http.clock.nowMs() >= expiresAtMs) {
    throw new Refusal('quote_expired', 'The quote has expired; ask for a new one.')
  }
  if (record === null) throw notFound('quote')
  const { quoteId: id, pickup, dropoff, vehicleType, scheduledAtMs: quotedAtMs, priced, amends } = quoteFrom(record)
  if (amends !== undefined) throw notFound('quote')
  const wantedAtMs = scheduledAtMs(http, body.scheduled_at)
  if (quotedAtMs !== null && wantedAtMs !== null && wantedAtMs !== quotedAtMs) {
    throw invalidField('/scheduled_at', 'The quote is for another time')
  }
  // A quote promises a price; what is closed meanwhile is closed.
  await checkServed(http.zones, { pickup, dropoff })
  return {
    pickup,
    dropoff,
    vehicleType,
    quoteId: id,
    ...pricedTerms(priced),
    scheduledAtMs: wantedAtMs ?? quotedAtMs,
    quotedFor: record.customer,
  }
}

/** A quote of an older version of the code has no inputs: its price holds all the same. */
export function pricedTerms({ fare, distanceM, durationS, surge, ...priced }: PricedTrip) {
  const { rulesetVersion, inputs, dueAtMs, rules, asker } = priced
  const { cell, round } = surge
  const pricing = inputs ? { pricing: { rulesetVersion, inputs, dueAtMs, surge: { cell, round }, rules, asker } } : {}
  return { price: fare, distanceM, durationS, ...pricing }
}

async function newTrip(http: Http, body: NewOrder, customerId: string | null, mode: Mode): Promise<BookedTrip> {
  const { pickup, dropoff } = body
  if (!pickup || !dropoff) throw new Error('an order without places passed the check')
  const scheduled = scheduledAtMs(http, body.scheduled_at)
  const trip = { pickup: placeOf(pickup), dropoff: placeOf(dropoff), vehicleType: body.vehicle_type ?? null }
  await checkServed(http.zones, trip)
  const asker = askerOf(customerId, trip)
  // One for later, by either of its times, counts when it is due, and asks for its price now.
  const countedBy = scheduled === null && (body.ready_at ?? null) === null ? 'order' : 'asking'
  const priced = await priceTrip(http, { trip, scheduledAtMs: scheduled, asker, mode, countedBy })
  return { ...trip, quoteId: null, ...pricedTerms(priced), scheduledAtMs: scheduled, quotedFor: null }
}
