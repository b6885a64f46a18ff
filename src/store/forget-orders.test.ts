/** Orders that ended long ago go with all that is theirs, and nothing that is open, unread or young goes with them. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import { DAY_MS } from '../actors/runtime/history-day.ts'
import type { OrderId, ShardId } from '../domain/ids.ts'
import { audit } from './audit.ts'
import { forgetEvents, forgetNames, forgetOrders } from './forget-orders.ts'
import { migrate } from './migrations/migrate.ts'
import { connect, disconnect, type Sql } from './postgres.ts'
import { PostgresFeedJournal } from './postgres-feed-journal.ts'
import { orderEvents } from './records-orders.ts'
import { Upkeep, type UpkeepOptions } from './upkeep.ts'

const NOW = 1_749_988_800_000
const KEPT_MS = 100 * DAY_MS
const LONG_AGO = NOW - 200 * DAY_MS
const SHARD = 1 as ShardId
const OPTIONS: UpkeepOptions = {
  shards: 2,
  retentionDays: 30,
  keyTtlMs: DAY_MS,
  decisionsKeptMs: null,
  actsKeptMs: null,
  ordersKeptMs: KEPT_MS,
  isFeeding: false,
  quoteTtlMs: 300_000,
  deliveriesKeptMs: 7 * DAY_MS,
}

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
let other: Sql
let seq = 0

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 1, applicationName: 'upkeep' })
  other = connect(database.url, { max: 1, applicationName: 'somebody else' })
  await migrate(sql)
}, 30_000)

beforeEach(async () => {
  seq = 0
  await sql`truncate shards, orders, order_terms, drivers, assignments, decisions, quotes, journal, ratings, feed_watermarks,
    webhooks, webhook_watermarks, forgotten_orders, journal_floors, kept_events`
  await sql`insert into shards (shard, epoch, owner) values (${SHARD}, 1, 'node')`
  await sql`insert into drivers (driver_id, home_shard, epoch, version, capacity) values ('drv', ${SHARD}, 1, 1, 9)`
  await event('driver', 'drv', 1, 'registered', LONG_AGO, { profile: { capacity: 9 } })
})

afterAll(async () => {
  await Promise.all([disconnect(sql), disconnect(other)])
  await database.drop()
})

async function event(kind: string, id: string, version: number, type: string, atMs: number, data: object = {}) {
  await sql`insert into journal values (${SHARD}, ${++seq}, ${new Date(atMs)}, ${kind}, ${id}, ${version}, ${type},
    ${JSON.stringify(data)}::text::jsonb)`
  await sql`update shards set seq = ${seq} where shard = ${SHARD}`
}

const GIVEN = (id: string) => ({ driverId: 'drv', offerId: `${id}-1`, size: 1 })

/** Placed then, given to the driver, and at its end where it has one, at the later time. */
async function order(id: string, status: 'delivered' | 'assigned' | 'scheduled', atMs = LONG_AGO, endAtMs = atMs) {
  const [made, changed] = [new Date(atMs), new Date(endAtMs)]
  const version = { scheduled: 1, assigned: 2, delivered: 3 }[status]
  const terms = JSON.stringify({ quoteId: `quo_${id}` })
  const driver = status === 'scheduled' ? null : 'drv'
  await sql`insert into orders values (${id}, ${SHARD}, ${version}, ${status}, null, ${driver}, ${made}, ${made}, ${changed},
    '{}')`
  await sql`insert into order_terms values (${id}, ${terms}::text::jsonb)`
  await sql`insert into quotes values (${`quo_${id}`}, ${made}, ${made}, null, '{}')`
  await sql`insert into decisions (order_id, at, body) values (${id}, ${made}, '{}')`
  await event('order', id, 1, 'placed', atMs)
  if (status === 'scheduled') return
  const ended = status === 'delivered' ? changed : null
  await sql`insert into assignments (order_id, offer_id, driver_id, size, started_at, ended_at)
    values (${id}, ${`${id}-1`}, 'drv', 1, ${made}, ${ended})`
  await event('order', id, 2, 'assigned', atMs, GIVEN(id))
  if (status === 'delivered') await event('order', id, 3, 'status', endAtMs, { driverId: 'drv', status: 'delivered' })
  else await sql`update drivers set load = load + 1 where driver_id = 'drv'`
}

