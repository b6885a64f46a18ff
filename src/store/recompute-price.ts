/**
 * Computes fares again: `bun src/store/recompute-price.ts --order ord_…`, or `--all`, with `--postgres-url postgres://…`, or with
 * `--data-dir .waggle` for an embedded server, whether or not its node is running. From what is recorded with each order alone: the
 * inputs of its price, the version of the ruleset, the facts of its adjustments; and its multiplier from the round of surge that it
 * names, and that from the counts that are stored with it. Says where something stored is not as computed;
 * exits 1 where one is, 2 where it could not be told.
 */
import { parseArgs } from 'node:util'
import type { OrderState } from '../actors/order/order.state.ts'
import { parseOrderId } from '../domain/ids.ts'
import { fareOf } from '../domain/pricing/adjustments.ts'
import type { Fare, PriceInputs } from '../domain/pricing/price.ts'
import { differing, type FareDifference, recomputed } from '../domain/pricing/recompute.ts'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { runningServer } from './embedded/running.ts'
import { KnownRulesets } from './known-rulesets.ts'
import { connect, type Sql } from './postgres.ts'
import { quoteById } from './quotes.ts'
import { type RecomputedSurge, SurgeRounds } from './recompute-surge.ts'
import { answered } from './records.ts'

const PAGE = 1_000
/** Of `--all`: the rest is counted. */
const EXAMPLES_MAX = 20
const DATA_DIR = '.waggle'

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
}

export interface RecomputeReport {
  readonly orders: number
  /** Of an older version of the code, which recorded no inputs. */
  readonly without_inputs: number
  readonly differing: number
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
  const [row] = await answered(sql<{ state: OrderState }[]>`select state from orders where order_id = ${orderId}`)
  return row ? recomputeState(row.state, new Sources(sql)) : null
}

/** Every order there is, in pages. @throws {StoreUnavailableError} */
export async function recomputeAll(sql: Sql): Promise<RecomputeReport> {
  const sources = new Sources(sql)
  const sum = { orders: 0, without_inputs: 0, differing: 0 }
  const examples: RecomputedOrder[] = []
  for (let after = ''; ; ) {
    const rows = await answered(sql<{ orderId: string; state: OrderState }[]>`
      select order_id as "orderId", state from orders where order_id > ${after} order by order_id limit ${PAGE}`)
    for (const { state } of rows) {
      const result = await recomputeState(state, sources)
      sum.orders++
      if (result.ruleset_version === null) sum.without_inputs++
      if (result.differences.length === 0) continue
      sum.differing++
      if (examples.length < EXAMPLES_MAX) examples.push(result)
    }
    after = rows.at(-1)?.orderId ?? after
    if (rows.length < PAGE) return { ...sum, examples }
  }
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
  }
  if (!pricing) return { ...about, differences: [] }
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
    differences: [...again.differences, ...quoted, ...(surged?.differences ?? [])],
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

// ---------------------------------------------------------------- the command

async function withRecord<T>(where: { url?: string; dataDir?: string }, work: (sql: Sql) => Promise<T>): Promise<T> {
  if (where.url !== undefined) return connected(where.url, work)
  const dataDir = where.dataDir ?? DATA_DIR
  const running = await runningServer(dataDir)
  if (running === 'missing') throw new Error(`There is no database in ${dataDir}.`)
  if (running !== null) return connected(running, work)
  const server = await startEmbeddedPostgres({ dataDir })
  try {
    return await connected(server.url, work)
  } finally {
    await server.stop()
  }
}

async function connected<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(url, { max: 1, applicationName: 'waggle recompute' })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function printOrder(result: RecomputedOrder): void {
  const { order_id, ruleset_version, currency, quoted, fare, surge, differences } = result
  if (ruleset_version === null) {
    console.log(`${order_id}: priced by an older version, which recorded no inputs`)
    return
  }
  console.log(`${order_id}: ruleset ${ruleset_version}, ${currency}, minor units`)
  console.log(`  quoted  stored ${quoted.stored}  computed ${quoted.computed}`)
  console.log(`  fare    stored ${fare.stored}  computed ${fare.computed}`)
  if (surge) printSurge(surge)
  for (const { what, stored, computed } of differences) {
    console.log(`  differs: ${what}: stored ${JSON.stringify(stored)}, computed ${JSON.stringify(computed)}`)
  }
  if (differences.length === 0) console.log('  every stored amount is as computed')
}

function printSurge({ cell, round, charged, in_round, unknown }: RecomputedSurge): void {
  console.log(
    `  surge   stored ${charged.stored}  computed ${charged.computed}  permille, by round ${round} of ${cell}`,
  )
  if (in_round.stored !== null) console.log(`  round   stored ${in_round.stored}  computed ${in_round.computed}`)
  if (unknown !== null) console.log(`  not told: ${unknown}`)
}

async function runOne(sql: Sql, orderId: string, isJson: boolean): Promise<number> {
  const result = await recomputeOrder(sql, orderId)
  if (!result) {
    console.error(`There is no order ${orderId}.`)
    return 2
  }
  if (isJson) console.log(JSON.stringify(result))
  else printOrder(result)
  return result.differences.length === 0 ? 0 : 1
}

async function runAll(sql: Sql, isJson: boolean): Promise<number> {
  const report = await recomputeAll(sql)
  if (isJson) console.log(JSON.stringify(report))
  else {
    for (const result of report.examples) printOrder(result)
    console.log(`${report.orders} orders, ${report.without_inputs} without inputs, ${report.differing} differ`)
  }
  return report.differing === 0 ? 0 : 1
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      order: { type: 'string' },
      all: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
      'postgres-url': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const { order, all, json, 'data-dir': dataDir, 'postgres-url': url } = values
  if ((order === undefined) === !all || (order !== undefined && parseOrderId(order) === null)) {
    console.error('Say which: --order ord_… or --all, one of them.')
    return 2
  }
  if (url !== undefined && dataDir !== undefined) {
    console.error('Say which record: --postgres-url postgres://… or --data-dir DIR, one of them.')
    return 2
  }
  const where = { ...(url === undefined ? {} : { url }), ...(dataDir === undefined ? {} : { dataDir }) }
  return withRecord(where, sql => (order === undefined ? runAll(sql, json) : runOne(sql, order, json)))
}

if (import.meta.main) {
  process.exitCode = await main().catch(error => {
    console.error(error instanceof Error ? error.message : error)
    return 2
  })
}
