/** Each condition of the straight statement by itself: a batch that breaks it is undone whole. What outcomes follow is told by the conformance suite. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  claimOf,
  driverTurn,
  newDriver,
  OTHER_SHARD,
  offerId,
  orderTurn,
  releaseOf,
  SHARD,
} from '../../test/conformance/journal-fixtures.ts'
import { type Database, MigratedTemplate } from '../../test/support/migrated-template.ts'
import type { JournalTurn } from '../actors/runtime/ports.ts'
import type { ShardId } from '../domain/ids.ts'
import { connect, disconnect, type Sql } from './postgres.ts'
import { journalConnection, PostgresJournal } from './postgres-journal.ts'
import { straightParameters } from './straight-batch.ts'
import { STRAIGHT_SQL } from './straight-commit.ts'

let template: MigratedTemplate
let database: Database
let sql: Sql
let look: Sql
let journal: PostgresJournal

beforeAll(async () => {
  template = await MigratedTemplate.make()
  database = await template.copy()
  sql = journalConnection(database.url, { max: 1, applicationName: 'journal' })
  look = connect(database.url, { max: 1, applicationName: 'look' })
  journal = new PostgresJournal(sql)
  await journal.takeShards([SHARD, OTHER_SHARD], 'node')
}, 60_000)
afterAll(async () => {
  await Promise.all([disconnect(sql), disconnect(look)])
  await database.drop()
  await template.drop()
})

/** @returns the code of the error that undid it, null where it was committed. */
async function straight(turns: readonly JournalTurn[]): Promise<string | null> {
  const parameters = straightParameters(turns)
  if (parameters === null) throw new Error('this batch is not for the straight statement')
  try {
    await sql.unsafe(STRAIGHT_SQL, [...parameters], { prepare: true })
    return null
  } catch (error) {
    return (error as { code: string }).code
  }
}

const ONE_FEWER = '22012'
const DUPLICATE = '23505'

let names = 0
const name = () => `n${++names}`

/** All that a commit can change. */
async function everything(): Promise<string> {
  const tables = 'shards orders order_terms drivers assignments journal idempotency_keys decisions'.split(' ')
  const parts = tables.map(table => `select '${table}' || t::text as row from ${table} t`)
  const rows = await look.unsafe<{ row: string }[]>(`${parts.join(' union all ')} order by 1`)
  return rows.map(({ row }) => row).join('\n')
}

/** A turn that is well goes along, and must not be written either. */
async function expectUndone(turns: readonly JournalTurn[], code: string): Promise<void> {
  const before = await everything()
  expect(await straight([orderTurn(name(), { shard: OTHER_SHARD }), ...turns])).toBe(code)
  expect(await everything()).toBe(before)
}

async function assigned(capacity = 1) {
  const [order, driver] = [name(), await newDriver(journal, name(), capacity)]
  const made = await journal.commit([orderTurn(order)])
  const claimed = await journal.commit([orderTurn(order, { versionBefore: 1, claim: claimOf(driver, order) })])
  expect([...made, ...claimed]).toEqual(['committed', 'committed'])
  return { order, driver }
}

test('a batch in which all is well is committed, whatever kinds of turns it has', async () => {
  const { order, driver } = await assigned()
  const [next, fresh] = [await newDriver(journal, name(), 1), name()]
  const key = { key: name(), requestHash: 'h', response: {} }
  const turns = [
    orderTurn(fresh, { claim: claimOf(next, fresh), key }),
    orderTurn(order, { versionBefore: 2, release: releaseOf(driver, order), events: ['status', 'noted'] }),
    driverTurn({ ...next, load: 1 }),
  ]
  expect(await straight(turns)).toBeNull()
  expect(await journal.loadOrders([`ord_${order}` as never])).toMatchObject([{ version: 4 }])
})

test('an order goes from one driver to another in one turn, and stays with its own', async () => {
  const { order, driver } = await assigned()
  const next = await newDriver(journal, name(), 1)
  const [release, claim] = [releaseOf(driver, order), { ...claimOf(next, order), offerId: offerId(name()) }]
  expect(await straight([orderTurn(order, { versionBefore: 2, release, claim })])).toBeNull()
  const again = { ...claimOf({ ...next, loadVersion: 1 }, order), offerId: offerId(name()) }
  const kept = orderTurn(order, { versionBefore: 3, release: releaseOf(next, order), claim: again })
  expect(await straight([kept])).toBeNull()
})

