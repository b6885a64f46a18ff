import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import { DAY_MS } from '../actors/runtime/history-day.ts'
import { newQuoteId, orderIdOfQuote, type QuoteId, quoteIdsFrom, timeOfQuote } from '../domain/ids.ts'
import { shardOfPosition } from '../domain/region.ts'
import { migrate } from './migrations/migrate.ts'
import { connect, type Sql } from './postgres.ts'
import { forgetDecisions, forgetKeys, forgetUnusedQuotes, Upkeep, type UpkeepOptions } from './upkeep.ts'

const NOW = 1_749_988_800_000
const HOUR_MS = 3_600_000
const PICKUP = { latitude: 37.77, longitude: -122.42 }
const OPTIONS: UpkeepOptions = {
  shards: 16,
  retentionDays: 30,
  keyTtlMs: 72 * HOUR_MS,
  decisionsKeptMs: 10 * DAY_MS,
  actsKeptMs: null,
  ordersKeptMs: null,
  isFeeding: false,
  quoteTtlMs: 300_000,
  deliveriesKeptMs: 7 * DAY_MS,
}

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
let other: Sql

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 1, applicationName: 'upkeep' })
  other = connect(database.url, { max: 1, applicationName: 'somebody else' })
  await migrate(sql)
}, 30_000)

beforeEach(async () => {
  await sql`truncate orders, decisions, quotes, idempotency_keys`
})

afterAll(async () => {
  await Promise.all([sql.end({ timeout: 5 }), other.end({ timeout: 5 })])
  await database.drop()
})

const round = (options: Partial<UpkeepOptions> = {}) => new Upkeep({ ...OPTIONS, ...options }).round(sql, NOW)

// ---------------------------------------------------------------- idempotency keys

async function putKeys(count: number, ageMs: number, name = 'k'): Promise<void> {
  await sql`insert into idempotency_keys select ${name} || n, 'h', '{}', ${new Date(NOW - ageMs)}
    from generate_series(1, ${count}::int) as n`
}

const keysLeft = async () => (await sql<{ key: string }[]>`select key from idempotency_keys`).map(row => row.key)

test('a key is forgotten after its time, however many there are, and not before', async () => {
  await putKeys(3_500, OPTIONS.keyTtlMs + 1_000, 'old')
  await putKeys(3, OPTIONS.keyTtlMs - 1_000, 'young')
  await round()
  expect((await keysLeft()).toSorted()).toEqual(['young1', 'young2', 'young3'])
})

test('keys go in bounded batches, the oldest first', async () => {
  await putKeys(5, 100 * HOUR_MS, 'older')
  await putKeys(5, 80 * HOUR_MS, 'old')
  expect(await forgetKeys(sql, NOW - OPTIONS.keyTtlMs, 6)).toBe(6)
  expect((await keysLeft()).every(key => /^old\d$/.test(key))).toBe(true)
  expect(await forgetKeys(sql, NOW - OPTIONS.keyTtlMs, 6)).toBe(4)
})

test('a key that somebody else is just taking away, or holding on to, is passed over and not waited for', async () => {
  await putKeys(3, 100 * HOUR_MS)
  await other.begin(async commit => {
    await commit`select 1 from idempotency_keys where key = 'k2' for update`
    await round()
    expect(await keysLeft()).toEqual(['k2'])
  })
  await round()
  expect(await keysLeft()).toEqual([])
})

test('a key that was forgotten can be claimed anew, and one that is being claimed is not touched', async () => {
  await putKeys(1, 100 * HOUR_MS, 'same')
  await round()
  await other.begin(async commit => {
    await commit`insert into idempotency_keys (key, request_hash, response) values ('same1', 'h2', '{}') on conflict do nothing`
    await round()
  })
  expect(await keysLeft()).toEqual(['same1'])
})

// ---------------------------------------------------------------- quotes

/** @param use  what became of it: nothing, an order that ended, or one that is under way. */
async function putQuote(ageMs: number, use: string | null = null): Promise<QuoteId> {
  const atMs = NOW - ageMs
  const quoteId = newQuoteId(atMs, Math.random)
  await sql`insert into quotes values (${quoteId}, ${new Date(atMs)}, ${new Date(atMs + OPTIONS.quoteTtlMs)}, null,
    ${JSON.stringify({ quoteId, pickup: PICKUP })}::text::jsonb)`
  if (use === null) return quoteId
  const orderId = orderIdOfQuote(quoteId, shardOfPosition(PICKUP, OPTIONS.shards))
  const at = new Date(atMs)
  await sql`insert into orders values (${orderId}, 3, 2, ${use}, null, null, ${at}, ${at}, ${at}, '{}')`
  return quoteId
}

const quotesLeft = async () =>
  (await sql<{ id: QuoteId }[]>`select quote_id as id from quotes order by quote_id`).map(row => row.id)

test('an expired quote of which no order was made is forgotten after a day; one with an order is kept', async () => {
  const kept = [
    await putQuote(5 * DAY_MS, 'delivered'),
    await putQuote(4 * DAY_MS, 'placed'),
    await putQuote(DAY_MS + OPTIONS.quoteTtlMs - 1_000),
    await putQuote(60_000),
  ]
  for (const ageMs of [9 * DAY_MS, 4.5 * DAY_MS, DAY_MS + OPTIONS.quoteTtlMs + 1_000]) await putQuote(ageMs)
  await round()
  expect(await quotesLeft()).toEqual(kept.toSorted())
})

