/** A quote as the record keeps it: everything that an order made from it needs, and everything that is shown of it. */
import type { Place } from '../actors/order/order.state.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { OrderId, QuoteId, UnixMs } from '../domain/ids.ts'
import type { QuoteRecord } from '../store/quotes.ts'
import type { PricedTrip } from './fares.ts'
import { formatInstant, formatInstantOrNull } from './rfc3339.ts'
import type { PlaceBody } from './schemas/common.ts'
import type { QuoteView } from './schemas/quote.ts'

export interface Quote {
  readonly quoteId: QuoteId
  readonly expiresAtMs: UnixMs
  readonly pickup: Place
  readonly dropoff: Place
  readonly vehicleType: string | null
  readonly scheduledAtMs: UnixMs | null
  readonly priced: PricedTrip
  readonly pickupEtaS: number | null
  /** Made for a change of that order: no other one is made of it. */
  readonly amends?: OrderId
}

/** Written by {@link quoteBody} of this or an older version of the code. */
export function quoteFrom(record: QuoteRecord): Quote {
  return record.body as unknown as Quote
}

export function quoteBody(quote: Quote): JsonObject {
  return quote as unknown as JsonObject
}

export function placeOf({ latitude, longitude, address }: PlaceBody): Place {
  return { latitude, longitude, address: address ?? null }
}

export function renderQuote({ quoteId, expiresAtMs, scheduledAtMs, priced, pickupEtaS }: Quote): QuoteView {
  const { fare, surge } = priced
  return {
    quote_id: quoteId,
    amount: fare.amount,
    currency: fare.currency,
    breakdown: fare.breakdown.map(({ code, label, amount }) => ({ code, label, amount })),
    surge: {
      multiplier: surge.multiplierPermille / 1_000,
      cell: surge.cell,
      round: surge.round,
      rule: surge.rule ?? 'current_round',
    },
    ruleset_version: priced.rulesetVersion,
    distance_m: priced.distanceM,
    duration_s: priced.durationS,
    pickup_eta_s: pickupEtaS,
    scheduled_at: formatInstantOrNull(scheduledAtMs),
    expires_at: formatInstant(expiresAtMs),
  }
}
