/** Vehicles on a whole node: kept, given to drivers, sent to the workshop. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect, type Sql } from '../../src/store/postgres.ts'
import { until } from '../support/until.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 52.52, longitude: 13.405 }
const THERE = { latitude: 52.53, longitude: 13.41 }
const HOUR_MS = 3_600_000
const period = (fromMs: number, toMs: number) => ({
  from: new Date(Date.now() + fromMs).toISOString(),
  to: new Date(Date.now() + toMs).toISOString(),
  reason: 'brakes',
})

let node: TestNode
let sql: Sql

beforeAll(async () => {
  node = await startTestNode()
  sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
})

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await node.stop()
})

const add = (body: Body, headers: Record<string, string> = {}) => node.call('POST', '/v1/vehicles', body, headers)
const vehicle = async (id: string) => (await node.call('GET', `/v1/vehicles/${id}`)).body
const change = (id: string, body: Body) => node.call('PATCH', `/v1/vehicles/${id}`, body)
const driver = async (id: string) => (await node.call('GET', `/v1/drivers/${id}`)).body
const duty = (id: string, status: string) => node.call('PUT', `/v1/drivers/${id}/availability`, { status })
const pathsOf = (body: Body) => (body.errors as { path: string }[]).map(({ path }) => path)

async function newDriver(id: string, more: Body = {}): Promise<void> {
  await node.call('POST', '/v1/drivers', { driver_id: id, ...more })
}

describe('vehicles', () => {
  test('one is added, read, listed, changed and deleted', async () => {
    const made = await add({ type: 'van', plate: 'B-XY 12', capacity: 6 })
    expect([made.status, made.body]).toMatchObject([
      201,
      {
        type: 'van',
        plate: 'B-XY 12',
        capacity: 6,
        driver_id: null,
        maintenance: [],
        in_maintenance: false,
        version: 1,
      },
    ])
    const id = String(made.body.vehicle_id)
    expect(id).toMatch(/^veh_[a-z0-9]+$/)
    expect(await vehicle(id)).toEqual(made.body)
    await add({ vehicle_id: 'bike-1', type: 'bike' })
    const first = await node.call('GET', '/v1/vehicles?limit=1')
    const second = await node.call('GET', `/v1/vehicles?limit=1&cursor=${first.body.next_cursor}`)
    const ids = [...(first.body.data as Body[]), ...(second.body.data as Body[])].map(v => v.vehicle_id)
    expect(ids).toEqual(['bike-1', id])
    const vans = (await node.call('GET', '/v1/vehicles?type=van')).body.data as Body[]
    expect(vans.map(v => v.vehicle_id)).toEqual([id])

    const changed = await change(id, { plate: null, capacity: 8 })
    expect(changed.body).toMatchObject({ type: 'van', plate: null, capacity: 8, version: 2 })
    expect((await node.call('DELETE', `/v1/vehicles/${id}`)).body).toEqual(changed.body)
    expect((await node.call('DELETE', `/v1/vehicles/${id}`)).status).toBe(404)
    expect((await change(id, { plate: 'x' })).status).toBe(404)
  })

  test('an id is taken once, and a repeat under its key gets the first answer', async () => {
    const body = { vehicle_id: 'twice', type: 'car' }
    const headers = { 'idempotency-key': 'vehicle-1' }
    const sent = await Promise.all([1, 2, 3].map(() => add(body, headers)))
    const again = await add(body, headers)
    expect([again.status, again.body]).toEqual([201, sent.find(({ status }) => status === 201)?.body as Body])
    const other = await add(body)
    expect([other.status, other.body.code]).toEqual([409, 'already_exists'])
  })

  test.each<[string, Body]>([
    ['/type', { type: 'a van' }],
    ['/capacity', { capacity: 0 }],
    ['/vehicle_id', { vehicle_id: 'ä' }],
    ['/driver_id', { driver_id: 'nobody-at-all' }],
    ['/maintenance/0/to', { maintenance: [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }] }],
    ['/maintenance/0/from', { maintenance: [{ from: 'tomorrow', to: '2026-01-01T00:00:00Z' }] }],
    ['/wheels', { wheels: 3 }],
  ])('a wrong %s is named', async (path, wrong) => {
    const { status, body } = await add({ type: 'van', ...wrong })
    expect([status, body.code]).toEqual([422, 'invalid'])
    expect(pathsOf(body)).toContain(path)
  })
})

describe('who drives what', () => {
  test('type and capacity are those of the vehicle, and the driver’s own without one', async () => {
    await newDriver('ann', { vehicle_type: 'bike', capacity: 2 })
    await add({ vehicle_id: 'van-1', type: 'van', capacity: 9, driver_id: 'ann' })
    expect(await driver('ann')).toMatchObject({ vehicle_id: 'van-1', vehicle_type: 'van', capacity: 9 })
    await change('van-1', { capacity: null, type: 'truck' })
    expect(await driver('ann')).toMatchObject({ vehicle_type: 'truck', capacity: 2 })
    await node.call('PATCH', '/v1/drivers/ann', { capacity: 3 })
    expect(await driver('ann')).toMatchObject({ vehicle_type: 'truck', capacity: 3 })
    await change('van-1', { driver_id: null })
    expect(await driver('ann')).toMatchObject({ vehicle_id: null, vehicle_type: 'bike', capacity: 3 })
  })

  test('the driver’s own vehicle_id says the same, from the other side', async () => {
    await add({ vehicle_id: 'car-1', type: 'car' })
    await add({ vehicle_id: 'car-2', type: 'car', capacity: 4 })
    const made = await node.call('POST', '/v1/drivers', { driver_id: 'bob', vehicle_id: 'car-1' })
    expect([made.status, made.body]).toMatchObject([201, { vehicle_id: 'car-1', vehicle_type: 'car' }])
    expect(await vehicle('car-1')).toMatchObject({ driver_id: 'bob' })
    const moved = await node.call('PATCH', '/v1/drivers/bob', { vehicle_id: 'car-2', name: 'Bob' })
    expect(moved.body).toMatchObject({ vehicle_id: 'car-2', capacity: 4, name: 'Bob' })
    expect(await vehicle('car-1')).toMatchObject({ driver_id: null })
    expect(((await node.call('GET', '/v1/vehicles?driver_id=bob')).body.data as Body[]).map(v => v.vehicle_id)).toEqual(
      ['car-2'],
    )
    const none = await node.call('PATCH', '/v1/drivers/bob', { vehicle_id: null })
    expect(none.body).toMatchObject({ vehicle_id: null, vehicle_type: null, capacity: 1 })
    expect(await vehicle('car-2')).toMatchObject({ driver_id: null })

    for (const [method, path] of [
      ['POST', '/v1/drivers'],
      ['PATCH', '/v1/drivers/bob'],
    ] as const) {
      const { status, body } = await node.call(method, path, { vehicle_id: 'no-such' })
      expect([status, pathsOf(body)]).toEqual([422, ['/vehicle_id']])
    }
  })

  test('a repeat of a registration is answered as the first was, whatever has become of its vehicle', async () => {
    await add({ vehicle_id: 'first', type: 'van' })
    await add({ vehicle_id: 'second', type: 'car' })
    await newDriver('fay')
    const register = () =>
      node.call('POST', '/v1/drivers', { driver_id: 'gus', vehicle_id: 'first' }, { 'idempotency-key': 'gus-1' })
    expect((await register()).body).toMatchObject({ driver_id: 'gus', vehicle_id: 'first' })
    await change('second', { driver_id: 'gus' })
    expect([(await register()).status, (await vehicle('first')).driver_id]).toEqual([201, null])
    expect(await driver('gus')).toMatchObject({ vehicle_id: 'second' })
    await change('first', { driver_id: 'fay' })
    expect([(await register()).status, (await vehicle('first')).driver_id]).toEqual([201, 'fay'])
    await duty('fay', 'available')
    expect((await register()).status).toBe(201)
    await duty('fay', 'offline')
    await change('first', { driver_id: null })
    await node.call('DELETE', '/v1/vehicles/first')
    expect((await register()).body).toMatchObject({ driver_id: 'gus', vehicle_id: 'second' })
  })

  test('a repeat gives the vehicle that the first one did not come to give', async () => {
    await add({ vehicle_id: 'not-given', type: 'van' })
    const register = () =>
      node.call('POST', '/v1/drivers', { driver_id: 'hal', vehicle_id: 'not-given' }, { 'idempotency-key': 'hal-1' })
    // The record fails between the two.
    await sql`alter table vehicle_news rename to vehicle_news_away`
    const cut = await register()
    await sql`alter table vehicle_news_away rename to vehicle_news`
    expect([cut.status, (await vehicle('not-given')).driver_id]).toEqual([500, null])
    expect((await register()).body).toMatchObject({ driver_id: 'hal', vehicle_id: 'not-given' })
  })

  test('a vehicle goes from one driver to another, but not from one that is on duty', async () => {
    await newDriver('cid')
    await newDriver('dan')
    await add({ vehicle_id: 'shared', type: 'van', driver_id: 'cid' })
    await duty('cid', 'available')
    for (const refused of [
      await change('shared', { driver_id: 'dan' }),
      await node.call('PATCH', '/v1/drivers/dan', { vehicle_id: 'shared' }),
      await node.call('POST', '/v1/drivers', { vehicle_id: 'shared' }),
      await node.call('DELETE', '/v1/vehicles/shared'),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([409, 'in_use'])
    }
    await duty('cid', 'offline')
    expect((await change('shared', { driver_id: 'dan' })).body).toMatchObject({ driver_id: 'dan' })
    expect(await driver('cid')).toMatchObject({ vehicle_id: null, vehicle_type: null })
    expect(await driver('dan')).toMatchObject({ vehicle_id: 'shared', vehicle_type: 'van' })
  })

  test('of many who want one vehicle at once one has it, and both sides say so', async () => {
    const ids = Array.from({ length: 8 }, (_, i) => `rival-${i}`)
    for (const id of ids) await newDriver(id)
    await add({ vehicle_id: 'wanted', type: 'van' })
    await Promise.all(ids.map(id => node.call('PATCH', `/v1/drivers/${id}`, { vehicle_id: 'wanted' })))
    const owner = (await vehicle('wanted')).driver_id
    await until(async () => {
      const having = await Promise.all(ids.map(async id => (await driver(id)).vehicle_id === 'wanted'))
      return having.filter(has => has).length === 1 && having[ids.indexOf(String(owner))] === true
    }, 'one driver has it, and it is the one of the record')
  })

  test('a driver that could not be told is told later', async () => {
    await newDriver('eve')
    await add({ vehicle_id: 'late', type: 'van' })
    // As by a node that died between its commit and telling.
    await sql`update vehicles set driver_id = 'eve' where vehicle_id = 'late'`
    await sql`
      insert into vehicle_news (driver_id, change, at)
      select 'eve', last + 1, now() from changes where kind = 'vehicles'`
    await sql`update changes set last = last + 1 where kind = 'vehicles'`
    await until(async () => (await driver('eve')).vehicle_id === 'late', 'the driver is told')
    await until(async () => (await sql`select from vehicle_news`).length === 0, 'the note is gone')
  })
})

describe('maintenance', () => {
  test('while it lasts the driver is offered nothing, and cannot be assigned', async () => {
    await newDriver('fay')
    await add({ vehicle_id: 'broken', type: 'moped', driver_id: 'fay', maintenance: [period(-HOUR_MS, HOUR_MS)] })
    expect(await vehicle('broken')).toMatchObject({ in_maintenance: true, maintenance: [{ reason: 'brakes' }] })
    await node.call('POST', '/v1/drivers/fay/location', HERE)
    await duty('fay', 'available')
    const order = await node.call('POST', '/v1/orders', { pickup: HERE, dropoff: THERE, vehicle_type: 'moped' })
    const orderId = String(order.body.order_id)
    const assigned = await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: 'fay' })
    expect([assigned.status, assigned.body.code]).toEqual([409, 'driver_unavailable'])
    await Bun.sleep(300)
    expect((await node.call('GET', '/v1/offers?driver_id=fay')).body.data).toEqual([])

    await change('broken', { maintenance: [period(HOUR_MS, 2 * HOUR_MS)] })
    expect(await vehicle('broken')).toMatchObject({ in_maintenance: false })
    const offered = async () => ((await node.call('GET', '/v1/offers?driver_id=fay')).body.data as Body[]).length > 0
    await until(offered, 'the driver is asked, now that its vehicle is back')
  })
})

test('plates are sealed at rest where there is a key', async () => {
  const key = Buffer.alloc(32, 7).toString('base64')
  const sealing = await startTestNode({ WAGGLE_PERSONAL_KEYS: `k1:${key}` })
  const record = connect(sealing.postgresUrl, { max: 1, applicationName: 'test' })
  await sealing.call('POST', '/v1/vehicles', { vehicle_id: 'secret', type: 'van', plate: 'B-XY 99' })
  const [row] = await record<{ body: string }[]>`select body::text from vehicles`
  expect(row?.body).not.toContain('B-XY')
  expect((await sealing.call('GET', '/v1/vehicles/secret')).body.plate).toBe('B-XY 99')
  await record.end({ timeout: 5 })
  await sealing.stop()
})