test('quotes are looked through in bounded batches, each once, whatever is left of them', async () => {
  for (let n = 0; n < 10; n++) await putQuote((20 - n) * DAY_MS, n % 2 === 0 ? 'delivered' : null)
  const walk = {
    mode: 'live' as const,
    from: '' as QuoteId,
    beforeMs: NOW - 2 * DAY_MS,
    shards: OPTIONS.shards,
    limit: 4,
  }
  const left: number[] = []
  let isDone = false
  while (!isDone) {
    const step = await forgetUnusedQuotes(sql, walk)
    Object.assign(walk, { from: step.last })
    isDone = step.isDone
    left.push((await quotesLeft()).length)
  }
  expect(left).toEqual([8, 6, 5])
  // The next round begins behind them.
  expect(await forgetUnusedQuotes(sql, walk)).toEqual({ last: walk.from, isDone: true })
})

test('the time in the id of a quote is the one at which it was made', () => {
  const quoteId = newQuoteId(NOW, Math.random)
  expect(timeOfQuote(quoteId)).toBe(NOW)
  expect(quoteIdsFrom(NOW) <= quoteId && quoteId < quoteIdsFrom(NOW + 1)).toBe(true)
})

// ---------------------------------------------------------------- decisions

async function putDecision(orderId: string, ageMs: number, status: string | null): Promise<void> {
  const at = new Date(NOW - ageMs)
  await sql`insert into decisions (order_id, at, body) values (${orderId}, ${at}, '{}')`
  if (status === null) return
  await sql`insert into orders values (${orderId}, 3, 2, ${status}, null, null, ${at}, ${at}, ${at}, '{}')
    on conflict do nothing`
}

const decisionsLeft = async () =>
  (await sql<{ id: string }[]>`select order_id as id from decisions order by decision_id`).map(row => row.id)

test('decisions of orders that have ended are forgotten after their time, those of an open order with it', async () => {
  for (const [id, ageDays, status] of [
    ['ended', 20, 'delivered'],
    ['open', 19, 'placed'],
    ['gone', 18, null],
    ['ended', 12, 'delivered'],
    ['young', 9, 'cancelled'],
  ] as const) {
    await putDecision(id, ageDays * DAY_MS, status)
  }
  await round()
  expect(await decisionsLeft()).toEqual(['open', 'young'])
})

test('unless told otherwise decisions are kept as long as their order', async () => {
  await putDecision('ended', 3_000 * DAY_MS, 'delivered')
  await round({ decisionsKeptMs: null })
  expect(await decisionsLeft()).toEqual(['ended'])
})

test('decisions are looked through in bounded batches, and no further than the first that is kept for its age', async () => {
  for (let n = 0; n < 10; n++) await putDecision(`old_${n}`, 20 * DAY_MS, n % 2 === 0 ? 'placed' : 'delivered')
  for (let n = 0; n < 10; n++) await putDecision(`young_${n}`, DAY_MS, 'delivered')
  const beforeMs = NOW - 10 * DAY_MS
  let from = 0
  const steps: unknown[] = []
  for (let isDone = false; !isDone; ) {
    const step = await forgetDecisions(sql, { from, beforeMs, limit: 4 })
    from = step.last
    isDone = step.isDone
    steps.push([(await decisionsLeft()).length, isDone])
  }
  expect(steps).toEqual([
    [18, false],
    [16, false],
    [15, true],
  ])
})

// ---------------------------------------------------------------- deleted zones

test('what is left of a deleted zone is forgotten after the retention, but of a price area it stays', async () => {
  const putZone = (id: string, kind: string, ageMs: number | null, change: number) => sql`
    insert into zones (zone_id, kind, name, version, change, geometry, created_at, updated_at, deleted_at)
    values (${id}, ${kind}, ${id}, 1, ${change}, ${ageMs === null ? '{}' : null}::text::jsonb, now(), now(),
      ${ageMs === null ? null : new Date(NOW - ageMs)}::timestamptz)`
  await putZone('old', 'geofence', 31 * DAY_MS, 1)
  await putZone('young', 'geofence', 29 * DAY_MS, 2)
  await putZone('priced', 'price_area', 31 * DAY_MS, 3)
  await putZone('there', 'geofence', null, 4)
  await round()
  const left = await sql<{ id: string }[]>`select zone_id as id from zones order by change`
  expect(left.map(({ id }) => id)).toEqual(['young', 'priced', 'there'])
})

// ---------------------------------------------------------------- the audit log

async function putActs(count: number, ageMs: number, name: string): Promise<void> {
  await sql`
    insert into audit_log (act_id, at, actor_role, actor_id, action)
    select 'act_' || ${name} || lpad(n::text, 5, '0'), ${new Date(NOW - ageMs)}, 'admin', 'admin', 'order.update'
    from generate_series(1, ${count}::int) as n`
}

test('the audit log is kept for ever unless told otherwise, and then the old acts go, however many there are', async () => {
  await sql`truncate audit_log`
  await putActs(2_500, 31 * DAY_MS, 'a')
  await putActs(2, 29 * DAY_MS, 'b')
  const left = async () => (await sql`select act_id from audit_log`).length
  await round()
  expect(await left()).toBe(2_502)
  await round({ actsKeptMs: 30 * DAY_MS })
  expect(await left()).toBe(2)
})
