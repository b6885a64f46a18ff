/**
 * Computes the fare of an order again from what is recorded: the inputs of its price, the version of the ruleset, the facts of its
 * adjustments, its quote, the round of surge that it names. Says where something stored is not as computed.
 */
import type { OrderState } from '../actors/order/order.state.ts'
import { fareOf } from '../domain/pricing/adjustments.ts'
import type { Fare, PriceInputs } from '../domain/pricing/price.ts'
import { differing, type FareDifference, recomputed } from '../domain/pricing/recompute.ts'
import { contains, shapeOf } from '../domain/zones/shape.ts'
import { KnownRulesets } from './known-rulesets.ts'
import { type OrderDocument, TERMS_COLUMN, wholeState } from './order-document.ts'
import type { Sql } from './postgres.ts'
import { quoteById } from './quotes.ts'
import { type RecomputedSurge, SurgeRounds } from './recompute-surge.ts'
import { answered } from './records.ts'
import { zoneVersion } from './zones.ts'

const PAGE = 1_000
/** Of all orders: the rest is counted. */
export const EXAMPLES_MAX = 20

export interface RecomputedOrder {
  readonly order_id: string
  readonly status: string
  readonly ruleset_version: string | null
  readonly currency: string
  readonly quoted: { readonly stored: number; readonly computed: number | null }
  readonly fare: { readonly stored: number; readonly computed: number | null }
  /** Null where nothing was recorded that it follows from. */
  readonly surge: RecomputedSurge | null
  readonly differences: readonly FareDifference[]
  /** Why something was not computed again, and so is not known to be right; null where all of it was. */
  readonly unknown: string | null
}

export interface RecomputeReport {
  readonly orders: number
  /** Of an older version of the code, which recorded no inputs. */
  readonly without_inputs: number
  readonly differing: number
  /** Something of them could not be computed again: those without inputs, and those whose round of surge is forgotten. */
  readonly unknown: number
  readonly examples: readonly RecomputedOrder[]
}

/** What several orders have in common is read once. */
class Sources {
  readonly sql: Sql
  readonly rulesets: KnownRulesets
  readonly rounds: SurgeRounds

  constructor(sql: Sql) {
    this.sql = sql
    this.rulesets = new KnownRulesets(sql)
    this.rounds = new SurgeRounds(sql, this.rulesets)
  }
}

/** @returns null where there is no such order. @throws {StoreUnavailableError} */
export async function recomputeOrder(sql: Sql, orderId: string): Promise<RecomputedOrder | null> {
  const [row] = await answered(
    sql<OrderDocument[]>`select state, ${sql.unsafe(TERMS_COLUMN)} from orders where order_id = ${orderId}`,
  )
  return row ? recomputeState(stateOf(row), new Sources(sql)) : null
}

/** Every order there is, in pages. @throws {StoreUnavailableError} */
export async function recomputeAll(sql: Sql): Promise<RecomputeReport> {
  const sources = new Sources(sql)
  const sum = { orders: 0, without_inputs: 0, differing: 0, unknown: 0 }
  const examples: RecomputedOrder[] = []
  for (let after = ''; ; ) {
    const rows = await answered(sql<(OrderDocument & { orderId: string })[]>`
      select order_id as "orderId", state, ${sql.unsafe(TERMS_COLUMN)} from orders where order_id > ${after} order by order_id limit ${PAGE}`)
    for (const row of rows) {
      const result = await recomputeState(stateOf(row), sources)
      sum.orders++
      if (result.ruleset_version === null) sum.without_inputs++
      if (result.unknown !== null) sum.unknown++
      if (result.differences.length === 0) continue
      sum.differing++
      if (examples.length < EXAMPLES_MAX) examples.push(result)
    }
    after = rows.at(-1)?.orderId ?? after
    if (rows.length < PAGE) return { ...sum, examples }
  }
}

/** Written by the order's decider. */
function stateOf(row: OrderDocument): OrderState {
  return wholeState(row) as unknown as OrderState
}

async function recomputeState(state: OrderState, { sql, rulesets, rounds }: Sources): Promise<RecomputedOrder> {
  const { terms, status, adjustments = [] } = state
  const { price, pricing } = terms
  const about = {
    order_id: terms.orderId,
    status,
    ruleset_version: pricing?.rulesetVersion ?? null,
    currency: price.currency,
    quoted: { stored: price.amount, computed: null },
    fare: { stored: fareOf(price.amount, adjustments), computed: null },
    surge: null,
    unknown: null,
  }
  if (!pricing) return { ...about, unknown: 'priced by an older version, which recorded no inputs', differences: [] }
  const quoted = await quoteDifferences(sql, state)
  const ruleset = await rulesets.of(pricing.rulesetVersion)
  if (!ruleset) {
    const missing = { what: `ruleset ${pricing.rulesetVersion}`, stored: pricing.rulesetVersion, computed: null }
    return { ...about, differences: [missing, ...quoted] }
  }
  const again = recomputed({ price, inputs: pricing.inputs, rules: pricing.rules, adjustments }, ruleset)
  const surged = await rounds.check(state, ruleset)
  return {
    ...about,
    quoted: { stored: about.quoted.stored, computed: again.quotedMinor },
    fare: { stored: about.fare.stored, computed: again.fareMinor },
    surge: surged?.surge ?? null,
    unknown: surged?.surge.unknown ?? null,
    differences: [
      ...again.differences,
      ...quoted,
      ...(surged?.differences ?? []),
      ...(await areaDifferences(sql, state)),
    ],
  }
}

/** An order costs what its quote said, for the reasons that it gave. A quote that was not stored any more says nothing. */
async function quoteDifferences(sql: Sql, { terms }: OrderState): Promise<FareDifference[]> {
  const { quoteId, price, pricing } = terms
  const quote = quoteId === null ? null : await quoteById(sql, quoteId)
  const priced = (quote?.body as { priced?: Partial<PricedQuote> } | undefined)?.priced
  if (!priced?.fare) return []
  const { fare, inputs, rulesetVersion, surge } = priced
  const said = surge && { cell: surge.cell, round: surge.round }
  return [
    ...differing(`quote ${quoteId}`, price.amount, fare.amount),
    ...differing(`quote ${quoteId}: breakdown`, price.breakdown, fare.breakdown),
    // Of an older version: without what it was computed from.
    ...(inputs ? differing(`quote ${quoteId}: inputs`, pricing?.inputs, inputs) : []),
    ...(inputs ? differing(`quote ${quoteId}: ruleset`, pricing?.rulesetVersion, rulesetVersion) : []),
    ...(inputs ? differing(`quote ${quoteId}: surge`, pricing?.surge, said) : []),
  ]
}

interface PricedQuote {
  readonly fare: Fare
  readonly inputs: PriceInputs
  readonly rulesetVersion: string
  readonly surge: { readonly cell: string; readonly round: number }
}

/** A trip lies in the areas that it was priced by, as they were drawn in that version. One of which nothing is known says nothing. */
async function areaDifferences(sql: Sql, { terms }: OrderState): Promise<FareDifference[]> {
  const differences: FareDifference[] = []
  for (const { zoneId, version, ends } of terms.pricing?.inputs.areas ?? []) {
    const area = await zoneVersion(sql, zoneId, version)
    if (area === null) continue
    const shape = shapeOf(area)
    const lies = (['pickup', 'dropoff'] as const).filter(end => contains(shape, terms[end]))
    differences.push(...differing(`area ${zoneId}, version ${version}`, ends, lies))
  }
  return differences
}
