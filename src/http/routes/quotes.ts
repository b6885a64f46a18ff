/** Prices that hold for a while. */
import { newQuoteId } from '../../domain/ids.ts'
import { quoteIdIn } from '../../domain/mode.ts'
import { insertQuote } from '../../store/quotes.ts'
import { customerFor } from '../access/customer-for.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { pickupEtaS, priceTrip } from '../fares.ts'
import { type Claim, claimOf, type Outcome } from '../idempotency.ts'
import { askerOf } from '../pricing-asker.ts'
import { placeOf, type Quote, quoteBody, renderQuote } from '../quote-body.ts'
import { scheduledAtMs } from '../schedule.ts'
import { NewQuote, newQuote, QuoteView } from '../schemas/quote.ts'
import { checkServed } from '../service-area.ts'
import { checked } from '../validate.ts'

export function quoteRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/quotes',
      access: 'key',
      operation: {
        tag: 'Quotes',
        summary: 'What a trip costs, as a promise until `expires_at`, for one order.',
        body: NewQuote,
        idempotent: true,
        answers: { 201: { description: 'The quote, stored.', schema: QuoteView } },
        problems: ['outside_service_area', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => create(http, call),
    },
  ]
}

async function create(http: Http, call: Call): Promise<Response> {
  const body = checked(newQuote, await readJson(call.request, http.config.limits.bodyBytesMax))
  const claim = claimOf({ ...call, route: 'POST /v1/quotes', body })
  const quote = await http.idempotency.once(
    claim,
    key => makeQuote(http, call, body, key),
    response => response as unknown as Quote,
  )
  return json(201, renderQuote(quote))
}

async function makeQuote(http: Http, call: Call, body: NewQuote, key: Claim | null): Promise<Outcome<Quote>> {
  const trip = { pickup: placeOf(body.pickup), dropoff: placeOf(body.dropoff), vehicleType: body.vehicle_type ?? null }
  await checkServed(http.zones, trip)
  const scheduled = scheduledAtMs(http, body.scheduled_at)
  const customer = customerFor(call.principal, body.customer_id ?? null)
  const asker = askerOf(customer, trip)
  const { mode } = call.principal
  const priced = await priceTrip(http, { trip, scheduledAtMs: scheduled, asker, mode, countedBy: 'asking' })
  const nowMs = http.clock.nowMs()
  const quote: Quote = {
    ...trip,
    quoteId: quoteIdIn(mode, newQuoteId(nowMs, http.random)),
    expiresAtMs: nowMs + http.config.quoteTtlS * 1_000,
    scheduledAtMs: scheduled,
    priced,
    pickupEtaS: await pickupEtaS(http, trip, mode),
  }
  const record = {
    quoteId: quote.quoteId,
    createdAtMs: nowMs,
    expiresAtMs: quote.expiresAtMs,
    customer,
    body: quoteBody(quote),
  }
  const stored = await insertQuote(http.sql, record, key === null ? undefined : { ...key, response: quoteBody(quote) })
  return stored === 'key_taken' ? { kind: 'key_taken' } : { kind: 'done', value: quote }
}
