/**
 * Computes fares again: `bun src/store/recompute-price.ts --order ord_…`, or `--all`, with `--postgres-url postgres://…`, or with
 * `--data-dir .waggle` for an embedded server, whether or not its node is running. From what is recorded with each order alone: the
 * inputs of its price, the version of the ruleset, the facts of its adjustments. Says where a stored amount is another one;
 * exits 1 where one is, 2 where it could not be told.
 */
import { parseArgs } from 'node:util'
import type { OrderState } from '../actors/order/order.state.ts'
import { parseOrderId } from '../domain/ids.ts'
import { fareOf } from '../domain/pricing/adjustments.ts'
import { type FareDifference, recomputed } from '../domain/pricing/recompute.ts'
import type { Ruleset } from '../domain/pricing/ruleset.ts'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { runningServer } from './embedded/running.ts'
import { connect, type Sql } from './postgres.ts'
import { quoteById } from './quotes.ts'
import { answered } from './records.ts'
import { rulesetByVersion } from './rulesets.ts'

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
  readonly differences: readonly FareDifference[]
}

export interface RecomputeReport {
  readonly orders: number
  /** Of an older version of the code, which recorded no inputs. */
  readonly without_inputs: number
  readonly differing: number
  readonly examples: readonly RecomputedOrder[]
}

/** Each version is read once. */
class Rulesets {
  readonly #sql: Sql
  readonly #known = new Map<string, Ruleset | null>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async of(version: string): Promise<Ruleset | null> {
    const known = this.#known.get(version)
    if (known !== undefined) return known
    const read = (await rulesetByVersion(this.#sql, version))?.ruleset ?? null
    this.#known.set(version, read)
    return read
  }
}

/** @returns null where there is no such order. @throws {StoreUnavailableError} */
export async function recomputeOrder(sql: Sql, orderId: string): Promise<RecomputedOrder | null> {
  const [row] = await answered(sql<{ state: OrderState }[]>`select state from orders where order_id = ${orderId}`)
  return row ? recomputeState(sql, row.state, new Rulesets(sql)) : null
}

/** Every order there is, in pages. @throws {StoreUnavailableError} */
export async function recomputeAll(sql: Sql): Promise<RecomputeReport> {
  const rulesets = new Rulesets(sql)
  const sum = { orders: 0, without_inputs: 0, differing: 0 }
  const examples: RecomputedOrder[] = []
  for (let after = ''; ; ) {
    const rows = await answered(sql<{ orderId: string; state: OrderState }[]>`
      select order_id as "orderId", state from orders where order_id > ${after} order by order_id limit ${PAGE}`)
    for (const { state } of rows) {
      const result = await recomputeState(sql, state, rulesets)
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

async function recomputeState(sql: Sql, state: OrderState, rulesets: Rulesets): Promise<RecomputedOrder> {
  const { terms, status, adjustments = [] } = state
  const { price, pricing } = terms
  const about = {
    order_id: terms.orderId,
    status,
    ruleset_version: pricing?.rulesetVersion ?? null,
    currency: price.currency,
    quoted: { stored: price.amount, computed: null },
    fare: { stored: fareOf(price.amount, adjustments), computed: null },
  }
  if (!pricing) return { ...about, differences: [] }
  const quoted = await quoteDifferences(sql, state)
  const ruleset = await rulesets.of(pricing.rulesetVersion)
  if (!ruleset) {
    const missing = { what: `ruleset ${pricing.rulesetVersion}`, stored: pricing.rulesetVersion, computed: null }
    return { ...about, differences: [missing, ...quoted] }
  }
  const again = recomputed({ price, inputs: pricing.inputs, rules: pricing.rules, adjustments }, ruleset)
  return {
    ...about,
    quoted: { stored: about.quoted.stored, computed: again.quotedMinor },
    fare: { stored: about.fare.stored, computed: again.fareMinor },
    differences: [...again.differences, ...quoted],
  }
}

/** An order costs what its quote said. The quote may have been deleted: it is history once the order is made. */
async function quoteDifferences(sql: Sql, { terms }: OrderState): Promise<FareDifference[]> {
  const quote = terms.quoteId === null ? null : await quoteById(sql, terms.quoteId)
  const priced = (quote?.body as { priced?: { fare?: { amount?: number } } } | undefined)?.priced
  const quoted = priced?.fare?.amount
  if (quoted === undefined || quoted === terms.price.amount) return []
  return [{ what: `quote ${terms.quoteId}`, stored: terms.price.amount, computed: quoted }]
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
  const { order_id, ruleset_version, currency, quoted, fare, differences } = result
  if (ruleset_version === null) {
    console.log(`${order_id}: priced by an older version, which recorded no inputs`)
    return
  }
  console.log(`${order_id}: ruleset ${ruleset_version}, ${currency}, minor units`)
  console.log(`  quoted  stored ${quoted.stored}  computed ${quoted.computed}`)
  console.log(`  fare    stored ${fare.stored}  computed ${fare.computed}`)
  for (const { what, stored, computed } of differences) {
    console.log(`  differs: ${what}: stored ${JSON.stringify(stored)}, computed ${JSON.stringify(computed)}`)
  }
  if (differences.length === 0) console.log('  every stored amount is as computed')
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