describe('nothing is written where', () => {
  test('the shard is another’s, or nobody’s', async () => {
    await expectUndone([orderTurn(name(), { shardEpoch: 7 })], ONE_FEWER)
    await expectUndone([orderTurn(name(), { shard: 200 as ShardId })], ONE_FEWER)
  })

  test('the shard is another’s; and nothing behind it is waited for', async () => {
    const order = name()
    await journal.commit([orderTurn(order)])
    await look.begin(async held => {
      await held`select true from orders where order_id = ${`ord_${order}`} for update`
      for (const events of [['noted'], []]) {
        expect(await straight([orderTurn(order, { versionBefore: 1, shardEpoch: 7, events })])).toBe(ONE_FEWER)
      }
    })
  })

  test('the order is at another version, is not there, or is there already', async () => {
    const order = name()
    await journal.commit([orderTurn(order)])
    await expectUndone([orderTurn(order, { versionBefore: 2 })], ONE_FEWER)
    await expectUndone([orderTurn(name(), { versionBefore: 1 })], ONE_FEWER)
    await expectUndone([orderTurn(order)], DUPLICATE)
  })

  test('an answer is from before the order’s own last commit', async () => {
    const order = name()
    await journal.commit([orderTurn(order), orderTurn(name())])
    expect(await straight([orderTurn(order, { versionBefore: 1, events: [] })])).toBeNull()
    await expectUndone([orderTurn(order, { versionBefore: 2, events: [] })], ONE_FEWER)
  })

  test('the driver has moved on, or was activated elsewhere', async () => {
    const driver = await newDriver(journal, name(), 1)
    await expectUndone([driverTurn({ ...driver, version: driver.version + 1 })], ONE_FEWER)
    await expectUndone([driverTurn({ ...driver, epoch: driver.epoch + 1 })], ONE_FEWER)
  })

  test('a claim is of another epoch or load version, or the driver is full, or unknown', async () => {
    const driver = await newDriver(journal, name(), 1)
    const claiming = (change: Partial<typeof driver>, size = 1) => {
      const order = name()
      return [orderTurn(order, { claim: { ...claimOf({ ...driver, ...change }, order), size } })]
    }
    await expectUndone(claiming({ epoch: driver.epoch + 1 }), ONE_FEWER)
    await expectUndone(claiming({ loadVersion: driver.loadVersion + 1 }), ONE_FEWER)
    await expectUndone(claiming({}, 2), ONE_FEWER)
    await expectUndone(claiming({ driverId: 'drv_nobody' as never }), ONE_FEWER)
    expect(await straight(claiming({}))).toBeNull()
  })

  test('room is made by another order of the same batch only', async () => {
    const { order, driver } = await assigned()
    const other = name()
    const leaves = orderTurn(order, { versionBefore: 2, release: releaseOf(driver, order) })
    const comes = orderTurn(other, { claim: claimOf({ ...driver, loadVersion: 1 }, other) })
    await expectUndone([leaves, comes], ONE_FEWER)
  })

  test('the order has a driver already', async () => {
    const { order } = await assigned()
    const second = await newDriver(journal, name(), 1)
    const claim = { ...claimOf(second, order), offerId: offerId(name()) }
    await expectUndone([orderTurn(order, { versionBefore: 2, claim })], DUPLICATE)
  })

  test('what is given back is not had, or is of another size', async () => {
    const { order, driver } = await assigned(3)
    const other = await newDriver(journal, name(), 1)
    const giving = (release: JournalTurn['release']) =>
      release ? [orderTurn(order, { versionBefore: 2, release })] : []
    await expectUndone(giving({ ...releaseOf(driver, order), size: 2 }), '23514')
    const more = name()
    const claim = { ...claimOf({ ...driver, loadVersion: 1 }, more), size: 2 }
    expect(await straight([orderTurn(more, { claim })])).toBeNull()
    await expectUndone(giving({ ...releaseOf(driver, order), size: 2 }), ONE_FEWER)
    await expectUndone(giving({ ...releaseOf(driver, order), driverId: other.driverId }), '23514')
  })

  test('another request has committed the key', async () => {
    const key = { key: name(), requestHash: 'h', response: {} }
    expect(await straight([orderTurn(name(), { key })])).toBeNull()
    await expectUndone([orderTurn(name(), { key })], DUPLICATE)
  })
})

test('what the spelling of JSON and of an array differ in is stored as it was said', async () => {
  const [order, customerId] = [name(), 'a "b", {c} \\ \n null']
  const said = { ...orderTurn(order, { row: { customerId, state: { said: customerId } } }) }
  const turn = { ...said, events: said.events.map(event => ({ ...event, data: { said: customerId } })) }
  expect(await straight([turn])).toBeNull()
  const [row] = await look<{ whom: string; state: unknown; data: unknown }[]>`
    select o.customer_id as whom, o.state, j.data from orders o join journal j on j.actor_id = o.order_id
    where o.order_id = ${`ord_${order}`}`
  expect(row).toEqual({ whom: customerId, state: { said: customerId }, data: { said: customerId } })
})

test('a time that is none is refused', async () => {
  for (const atMs of [Number.POSITIVE_INFINITY, Number.NaN]) {
    await expectUndone([orderTurn(name(), { row: { dueAtMs: atMs } })], '23502')
  }
})

test('more events than it is good for are not for this statement', () => {
  const events = Array.from({ length: 100 }, () => 'noted')
  const turns = Array.from({ length: 20 }, () => orderTurn(name(), { versionBefore: 1, events }))
  expect(straightParameters(turns)).not.toBeNull()
  expect(straightParameters([...turns, orderTurn(name())])).toBeNull()
})

test('turns that meet one another are not for this statement', async () => {
  const driver = await newDriver(journal, name(), 5)
  const key = { key: name(), requestHash: 'h', response: {} }
  const batches = [
    [orderTurn('a'), orderTurn('a', { versionBefore: 1 })],
    [orderTurn('a', { claim: claimOf(driver, 'a') }), orderTurn('b', { claim: claimOf(driver, 'b') })],
    [orderTurn('a', { key }), orderTurn('b', { key })],
    [orderTurn('a'), orderTurn('b', { shardEpoch: 2 })],
    [orderTurn('a', { events: [] })],
  ]
  expect(batches.map(turns => straightParameters(turns))).toEqual(batches.map(() => null))
})
