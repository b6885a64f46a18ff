/**
 * Computes fares again: `bun src/store/recompute-price.ts --order ord_…`, or `--all`, with `--postgres-url postgres://…`, or with
 * `--data-dir .waggle` for an embedded server, whether or not its node is running. From what is recorded with each order alone: the
 * inputs of its price, the version of the ruleset, the facts of its adjustments; and its multiplier from the round of surge that it
 * names, and that from the counts that are stored with it. Says where something stored is not as computed;
 * exits 1 where one is, 2 where it could not be told.
 */
import { parseArgs } from 'node:util'
import { parseOrderId } from '../domain/ids.ts'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { runningServer } from './embedded/running.ts'
import { connect, type Sql } from './postgres.ts'
import { EXAMPLES_MAX, type RecomputedOrder, recomputeAll, recomputeOrder } from './recompute-order.ts'
import type { RecomputedSurge } from './recompute-surge.ts'

const DATA_DIR = '.waggle'

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
  const { order_id, ruleset_version, currency, quoted, fare, surge, differences, unknown } = result
  if (ruleset_version === null) {
    console.log(`${order_id}: not told: ${unknown}`)
    return
  }
  console.log(`${order_id}: ruleset ${ruleset_version}, ${currency}, minor units`)
  console.log(`  quoted  stored ${quoted.stored}  computed ${quoted.computed}`)
  console.log(`  fare    stored ${fare.stored}  computed ${fare.computed}`)
  if (surge) printSurge(surge)
  for (const { what, stored, computed } of differences) {
    console.log(`  differs: ${what}: stored ${JSON.stringify(stored)}, computed ${JSON.stringify(computed)}`)
  }
  if (unknown !== null) console.log(`  not told: ${unknown}`)
  else if (differences.length === 0) console.log('  every stored amount is as computed')
}

function printSurge({ cell, round, charged, in_round }: RecomputedSurge): void {
  console.log(
    `  surge   stored ${charged.stored}  computed ${charged.computed}  permille, by round ${round} of ${cell}`,
  )
  if (in_round.stored !== null) console.log(`  round   stored ${in_round.stored}  computed ${in_round.computed}`)
}

async function runOne(sql: Sql, orderId: string, isJson: boolean): Promise<number> {
  const result = await recomputeOrder(sql, orderId)
  if (!result) {
    console.error(`There is no order ${orderId}.`)
    return 2
  }
  if (isJson) console.log(JSON.stringify(result))
  else printOrder(result)
  return exitCodeOf(result.differences.length, result.unknown === null ? 0 : 1)
}

async function runAll(sql: Sql, isJson: boolean): Promise<number> {
  const report = await recomputeAll(sql)
  if (isJson) console.log(JSON.stringify(report))
  else {
    for (const result of report.examples) printOrder(result)
    const { orders, without_inputs, unknown, differing } = report
    console.log(`${orders} orders, ${differing} differ, ${unknown} not told (${without_inputs} without inputs)`)
  }
  return exitCodeOf(report.differing, report.unknown)
}

/** What was found to be wrong counts more than what was not told. */
function exitCodeOf(differing: number, unknown: number): number {
  if (differing > 0) return 1
  return unknown > 0 ? 2 : 0
}

const HELP = `bun run price:recompute -- --order ord_… | --all  [--postgres-url postgres://… | --data-dir DIR] [--json]
  computes fares again from what is recorded, down to the round of surge

  --order ID          one order
  --all               every order; the first ${EXAMPLES_MAX} that differ are shown
  --postgres-url URL  the Postgres of a node, or of a cluster
  --data-dir DIR      of an embedded node, running or not (${DATA_DIR})
  --json              one JSON line

Exits 0 where all is as computed, 1 where something differs, 2 where something could not be told: it was priced
by an older version, or the round of surge that it names is forgotten.
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      order: { type: 'string' },
      all: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
      'postgres-url': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const { order, all, json, help, 'data-dir': dataDir, 'postgres-url': url } = values
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
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
