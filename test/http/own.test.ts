/** Where a route has no object in its path, what it lists, makes and takes in is the caller's own. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ACCESS } from '../../src/http/access/table.ts'
import { assignedOrder, type Caller, callerAs, TOKEN_ENV, workingDriver } from './callers.ts'
import { startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const TRIP = { pickup: HERE, dropoff: THERE, vehicle_type: 'nobody_has_it' }
const CHARGED = {
  cancellation: {
    free_s: 0,
    charged_roles: ['customer'],
    by_stage: { assigned: { fee_minor: 250, share_permille: 0 } },
  },
}

let node: TestNode
let ann: Caller
let bob: Caller
let driver: Caller
let shop: Caller

beforeAll(async () => {
  node = await startTestNode(TOKEN_ENV)
  ann = await callerAs(node, 'customer', 'ann')
  bob = await callerAs(node, 'customer', 'bob')
  driver = await callerAs(node, 'driver', 'drv_mine')
  shop = await callerAs(node, 'service', 'shop')
  for (const driverId of ['drv_mine', 'drv_theirs']) await workingDriver(node, driverId)
})

afterAll(async () => {
  await node.stop()
})

test('these are the rows that this file is about', () => {
  const narrowed = [...ACCESS].filter(
    ([, { object, reach }]) => object === 'none' && Object.values(reach).includes('own'),
  )
  expect(narrowed.map(([name]) => name).sort()).toEqual([
    // In me.test.ts.
    'GET /v1/me',
    'GET /v1/offers',
    'GET /v1/orders',
    // In osmand.test.ts.
    'GET /v1/osmand',
    'POST /v1/locations',
    'POST /v1/orders',
    'POST /v1/osmand',
    'POST /v1/quotes',
    'WS /v1/live',
    'WS /v1/stream',
  ])
})

describe('orders', () => {
  test('of a customer are the customer’s, whether or not it says so, and nobody else’s', async () => {
    const made = await ann.call('POST', '/v1/orders', TRIP)
    expect(made.body).toMatchObject({ customer_id: 'ann' })
    expect((await ann.call('POST', '/v1/orders', { ...TRIP, customer_id: 'ann' })).status).toBe(201)
    const others = await ann.call('POST', '/v1/orders', { ...TRIP, customer_id: 'bob' })
    expect([others.status, others.body.code]).toEqual([403, 'forbidden'])
    expect((await bob.call('GET', `/v1/orders/${made.body.order_id}`)).status).toBe(404)
    expect((await shop.call('POST', '/v1/orders', { ...TRIP, customer_id: 'bob' })).body.customer_id).toBe('bob')
    expect((await shop.call('POST', '/v1/orders', TRIP)).body.customer_id).toBeNull()
  })

  test('are listed to those whose they are', async () => {
    const { orderId } = await assignedOrder(node, 'ann', 'drv_mine')
    await assignedOrder(node, 'bob', 'drv_theirs')
    const idsOf = async (by: Caller, query = '') =>
      ((await by.call('GET', `/v1/orders${query}`)).body.data as { order_id: string; customer_id: string }[]) ?? []
    const anns = await idsOf(ann)
    expect(anns.map(({ order_id }) => order_id)).toContain(orderId)
    expect(new Set(anns.map(({ customer_id }) => customer_id))).toEqual(new Set(['ann']))
    expect((await idsOf(driver)).map(({ order_id }) => order_id)).toEqual([orderId])
    expect(await idsOf(ann, '?customer_id=bob')).toEqual([])
    expect(await idsOf(driver, '?driver_id=drv_theirs')).toEqual([])
    expect((await idsOf(ann, '?driver_id=drv_mine')).map(({ order_id }) => order_id)).toEqual([orderId])
    expect((await idsOf(shop)).length).toBeGreaterThan(anns.length)
  })

  test('say in their events who acted, and what a customer’s cancellation costs', async () => {
    await node.call('POST', '/v1/pricing/rulesets', {
      version: 'charged',
      currency: 'USD',
      base_minor: 300,
      per_km_minor: 150,
      per_minute_minor: 30,
      minimum_minor: 700,
      round_to_minor: 10,
      ...CHARGED,
    })
    const cancelledBy = async (by: Caller) => {
      const { orderId } = await assignedOrder(node, 'ann', 'drv_mine')
      const { body } = await by.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'changed my mind' })
      const events = (await node.call('GET', `/v1/orders/${orderId}/events`)).body.data as Record<string, unknown>[]
      const price = body.price as { amount: number }
      return { by: events.find(({ type }) => type === 'cancelled')?.by, amount: price.amount }
    }

    expect(await cancelledBy(ann)).toEqual({ by: { role: 'customer', id: 'ann' }, amount: 250 })
    expect(await cancelledBy(driver)).toEqual({ by: { role: 'driver', id: 'drv_mine' }, amount: 0 })
    expect(await cancelledBy(shop)).toEqual({ by: { role: 'service', id: 'shop' }, amount: 0 })
  })
})

describe('quotes', () => {
  test('are used by the customer that asked, and by whoever works for it', async () => {
    const quote = async (by: Caller, body: object = {}) => {
      const { quote_id } = (await by.call('POST', '/v1/quotes', { pickup: HERE, dropoff: THERE, ...body })).body
      return { quote_id }
    }

    expect((await ann.call('POST', '/v1/orders', await quote(ann))).body.customer_id).toBe('ann')
    expect((await bob.call('POST', '/v1/orders', await quote(ann))).status).toBe(404)
    expect((await ann.call('POST', '/v1/orders', await quote(shop))).status).toBe(404)
    expect((await ann.call('POST', '/v1/orders', await quote(shop, { customer_id: 'ann' }))).status).toBe(201)
    expect((await ann.call('POST', '/v1/quotes', { pickup: HERE, dropoff: THERE, customer_id: 'bob' })).status).toBe(
      403,
    )
    expect((await shop.call('POST', '/v1/orders', await quote(ann))).body.customer_id).toBe('ann')
    const mixed = await shop.call('POST', '/v1/orders', { ...(await quote(ann)), customer_id: 'bob' })
    expect([mixed.status, mixed.body.code]).toEqual([422, 'invalid'])
  })
})

test('a driver’s batch takes its own positions in and rejects the others by row', async () => {
  const locations = ['drv_mine', 'drv_theirs', 'drv_mine'].map((driver_id, i) => ({
    driver_id,
    ...HERE,
    recorded_at: new Date(Date.now() + i).toISOString(),
  }))
  const { status, body } = await driver.call('POST', '/v1/locations', { locations })
  expect(status).toBe(202)
  expect(body).toMatchObject({ committed: 2, rejected: [{ index: 1, code: 'not_found' }] })
})

test('a driver sees its own offers', async () => {
  expect((await driver.call('GET', '/v1/offers?driver_id=drv_mine')).status).toBe(200)
  expect((await driver.call('GET', '/v1/offers?driver_id=drv_theirs')).status).toBe(404)
})

test('one idempotency key of two callers is two keys', async () => {
  const key = { 'idempotency-key': 'the same' }
  const [first, second] = [
    await ann.call('POST', '/v1/orders', TRIP, key),
    await bob.call('POST', '/v1/orders', TRIP, key),
  ]
  expect([first.status, second.status]).toEqual([201, 201])
  expect(second.body.order_id).not.toBe(first.body.order_id)
})
