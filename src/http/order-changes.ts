/** What a change that somebody asks for means for an order: the terms that differ, and what the trip costs with them. */
import { isSameItems, isSamePlace } from '../actors/order/order.amend.ts'
import type { AmendedTerms, OrderState, OrderTerms } from '../actors/order/order.state.ts'
import { newQuoteId, parseQuoteId } from '../domain/ids.ts'
import { modeOfOrder, quoteIdIn } from '../domain/mode.ts'
import { isEnded } from '../domain/order-lifecycle.ts'
import { insertQuote, quoteById } from '../store/quotes.ts'
import type { Http } from './context.ts'
import { pickupEtaS, priceTrip } from './fares.ts'
import { pricedTerms, wayToPickup } from './order-terms.ts'
import { askerOf } from './pricing-asker.ts'
import { invalidField, notFound, Refusal } from './problem.ts'
import { placeOf, type Quote, quoteBody, quoteFrom, renderQuote } from './quote-body.ts'
import { versionConflict } from './replies.ts'
import { scheduledAtMs } from './schedule.ts'
import type { OrderPatch } from './schemas/order.ts'

type Trip = Pick<OrderTerms, 'pickup' | 'dropoff' | 'vehicleType' | 'scheduledAtMs'>

export interface Changes {
  readonly changes: AmendedTerms
  /** They hold for the order as it was read, and for no other version. */
  readonly isPriced: boolean
}

/**
 * @throws {Refusal} `price_changed`, with a quote, where the changed trip costs something else and that was not agreed to; `invalid`,
 *   `not_found` or `quote_expired` for the quote that was; `invalid_transition` for an order whose trip is settled.
 */
export async function changesOf(http: Http, order: OrderState, patch: OrderPatch): Promise<Changes> {
  const words = wordsOf(order.terms, patch)
  const trip = tripOf(http, order.terms, patch)
  const changed = differing(order.terms, trip)
  if (Object.keys(changed).length === 0) return { changes: words, isPriced: false }
  checkCanChange(order, changed)
  if (patch.version !== undefined && patch.version !== order.version) throw versionConflict(order.version)
  const quote = await agreedQuote(http, order, trip, patch)
  const way = await wayToPickup(http, trip, modeOfOrder(order.terms.orderId))
  return {
    changes: { ...words, ...changed, ...way, quoteId: quote.quoteId, ...pricedTerms(quote.priced) },
    isPriced: true,
  }
}

/** Before anything is priced: the order itself judges again. */
function checkCanChange({ status }: OrderState, changed: AmendedTerms): void {
  const isTimely = 'scheduledAtMs' in changed ? status === 'scheduled' : status === 'scheduled' || status === 'placed'
  if (isTimely) return
  const why = isEnded(status) ? 'it is over' : 'its search has begun or is over'
  throw new Refusal('invalid_transition', `The order is ${status}, so this cannot be changed: ${why}.`, {
    members: { order_status: status },
  })
}

function wordsOf(terms: OrderTerms, { notes, items }: OrderPatch): AmendedTerms {
  return {
    ...(notes === undefined || notes === terms.notes ? {} : { notes }),
    ...(items === undefined || isSameItems(items ?? [], terms.items) ? {} : { items: items ?? [] }),
  }
}

function tripOf(http: Http, terms: OrderTerms, patch: OrderPatch): Trip {
  const { pickup, dropoff, scheduled_at } = patch
  return {
    pickup: pickup === undefined ? terms.pickup : placeOf(pickup),
    dropoff: dropoff === undefined ? terms.dropoff : placeOf(dropoff),
    vehicleType: terms.vehicleType,
    scheduledAtMs: scheduled_at === undefined ? terms.scheduledAtMs : scheduledAtMs(http, scheduled_at),
  }
}

function differing(terms: OrderTerms, trip: Trip): AmendedTerms {
  return {
    ...(isSamePlace(trip.pickup, terms.pickup) ? {} : { pickup: trip.pickup }),
    ...(isSamePlace(trip.dropoff, terms.dropoff) ? {} : { dropoff: trip.dropoff }),
    ...(trip.scheduledAtMs === terms.scheduledAtMs ? {} : { scheduledAtMs: trip.scheduledAtMs }),
  }
}

async function agreedQuote(http: Http, order: OrderState, trip: Trip, patch: OrderPatch): Promise<Quote> {
  if (typeof patch.quote_id === 'string') return namedQuote(http, order, trip, patch.quote_id)
  const quote = await newQuote(http, order, trip)
  const { price } = order.terms
  const { fare } = quote.priced
  if (fare.amount === price.amount && fare.currency === price.currency) return quote
  const from = `${price.amount} to ${fare.amount} ${fare.currency}`
  throw new Refusal('price_changed', `The changed trip has another price: from ${from}. Agree to it by its quote_id.`, {
    members: { quote: renderQuote(quote) },
  })
}

async function namedQuote(http: Http, { terms }: OrderState, trip: Trip, text: string): Promise<Quote> {
  const quoteId = parseQuoteId(text)
  const record = quoteId === null ? null : await quoteById(http.sql, quoteId)
  const quote = record && quoteFrom(record)
  if (quote === null || quote.amends !== terms.orderId) throw notFound('quote for this order')
  if (http.clock.nowMs() >= quote.expiresAtMs) throw new Refusal('quote_expired', 'The quote has expired; ask again.')
  const isForIt =
    isSamePlace(quote.pickup, trip.pickup) &&
    isSamePlace(quote.dropoff, trip.dropoff) &&
    quote.scheduledAtMs === trip.scheduledAtMs
  if (!isForIt) throw invalidField('/quote_id', 'The quote is for another trip than this change gives')
  return quote
}

/** Stored before it is agreed to, as every price is: the order names it, and it tells when the trip was priced. */
async function newQuote(http: Http, { terms }: OrderState, trip: Trip): Promise<Quote> {
  const mode = modeOfOrder(terms.orderId)
  const asker = terms.pricing?.asker ?? askerOf(terms.customerId, trip)
  const priced = await priceTrip(http, {
    trip,
    scheduledAtMs: trip.scheduledAtMs,
    asker,
    mode,
    countedBy: 'asking',
  })
  const nowMs = http.clock.nowMs()
  const quote: Quote = {
    ...trip,
    quoteId: quoteIdIn(mode, newQuoteId(nowMs, http.random)),
    expiresAtMs: nowMs + http.config.quoteTtlS * 1_000,
    priced,
    pickupEtaS: await pickupEtaS(http, trip, mode),
    amends: terms.orderId,
  }
  const { quoteId, expiresAtMs } = quote
  const customer = terms.customerId
  await insertQuote(http.sql, { quoteId, createdAtMs: nowMs, expiresAtMs, customer, body: quoteBody(quote) })
  return quote
}