async function ids(table: 'orders' | 'order_terms' | 'assignments' | 'decisions'): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select distinct order_id as id from ${sql(table)} order by 1`
  return rows.map(row => row.id)
}

async function left() {
  const quotes = await sql<{ id: string }[]>`select quote_id as id from quotes order by 1`
  const [orders, assignments, decisions] = [await ids('orders'), await ids('assignments'), await ids('decisions')]
  return { orders, assignments, decisions, quotes: quotes.map(row => row.id) }
}

const events = async () => (await sql<{ seq: number }[]>`select seq from journal order by seq`).map(row => row.seq)
const aside = async () => (await sql<{ seq: number }[]>`select seq from kept_events order by seq`).map(row => row.seq)
const violations = async () => (await audit(sql)).violations.map(({ check }) => check)
const round = (nowMs = NOW) => new Upkeep(OPTIONS).round(sql, nowMs)
const endpoint = () => sql`
  insert into webhooks (webhook_id, mode, url, events, secrets, created_at, created_by, updated_at)
  values ('whk_1', 'live', 'https://example.com', '{order.*}', '{}', now(), 'admin', now())`

test('an order that ended long ago goes with its assignments, decisions, quote and events, and the record is sound', async () => {
  await order('ord_01old', 'delivered')
  await order('ord_young', 'delivered', NOW - 50 * DAY_MS)
  // It was booked by this one, and amended since.
  await sql`insert into quotes values ('quo_old', now(), now(), null, '{}')`
  await round()
  const young = ['ord_young']
  expect(await left()).toEqual({ orders: young, assignments: young, decisions: young, quotes: ['quo_ord_young'] })
  expect(await ids('order_terms')).toEqual(young)
  expect(await events()).toEqual([5, 6, 7])
  expect(await violations()).toEqual([])
  expect((await sql`select from forgotten_orders`).count).toBe(0)
})

test('with an order go the quotes of all its changes, not of the first and the last alone', async () => {
  await order('ord_01old', 'delivered')
  for (const [n, quoteId] of ['quo_old', 'quo_second', 'quo_third', 'quo_of_another'].entries()) {
    await sql`insert into quotes values (${quoteId}, now(), now(), null, '{}')`
    if (n === 1 || n === 2) await event('order', 'ord_01old', 3 + n, 'amended', LONG_AGO, { terms: { quoteId } })
  }
  await event('order', 'ord_01old', 6, 'amended', LONG_AGO, { terms: { notes: 'second floor' } })
  await round()
  expect((await left()).quotes).toEqual(['quo_of_another'])
})

test('nothing that is open ever goes, however old, nor an event of it; the journal does not wait for its end', async () => {
  await order('ord_under_way', 'assigned')
  await order('ord_later', 'scheduled')
  await order('ord_old', 'delivered')
  await order('ord_young', 'delivered', NOW - DAY_MS)
  await event('order', 'ord_later', 2, 'amended', NOW - DAY_MS, { terms: { notes: 'second floor' } })
  await sql`update orders set version = 2 where order_id = 'ord_later'`
  await round()
  expect((await left()).orders).toEqual(['ord_later', 'ord_under_way', 'ord_young'])
  expect(await aside()).toEqual([2, 3, 4])
  expect(await events()).toEqual([8, 9, 10, 11])
  expect((await sql`select from forgotten_orders`).count).toBe(0)
  expect(await violations()).toEqual([])
  const past = await orderEvents(sql, 'ord_later' as OrderId, { limit: 10, cursor: null })
  expect(past.data.map(({ version, seq }) => [version, seq])).toEqual([
    [1, 4],
    [2, 11],
  ])
})

test('what was put aside goes with its order, and what two nodes have left over with the next round', async () => {
  await order('ord_under_way', 'assigned')
  await round()
  expect(await aside()).toEqual([2, 3])
  await sql`update orders set status = 'delivered' where order_id = 'ord_under_way'`
  await sql`update assignments set ended_at = ${new Date(NOW)}`
  await sql`update drivers set load = 0`
  await event('order', 'ord_under_way', 3, 'status', NOW, { driverId: 'drv', status: 'delivered' })
  await sql`update orders set version = 3, updated_at = ${new Date(NOW)} where order_id = 'ord_under_way'`
  expect(await violations()).toEqual([])
  await round(NOW + 365 * DAY_MS)
  expect([(await left()).orders, await aside(), await events()]).toEqual([[], [], []])
  await sql`insert into kept_events values (${SHARD}, 2, now(), 'order', 'ord_under_way', 1, 'placed', '{}')`
  await round(NOW + 365 * DAY_MS)
  expect(await aside()).toEqual([])
  expect(await violations()).toEqual([])
})

test('what ended late counts from its end, and one that still has an active assignment is left for somebody to look at', async () => {
  await order('ord_ended_lately', 'delivered', LONG_AGO, NOW - 10 * DAY_MS)
  await order('ord_odd', 'delivered')
  await sql`update assignments set ended_at = null where order_id = 'ord_odd'`
  await round()
  expect((await left()).orders).toEqual(['ord_ended_lately', 'ord_odd'])
})

test('an event that a feed or a webhook has not seen stays, and with it all that come after', async () => {
  await order('ord_old', 'delivered')
  await sql`insert into feed_watermarks (shard, seq) values (${SHARD}, 4)`
  await endpoint()
  await sql`insert into webhook_watermarks (shard, seq) values (${SHARD}, 2)`
  await round()
  expect((await left()).orders).toEqual([])
  expect(await events()).toEqual([3, 4])
  expect(await violations()).toEqual([])
  await sql`update webhook_watermarks set seq = 4`
  await round()
  expect(await events()).toEqual([])
  expect(await violations()).toEqual([])
})

test('a feed that has published nothing of a shard yet has seen nothing of it: all its events stay until it has', async () => {
  await order('ord_old', 'delivered')
  const feeding = new Upkeep({ ...OPTIONS, isFeeding: true })
  await feeding.round(sql, NOW)
  expect((await left()).orders).toEqual([])
  expect(await events()).toEqual([1, 2, 3, 4])
  await sql`insert into feed_watermarks (shard, seq) values (${SHARD}, 3)`
  await feeding.round(sql, NOW)
  expect(await events()).toEqual([4])
  expect(await violations()).toEqual([])
})

test('webhooks that have taken nothing of a shard yet have seen nothing of it; without an endpoint there is nobody to tell', async () => {
  await order('ord_old', 'delivered')
  await endpoint()
  await round()
  expect(await events()).toEqual([1, 2, 3, 4])
  await sql`insert into webhook_watermarks (shard, seq) values (${SHARD}, 2)`
  await round()
  expect(await events()).toEqual([3, 4])
  await sql`delete from webhooks`
  await round()
  expect(await events()).toEqual([])
  expect(await violations()).toEqual([])
})

test('a feed that begins later begins where the journal does, and stands at no hole', async () => {
  await order('ord_old', 'delivered')
  await order('ord_young', 'delivered', NOW - DAY_MS)
  await round()
  const feed = new PostgresFeedJournal(sql)
  expect(await feed.progress([SHARD])).toEqual([{ shard: SHARD, head: 7, watermark: 4 }])
  const read = await feed.read([{ shard: SHARD, afterSeq: 4, max: 10 }])
  expect(read.map(entry => entry.seq)).toEqual([5, 6, 7])
  await round(NOW + 365 * DAY_MS)
  expect(await feed.progress([SHARD])).toEqual([{ shard: SHARD, head: 7, watermark: 7 }])
})

test('it goes in bounded batches, and passes over an order that somebody is just changing', async () => {
  for (let n = 0; n < 5; n++) await order(`ord_${n}`, 'delivered', LONG_AGO + n * DAY_MS)
  const asked = { beforeMs: NOW - KEPT_MS, limit: 3, isFeeding: false }
  expect(await forgetOrders(sql, asked)).toBe(3)
  expect(await forgetEvents(sql, { ...asked, shard: SHARD })).toBe(3)
  expect(await events()).toHaveLength(13)
  expect(await violations()).toEqual([])
  await other.begin(async commit => {
    await commit`select from orders where order_id = 'ord_3' for update`
    expect(await forgetOrders(sql, asked)).toBe(1)
  })
  expect((await left()).orders).toEqual(['ord_3'])
  await forgetNames(sql)
  expect(await violations()).toEqual([])
})

test('ratings stay, for what they are of is a driver; a loss is still told from what was forgotten', async () => {
  await order('ord_old', 'delivered')
  await sql`insert into ratings values ('ord_old', 'customer', 'drv', null, 5, now())`
  await round()
  expect((await sql`select from ratings`).count).toBe(1)
  expect(await violations()).toEqual([])
  await order('ord_young', 'delivered', NOW - DAY_MS)
  await sql`delete from orders where order_id = 'ord_young'`
  await sql`delete from journal where seq = 6`
  expect(await violations()).toEqual(
    expect.arrayContaining(['hole_in_the_journal', 'hole_in_an_actor', 'row_differs_from_journal']),
  )
})
