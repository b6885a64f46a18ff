import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { DAY_MS, dayOf } from '../actors/runtime/history-day.ts'
import type { DriverId, OrderId, QuoteId } from '../domain/ids.ts'
import { ORDER_STATUSES, phaseOf } from '../domain/order-lifecycle.ts'
import { BrokenCursorError, type Page, type PageRequest } from './cursor.ts'
import { migrate } from './migrations/migrate.ts'
import { packDecision } from './packed-decision.ts'
import { ensurePartitions } from './partitions.ts'
import { connect, type Sql } from './postgres.ts'
import { insertQuote, quoteById } from './quotes.ts'
import { idempotencyKey, ping } from './records.ts'
import { driverById, listDrivers } from './records-drivers.ts'
import { listOrders, type OrderFilter, orderById, orderDecisions, orderEvents } from './records-orders.ts'
import { lastFix, routeOf } from './records-positions.ts'

const NOW = 1_749_988_800_000
const ORDER = 'ord_1' as OrderId
const DRIVER = 'drv_1' as DriverId

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 2, applicationName: 'test' })
  await migrate(sql)
  await ensurePartitions(sql, [dayOf(NOW) - 1, dayOf(NOW), dayOf(NOW) + 1])
}, 30_000)

beforeEach(async () => {
  await sql`truncate orders, drivers, journal, decisions, quotes, idempotency_keys, dead_letters, positions`
})

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await database.drop()
})

interface OrderSeed {
  readonly id: string
  readonly createdAtMs: number
  readonly status?: string
  readonly customer?: string | null
  readonly driver?: string | null
  /** Of an order for later. */
  readonly dueAtMs?: number
  readonly reference?: string
}

async function putOrder(seed: OrderSeed) {
  const { id, createdAtMs, status = 'placed', customer = null, driver = null, reference } = seed
  const at = new Date(createdAtMs)
  const dueAt = new Date(seed.dueAtMs ?? createdAtMs)
  const state = { note: 'as it is', ...(reference === undefined ? {} : { terms: { reference } }) }
  await sql`
    insert into orders values (${id}, 3, 2, ${status}, ${customer}, ${driver}, ${dueAt}, ${at},
      ${new Date(createdAtMs + 5)}, ${JSON.stringify(state)}::text::jsonb)`
}

