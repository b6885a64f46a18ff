import { afterAll, beforeAll, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, OrderId, ShardId } from '../domain/ids.ts'
import { migrate } from './migrations/migrate.ts'
import { ORDERS_WITH_TERMS } from './order-document.ts'
import { connect, disconnect, type Sql } from './postgres.ts'
import { journalConnection, PostgresJournal } from './postgres-journal.ts'
import { listOrders, orderById } from './records-orders.ts'

const SHARD = 3 as ShardId
const TERMS = {
  reference: 'r-1',
  pickup: { latitude: 1, longitude: 2, address: 'A' },
  dropoff: { latitude: 3, longitude: 4, address: 'B' },
  durationS: 60,
  scheduledAtMs: null,
}

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
let journalSql: Sql

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 1, applicationName: 'test' })
  journalSql = journalConnection(database.url, { max: 1, applicationName: 'test journal' })
  await migrate(sql)
  const put = (id: string, status: string, driver: string | null, state: object) => sql`
    insert into orders values (${id}, ${SHARD}, 2, ${status}, null, ${driver}, now(), now(), now(), ${JSON.stringify(state)}::text::jsonb)`
  await put('ord_old', 'placed', null, { attempts: 1, terms: TERMS })
  await put('ord_new', 'placed', null, { attempts: 1 })
  await put('ord_later', 'scheduled', 'drv_1', { dueAtMs: 99 })
  await sql`insert into order_terms select unnest(array['ord_new', 'ord_later']), ${JSON.stringify(TERMS)}::text::jsonb`
}, 30_000)

afterAll(async () => {
  await Promise.all([disconnect(sql), disconnect(journalSql)])
  await database.drop()
})

test('terms in a row of their own are read as part of the state, like those that are in it', async () => {
  const journal = new PostgresJournal(journalSql)
  const whole = { attempts: 1, terms: TERMS }
  const ids = ['ord_new', 'ord_old'] as OrderId[]
  const loaded = await journal.loadOrders(ids)
  expect(loaded.map(({ state }) => state)).toEqual([whole, whole])
  const open = await journal.openOrders([SHARD], null, 10)
  expect(open.map(({ orderId, state }) => [orderId, state])).toEqual(ids.map(id => [id, whole]))
  for (const id of ids) expect((await orderById(sql, id))?.state).toEqual(whole)
})

test('terms that a version of before has put into the state of a later order are what was agreed to last', async () => {
  const amended = { ...TERMS, durationS: 90 }
  const state = JSON.stringify({ attempts: 1, terms: amended })
  await sql`insert into orders values ('ord_amended', ${SHARD}, 2, 'placed', null, null, now(), now(), now(), ${state}::text::jsonb)`
  await sql`insert into order_terms values ('ord_amended', ${JSON.stringify(TERMS)}::text::jsonb)`
  expect((await orderById(sql, 'ord_amended' as OrderId))?.state).toEqual({ attempts: 1, terms: amended })
  const [row] = await sql.unsafe<{ terms: object }[]>(
    `select terms from ${ORDERS_WITH_TERMS} as o where order_id = 'ord_amended'`,
  )
  expect(row?.terms).toEqual(amended)
  await sql`delete from orders where order_id = 'ord_amended'`
})

test('orders are found by their reference, whichever way their terms are stored', async () => {
  const { data } = await listOrders(sql, { mode: 'live', reference: 'r-1' }, { limit: 10, cursor: null })
  expect(data.map(({ orderId }) => orderId)).toContain('ord_old' as OrderId)
})

test('terms of an order of before stay in its state through turns that do not change them, and leave it with one that does', async () => {
  const journal = new PostgresJournal(journalSql)
  const orderId = 'ord_old' as OrderId
  const [shardEpoch = 0] = await journal.takeShards([SHARD], 'test')
  const turnTo = (versionBefore: number, state: JsonObject, hasSameTerms?: true) => ({
    shard: SHARD,
    shardEpoch,
    actorId: orderId,
    versionBefore,
    events: [{ type: 'x', atMs: 1, data: {} }],
    row: {
      kind: 'order' as const,
      status: 'placed',
      customerId: null,
      driverId: null,
      dueAtMs: 1,
      createdAtMs: 1,
      updatedAtMs: 1,
      state,
      ...(hasSameTerms ? { hasSameTerms } : {}),
    },
  })
  const stateOf = async () => (await journal.loadOrders([orderId]))[0]?.state

  await journal.commit([turnTo(2, { attempts: 2, terms: TERMS }, true)])
  expect(await stateOf()).toEqual({ attempts: 2, terms: TERMS })
  const amended = { attempts: 2, terms: { ...TERMS, durationS: 90 } }
  await journal.commit([turnTo(3, amended)])
  expect(await stateOf()).toEqual(amended)
  const [row] = await sql<
    { isInState: boolean }[]
  >`select state ? 'terms' as "isInState" from orders where order_id = ${orderId}`
  expect(row?.isInState).toBe(false)
  await journal.commit([turnTo(4, { ...amended, attempts: 3 }, true)])
  expect(await stateOf()).toEqual({ ...amended, attempts: 3 })
})

test('a driver that is promised to an order is told its trip out of the terms', async () => {
  const journal = new PostgresJournal(journalSql)
  const [shardEpoch = 0] = await journal.takeShards([SHARD], 'test')
  const asked = { driverId: 'drv_1' as DriverId, shard: SHARD, shardEpoch }
  await journal.activateDrivers([{ ...asked, create: true }])
  const [outcome] = await journal.activateDrivers([{ ...asked, create: false }])
  expect(outcome).toMatchObject({
    kind: 'active',
    driver: { reservations: [{ orderId: 'ord_later', pickup: { latitude: 1, longitude: 2 }, driveS: 60, atMs: 99 }] },
  })
})
