/**
 * What a price list that is not made yet would have charged for trips of the past. Every quote of a time is priced again from what
 * was recorded with it: its distance, its time, its vehicle, the surge of its round; with the zones as they are drawn now, since no
 * quote knows which areas a list of the future names. Nothing is stored.
 */

import type { CellId } from '../domain/ids.ts'
import { charged } from '../domain/pricing/charged-surge.ts'
import { type ComparedFare, compareFares, differenceOf } from '../domain/pricing/compare-fares.ts'
import type { PublishedRuleset } from '../domain/pricing/in-force.ts'
import { localTimeAt } from '../domain/pricing/local-time.ts'
import { type Fare, type PriceInputs, price } from '../domain/pricing/price.ts'
import { areaOf } from '../domain/surge/neighbourhood.ts'
import type { PastQuote, PastQuotes } from '../store/past-quotes.ts'
import type { Http } from './context.ts'
import { priceAreas } from './fares.ts'
import { formatInstant, formatInstantOrNull } from './rfc3339.ts'
import type { RulesetPreviewView } from './schemas/ruleset-preview.ts'

export const EXAMPLES_MAX = 8
/** Some milliseconds of work: then whoever waits for this thread has a turn. */
const PIECE = 100
const PAUSE_MS = 1

interface Repriced extends ComparedFare {
  readonly quote: PastQuote
  readonly inputs: PriceInputs
}

type Skipped = 'elsewhere' | 'other_currency' | 'unknown'

export async function previewRuleset(
  http: Http,
  published: PublishedRuleset,
  { quotes, hasMore }: PastQuotes,
): Promise<RulesetPreviewView> {
  const repriced: Repriced[] = []
  const skipped = { elsewhere: 0, other_currency: 0, unknown: 0 }
  for (const [i, quote] of quotes.entries()) {
    if (i > 0 && i % PIECE === 0) await new Promise<void>(resolve => http.clock.after(PAUSE_MS, resolve))
    const result = await reprice(http, published, quote)
    if (typeof result === 'string') skipped[result]++
    else repriced.push(result)
  }
  const compared = compareFares(repriced, EXAMPLES_MAX)
  return {
    quotes: compared.count,
    dearer: compared.dearer,
    cheaper: compared.cheaper,
    same: compared.same,
    skipped,
    currency: published.ruleset.currency,
    amount_before: compared.beforeMinor,
    amount_after: compared.afterMinor,
    difference: compared.difference,
    newest_at: formatInstantOrNull(quotes[0]?.createdAtMs ?? null),
    oldest_at: formatInstantOrNull(quotes.at(-1)?.createdAtMs ?? null),
    has_more: hasMore,
    examples: compared.examples.map(renderExample),
  }
}

async function reprice(http: Http, published: PublishedRuleset, quote: PastQuote): Promise<Repriced | Skipped> {
  const { ruleset, cells } = published
  const { cell, pickup, dropoff } = quote
  // Of a version of the code that recorded less.
  const [before, recorded] = [quote.fare as Fare | null, quote.inputs as unknown as PriceInputs | null]
  if (before === null || recorded === null || pickup === null || dropoff === null || cell === null) return 'unknown'
  if (cells !== null && !cells.includes(areaOf(cell as CellId))) return 'elsewhere'
  if (before.currency !== ruleset.currency) return 'other_currency'
  const { distanceM, durationS, vehicleType, surgePermille } = recorded
  const inputs: PriceInputs = {
    distanceM,
    durationS,
    vehicleType,
    surgePermille: charged(surgePermille, ruleset),
    ...(await priceAreas(http, { pickup, dropoff, vehicleType }, ruleset)),
    ...(ruleset.timeZone === undefined
      ? {}
      : { localTime: localTimeAt(quote.dueAtMs ?? quote.createdAtMs, ruleset.timeZone) }),
  }
  const after = fareOf(inputs, published)
  return after === null ? 'unknown' : { quote, inputs, beforeMinor: before.amount, afterMinor: after.amount }
}

/** @returns null where its figures give no fare for that trip, as a sum beyond all numbers. */
function fareOf(inputs: PriceInputs, { ruleset }: PublishedRuleset): Fare | null {
  try {
    return price(inputs, ruleset)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function renderExample(example: Repriced): RulesetPreviewView['examples'][number] {
  const { quote, inputs, beforeMinor, afterMinor } = example
  return {
    quote_id: quote.quoteId,
    created_at: formatInstant(quote.createdAtMs),
    vehicle_type: inputs.vehicleType,
    distance_m: inputs.distanceM,
    duration_s: inputs.durationS,
    surge_multiplier: inputs.surgePermille / 1_000,
    before: beforeMinor,
    after: afterMinor,
    difference: differenceOf(example),
  }
}
