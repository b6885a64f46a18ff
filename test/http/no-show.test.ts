/** Waiting and no-shows over the public API, by a ruleset of their own, and computed again. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { recomputeOrder } from '../../src/store/recompute-order.ts'
import { callerAs, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

const TRIP = { pickup: { latitude: 37.77, longitude: -122.42 }, dropoff: { latitude: 37.79, longitude: -122.41 } }
const RULESET = {
  version: 'patient',
  currency: 'USD',
  base_minor: 1_000,
  per_km_minor: 0,
  per_minute_minor: 0,
  minimum_minor: 0,
  round_to_minor: 1,
  waiting: { free_s: 0, per_minute_minor: 6_000, maximum_minor: 100_000 },
  no_show: { after_s: 1, fee_minor: 300, share_permille: 100 },
}

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV })
  expect((await node.call('POST', '/v1/pricing/rulesets', RULESET)).status).toBe(201)
  await workingDriver(node, 'drv_1')
})

afterAll(async () => {
  await node.stop()
})

async function atPickup(): Promise<string> {
  const { body } = await node.call('POST', '/v1/orders', { ...TRIP, vehicle_type: 'nobody_has_it' })
  const path = `/v1/orders/${body.order_id}`
  expect((await node.call('POST', `${path}/assign`, { driver_id: 'drv_1' })).status).toBe(200)
  for (const status of ['en_route_to_pickup', 'at_pickup']) await node.call('POST', `${path}/status`, { status })
  return path
}

async function differences(path: string): Promise<unknown> {
  const sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  try {
    return (await recomputeOrder(sql, path.slice('/v1/orders/'.length)))?.differences
  } finally {
    await disconnect(sql)
  }
}

const lines = (order: Body) =>
  (order.price as { breakdown: { code: string; label: string; amount: number }[] }).breakdown

test('the ruleset is read back with what it says of no-shows', async () => {
  const { body } = await node.call('GET', '/v1/pricing/rulesets/patient')
  expect(body).toMatchObject({ no_show: { ...RULESET.no_show, automatic: false } })
})

test('a driver gives the order up when nobody came for long enough, and the fee is computed again', async () => {
  const path = await atPickup()
  const driver = await callerAs(node, 'driver', 'drv_1')
  const early = await driver.call('POST', `${path}/no-show`)
  expect([early.status, early.body.code]).toEqual([409, 'too_early'])
  await Bun.sleep(Math.max(0, Date.parse(String(early.body.allowed_at)) - Date.now()) + 5)
  const { status, body } = await driver.call('POST', `${path}/no-show`)
  expect(status).toBe(200)
  expect(body).toMatchObject({ status: 'cancelled', reason: 'no_show', price: { amount: 400, quoted_amount: 1_000 } })
  expect(lines(body)).toContainEqual({ code: 'no_show_fee', label: 'Nobody came', amount: 400 })
  expect(await driver.call('POST', `${path}/no-show`)).toMatchObject({ status: 200, body: { version: body.version } })
  expect((await node.call('GET', '/v1/drivers/drv_1')).body.load).toBe(0)
  expect(await differences(path)).toEqual([])
})

test('whoever does come pays for the waiting, which begins when the driver arrived', async () => {
  const path = await atPickup()
  const { body: there } = await node.call('GET', path)
  await Bun.sleep(1_050)
  const { body } = await node.call('POST', `${path}/status`, { status: 'en_route_to_dropoff' })
  const waited = lines(body).find(({ code }) => code === 'waiting')
  expect(waited?.amount).toBeGreaterThanOrEqual(100)
  expect(Date.parse(String(there.arrived_at))).toBeGreaterThan(Date.parse(String(there.created_at)))
  expect(await differences(path)).toEqual([])
  expect((await node.call('POST', `${path}/no-show`)).body.code).toBe('invalid_transition')
})

test('a customer does not call itself a no-show', async () => {
  const customer = await callerAs(node, 'customer', 'cus_1')
  expect((await customer.call('POST', `${await atPickup()}/no-show`)).status).toBe(403)
})