async function pagesOf<T>(read: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[][]> {
  const pages: T[][] = []
  let cursor: string | null = null
  do {
    const page: Page<T> = await read({ limit, cursor })
    pages.push([...page.data])
    cursor = page.nextCursor
  } while (cursor !== null && pages.length < 100)
  return pages
}

test('an order is found by its id, with everything in it', async () => {
  await putOrder({ id: ORDER, createdAtMs: NOW + 0.25, customer: 'cus_1', driver: 'drv_1' })
  expect(await orderById(sql, ORDER)).toMatchObject({
    orderId: ORDER,
    shard: 3,
    version: 2,
    status: 'placed',
    customerId: 'cus_1',
    driverId: 'drv_1',
    createdAtMs: NOW,
    updatedAtMs: NOW + 5,
    state: { note: 'as it is' },
  })
  expect(await orderById(sql, 'ord_2' as OrderId)).toBeNull()
})

test('orders are listed newest first, page by page, each once, also those of one instant', async () => {
  const seeds = Array.from({ length: 7 }, (_, i) => ({ id: `ord_${i}`, createdAtMs: NOW + Math.floor(i / 3) }))
  for (const seed of seeds) await putOrder(seed)
  const pages = await pagesOf(page => listOrders(sql, { mode: 'live' }, page), 2)
  expect(pages.map(page => page.map(order => order.orderId as string))).toEqual([
    ['ord_6', 'ord_5'],
    ['ord_4', 'ord_3'],
    ['ord_2', 'ord_1'],
    ['ord_0'],
  ])
})

test('whatever its status, an order is found by it, through the index of phases', async () => {
  for (const [i, status] of ORDER_STATUSES.entries()) await putOrder({ id: `ord_${i}`, createdAtMs: NOW + i, status })
  for (const [i, status] of ORDER_STATUSES.entries()) {
    const { data } = await listOrders(sql, { mode: 'live', statuses: [status] }, { limit: 10, cursor: null })
    expect(data.map(order => order.orderId as string)).toEqual([`ord_${i}`])
  }
  const rows = await sql<{ status: string; phase: string }[]>`select status, phase from orders`
  expect(rows.filter(({ status, phase }) => phase !== phaseOf(status))).toEqual([])
})

test('each filter of orders narrows the list, and they add up', async () => {
  await putOrder({ id: 'ord_a', createdAtMs: NOW, status: 'placed', customer: 'cus_1' })
  await putOrder({ id: 'ord_b', createdAtMs: NOW + 1, status: 'assigned', customer: 'cus_1', driver: 'drv_1' })
  await putOrder({ id: 'ord_c', createdAtMs: NOW + 2, status: 'assigned', customer: 'cus_2', driver: 'drv_2' })
  const cases: [Omit<OrderFilter, 'mode'>, string[]][] = [
    [{ statuses: ['assigned'] }, ['ord_c', 'ord_b']],
    [{ statuses: ['assigned', 'placed', 'assigned'] }, ['ord_c', 'ord_b', 'ord_a']],
    [{ statuses: ['assigned', 'placed'], customerId: 'cus_1' }, ['ord_b', 'ord_a']],
    [{ statuses: [] }, []],
    [{ customerId: 'cus_1' }, ['ord_b', 'ord_a']],
    [{ driverId: 'drv_2' }, ['ord_c']],
    [{ createdAfterMs: NOW }, ['ord_c', 'ord_b']],
    [{ createdBeforeMs: NOW + 2 }, ['ord_b', 'ord_a']],
    [{ createdAfterMs: NOW, createdBeforeMs: NOW + 2, statuses: ['assigned'], customerId: 'cus_1' }, ['ord_b']],
    [{ createdAfterMs: Number.NEGATIVE_INFINITY, createdBeforeMs: 1e300 }, ['ord_c', 'ord_b', 'ord_a']],
    [{ statuses: ["x' or true --"] }, []],
  ]
  for (const [filter, found] of cases) {
    const { data } = await listOrders(sql, { mode: 'live', ...filter }, { limit: 10, cursor: null })
    expect(data.map(order => order.orderId as string)).toEqual(found)
  }
})

test('orders are found by when they are due, and by their reference', async () => {
  const HOUR = 3_600_000
  await putOrder({ id: 'ord_a', createdAtMs: NOW, reference: 'shop 1' })
  await putOrder({ id: 'ord_b', createdAtMs: NOW + 1, dueAtMs: NOW + HOUR, status: 'scheduled', reference: 'shop 1' })
  await putOrder({ id: 'ord_c', createdAtMs: NOW + HOUR, status: 'delivered', reference: 'shop 2' })
  await putOrder({ id: 'ord_d', createdAtMs: NOW + 2, dueAtMs: NOW + 9 * HOUR, status: 'scheduled' })
  const cases: [Omit<OrderFilter, 'mode'>, string[]][] = [
    [{ dueAfterMs: NOW + 5, dueBeforeMs: NOW + 2 * HOUR }, ['ord_c', 'ord_b']],
    [{ dueAfterMs: NOW + HOUR }, ['ord_d']],
    [{ dueBeforeMs: NOW + 5 }, ['ord_a']],
    [{ dueAfterMs: NOW - 5, statuses: ['scheduled', 'delivered'] }, ['ord_c', 'ord_d', 'ord_b']],
    [{ reference: 'shop 1' }, ['ord_b', 'ord_a']],
    [{ reference: 'shop 1', statuses: ['scheduled'] }, ['ord_b']],
    [{ reference: 'shop' }, []],
  ]
  for (const [filter, found] of cases) {
    const { data } = await listOrders(sql, { mode: 'live', ...filter }, { limit: 10, cursor: null })
    expect(data.map(order => order.orderId as string)).toEqual(found)
  }
})

test('what is placed while a list is read neither repeats an order nor hides one', async () => {
  const statuses = ['placed', 'assigned', 'scheduled']
  for (let n = 0; n < 9; n++) await putOrder({ id: `ord_${n}`, createdAtMs: NOW + n, status: statuses[n % 3] ?? '' })
  const seen: string[] = []
  let cursor: string | null = null
  for (let n = 0; n === 0 || cursor !== null; n++) {
    const page: Awaited<ReturnType<typeof listOrders>> = await listOrders(
      sql,
      { mode: 'live', statuses },
      { limit: 2, cursor },
    )
    seen.push(...page.data.map(order => order.orderId))
    cursor = page.nextCursor
    await putOrder({ id: `ord_new_${n}`, createdAtMs: NOW + 100 + n, status: 'placed' })
  }
  expect(seen).toEqual(Array.from({ length: 9 }, (_, n) => `ord_${8 - n}`))
})

test('a rating in the journal is a row of its own, and nothing else of the journal is', async () => {
  await sql`truncate ratings`
  const data = { side: 'customer', driverId: 'drv_1', customerId: 'cus_1', stars: 4, comment: 'kind' }
  const text = JSON.stringify(data)
  await sql`
    insert into journal values (3, 1, ${new Date(NOW)}, 'order', ${ORDER}, 1, 'rated', ${text}::text::jsonb),
      (3, 2, ${new Date(NOW)}, 'driver', ${ORDER}, 1, 'rated', '{}'), (3, 3, ${new Date(NOW)}, 'order', ${ORDER}, 2, 'placed', '{}')`
  expect([...(await sql`select order_id, side, driver_id, customer_id, stars from ratings`)]).toEqual([
    { order_id: ORDER, side: 'customer', driver_id: 'drv_1', customer_id: 'cus_1', stars: 4 },
  ])
})

test('events of an order come oldest first, and those of a driver with the same id stay out', async () => {
  for (const version of [3, 1, 2, 4]) {
    await sql`
      insert into journal values
        (3, ${10 + version}, ${new Date(NOW + version)}, 'order', ${ORDER}, ${version}, ${`type_${version}`}, '{"n": 1}'),
        (4, ${version}, ${new Date(NOW)}, 'driver', ${ORDER}, ${version}, 'other', '{}')`
  }
  const pages = await pagesOf(page => orderEvents(sql, ORDER, page), 3)
  expect(pages.map(page => page.map(event => event.version))).toEqual([[1, 2, 3], [4]])
  expect(pages[0]?.[0]).toEqual({ version: 1, seq: 11, type: 'type_1', atMs: NOW + 1, data: { n: 1 } })
})

test('a decision in few words is read as it was decided', async () => {
  const candidates = [{ driver_id: 'drv_1', cost: 1.5, excluded_by: null, terms: { idle_s: 2 } }]
  const body = { cell: null, window_ms: 0, candidates }
  await sql`insert into decisions (order_id, at, packed) values (${ORDER}, ${new Date(NOW)}, ${JSON.stringify(packDecision(body))})`
  expect((await orderDecisions(sql, ORDER, { limit: 10, cursor: null })).data).toMatchObject([{ atMs: NOW, body }])
})

test('decisions of an order come oldest first', async () => {
  for (const n of [1, 2, 3]) {
    await sql`insert into decisions (order_id, at, body) values (${ORDER}, ${new Date(NOW)}, ${sql.json({ n })})`
    await sql`insert into decisions (order_id, at, body) values ('ord_other', ${new Date(NOW)}, '{}')`
  }
  const pages = await pagesOf(page => orderDecisions(sql, ORDER, page), 2)
  expect(pages.map(page => page.map(decision => decision.body))).toEqual([[{ n: 1 }, { n: 2 }], [{ n: 3 }]])
})

test('drivers are found by id and listed by id', async () => {
  for (const id of ['drv_3', 'drv_1', 'Drv_2', '0012']) {
    await sql`insert into drivers (driver_id, home_shard, epoch, capacity) values (${id}, 7, 1, 4)`
  }
  await sql`update drivers set status = 'busy', load = 2, load_version = 9 where driver_id = ${DRIVER}`
  expect(await driverById(sql, DRIVER)).toMatchObject({ homeShard: 7, capacity: 4, load: 2, loadVersion: 9, state: {} })
  expect(await driverById(sql, 'drv_none' as DriverId)).toBeNull()
  const pages = await pagesOf(page => listDrivers(sql, { mode: 'live' }, page), 3)
  expect(pages.flat().map(driver => driver.driverId)).toHaveLength(4)
  expect(new Set(pages.flat().map(driver => driver.driverId)).size).toBe(4)
  const { data } = await listDrivers(sql, { mode: 'live', status: 'busy' }, { limit: 5, cursor: null })
  expect(data.map(driver => driver.driverId)).toEqual([DRIVER])
})

async function putFix(atMs: number, flags = 0) {
  await sql`
    insert into positions values (${DRIVER}, ${new Date(atMs)}, ${new Date(atMs + 7)}, 1.5, 2.5, 12.5, null, 5, null, ${flags})`
}

test('a route has both its ends, oldest first, over midnight and over pages', async () => {
  const times = [NOW - DAY_MS, NOW - 1, NOW, NOW + 1, NOW + DAY_MS / 2, NOW + DAY_MS]
  for (const atMs of times.toReversed()) await putFix(atMs)
  const query = { driverId: DRIVER, startMs: NOW - 1, endMs: NOW + DAY_MS / 2 }
  const pages = await pagesOf(page => routeOf(sql, { ...query, ...page }), 3)
  expect(pages.map(page => page.map(fix => fix.recordedAtMs))).toEqual([[NOW - 1, NOW, NOW + 1], [NOW + DAY_MS / 2]])
  const all = await routeOf(sql, { driverId: DRIVER, startMs: -1e300, endMs: 1e300, limit: 10_000, cursor: null })
  expect(all.data).toHaveLength(6)
  const none = await routeOf(sql, { driverId: DRIVER, startMs: NOW, endMs: NOW - 1, limit: 1, cursor: null })
  expect(none).toEqual({ data: [], nextCursor: null })
})

test('the last fix is the newest of its driver', async () => {
  await putFix(NOW)
  await putFix(NOW - DAY_MS, 1)
  expect(await lastFix(sql, DRIVER)).toEqual({
    recordedAtMs: NOW,
    receivedAtMs: NOW + 7,
    latitude: 1.5,
    longitude: 2.5,
    speed: 12.5,
    heading: null,
    accuracy: 5,
    orderId: null,
    late: false,
    clamped: false,
  })
  expect(await lastFix(sql, 'drv_none' as DriverId)).toBeNull()
})

test('a cursor of one list is refused by every other', async () => {
  await putOrder({ id: 'ord_a', createdAtMs: NOW })
  await putOrder({ id: 'ord_b', createdAtMs: NOW })
  const { nextCursor: cursor } = await listOrders(sql, { mode: 'live' }, { limit: 1, cursor: null })
  expect(cursor).not.toBeNull()
  const page = { limit: 1, cursor }
  for (const read of [
    orderEvents(sql, ORDER, page),
    orderDecisions(sql, ORDER, page),
    listDrivers(sql, { mode: 'live' }, page),
    routeOf(sql, { driverId: DRIVER, startMs: 0, endMs: NOW, ...page }),
  ]) {
    await expect(read).rejects.toThrow(BrokenCursorError)
  }
})

const quote = {
  quoteId: 'quo_1' as QuoteId,
  createdAtMs: NOW,
  expiresAtMs: NOW + 300_000,
  customer: null,
  body: { amount: 1234, nested: { list: [1, null, 'x'] } },
}
const key = { key: 'k1', requestHash: 'h1', response: { quote_id: 'quo_1' } }

test('a quote is kept as it was', async () => {
  expect(await insertQuote(sql, quote)).toBe('created')
  expect(await insertQuote(sql, { ...quote, body: { amount: 1 } })).toBe('created')
  expect(await quoteById(sql, quote.quoteId)).toEqual(quote)
  expect(await quoteById(sql, 'quo_2' as QuoteId)).toBeNull()
})

test('a quote and its idempotency key are stored together or not at all', async () => {
  expect(await insertQuote(sql, quote, key)).toBe('created')
  expect(await idempotencyKey(sql, 'k1')).toEqual({ requestHash: 'h1', response: { quote_id: 'quo_1' } })
  expect(await insertQuote(sql, { ...quote, quoteId: 'quo_2' as QuoteId }, key)).toBe('key_taken')
  expect(await quoteById(sql, 'quo_2' as QuoteId)).toBeNull()
  expect(await idempotencyKey(sql, 'k2')).toBeNull()
})

test('of many requests with one key at once exactly one makes a quote', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, i) => insertQuote(sql, { ...quote, quoteId: `quo_${i}` as QuoteId }, key)),
  )
  expect(outcomes.filter(outcome => outcome === 'created')).toHaveLength(1)
  expect(await sql`select 1 from quotes`).toHaveLength(1)
})

test('a record that is not there is unavailable, and says so', async () => {
  const nobody = connect('postgres://waggle@127.0.0.1:1/waggle', { max: 1, applicationName: 'test' })
  await ping(sql)
  for (const read of [ping(nobody), orderById(nobody, ORDER), insertQuote(nobody, quote)]) {
    await expect(read).rejects.toThrow(StoreUnavailableError)
  }
  await nobody.end()
})
