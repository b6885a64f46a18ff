/** Test mode: what a test key sees and makes, what virtual couriers do, and that live and test data never meet. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cellAt } from '../../src/domain/h3.ts'
import { disc } from '../../src/domain/zones/zones.fixtures.ts'
import { ACCESS } from '../../src/http/access/table.ts'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'
import { until } from '../support/until.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { type Caller, caller, callerAs, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const NEAR = { latitude: 37.7705, longitude: -122.4203 }
const THERE = { latitude: 37.7722, longitude: -122.4185 }
const WISH = { pickup: HERE, dropoff: THERE }

let node: TestNode
let sql: Sql
/** The keys of a developer's: an admin of tests. */
let tester: Caller

beforeAll(async () => {
  const settings = { WAGGLE_WEBHOOKS_ALLOW_PRIVATE: 'true', WAGGLE_OFFER_TTL_S: '2', WAGGLE_RATE_LIMITS: 'off' }
  node = await startTestNode({ ...TOKEN_ENV, ...settings })
  sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  tester = await testKey({ role: 'admin' })
})
afterAll(async () => {
  await disconnect(sql)
  await node.stop()
})

async function testKey(body: object): Promise<Caller> {
  const { status, text, body: made } = await node.call('POST', '/v1/keys', { name: 'tests', mode: 'test', ...body })
  expect([status, text]).toEqual([201, text])
  expect(String(made.secret)).toMatch(/^sk_test_[0-9a-z]{16}_[A-Za-z0-9_-]{43}$/)
  return caller(node, String(made.secret))
}

let types = 0

/** A courier, and an order that only it may have, since nobody else drives what it drives. */
async function courierAndOrder(
  behaviour: string,
): Promise<{ driverId: string; orderId: string; vehicle_type: string }> {
  const vehicle_type = `type_${++types}`
  const made = await tester.call('POST', '/v1/test/drivers', { behaviour, near: NEAR, vehicle_type, speed_mps: 50 })
  expect([made.status, made.text]).toEqual([201, made.text])
  const driverId = String(made.body.driver_id)
  await until(
    async () => (await tester.call('GET', `/v1/drivers/${driverId}`)).body.status === 'available',
    'it is on duty',
  )
  const { body } = await tester.call('POST', '/v1/orders', { ...WISH, vehicle_type })
  return { driverId, orderId: String(body.order_id), vehicle_type }
}

async function events(orderId: string): Promise<Body[]> {
  return (await tester.call('GET', `/v1/orders/${orderId}/events`)).body.data as Body[]
}

async function hasHappened(orderId: string, type: string, what: string): Promise<Body> {
  const found = async () => (await events(orderId)).find(event => event.type === type)
  await until(async () => (await found()) !== undefined, what, 20_000)
  return (await found()) as Body
}

const read = async (orderId: string) => (await tester.call('GET', `/v1/orders/${orderId}`)).body

test('accept: an order goes through its whole life, driven, and its webhook is told of it as of a test', async () => {
  const receiver = new WebhookReceiver()
  const hook = await tester.call('POST', '/v1/webhooks', { url: receiver.url, events: ['order.*'] })
  receiver.secret = String(hook.body.secret)
  const live = await node.call('POST', '/v1/webhooks', { url: `${receiver.url}/live`, events: ['*'] })
  const { driverId, orderId } = await courierAndOrder('accept')
  await until(async () => (await read(orderId)).status === 'delivered', 'it is delivered', 25_000)

  const steps = (await events(orderId)).map(({ status }) => status)
  expect(steps.filter((status, i) => status !== steps[i - 1])).toEqual([
    'placed',
    'assigned',
    'en_route_to_pickup',
    'at_pickup',
    'en_route_to_dropoff',
    'delivered',
  ])
  expect((await read(orderId)).driver).toMatchObject({ driver_id: driverId })
  // It has driven there, and not been put there.
  const { body } = await tester.call('GET', `/v1/drivers/${driverId}/route`)
  expect((body.data as Body[]).length).toBeGreaterThan(3)
  await until(() => receiver.taken.some(({ type }) => type === 'order.delivered'), 'the webhook has heard')
  expect(receiver.taken.every(({ mode, isSigned }) => mode === 'test' && isSigned)).toBe(true)
  const deliveries = await node.call('GET', `/v1/webhooks/${live.body.webhook_id}/deliveries`)
  expect(
    (deliveries.body.data as Body[]).filter(({ object_id }) => [orderId, driverId].includes(String(object_id))),
  ).toEqual([])
  await tester.call('DELETE', `/v1/webhooks/${hook.body.webhook_id}`)
  await node.call('DELETE', `/v1/webhooks/${live.body.webhook_id}`)
  await receiver.stop()
}, 60_000)

test('decline: the offer is refused, and the order looks on', async () => {
  const { orderId, driverId } = await courierAndOrder('decline')
  const closed = await hasHappened(orderId, 'offer_closed', 'it is declined')
  expect(closed).toMatchObject({ driver_id: driverId, reason: 'declined' })
  expect((await read(orderId)).status).toBe('placed')
  // Another one takes it.
  const { vehicle_type } = await read(orderId)
  await tester.call('POST', '/v1/test/drivers', { behaviour: 'accept', near: NEAR, vehicle_type, speed_mps: 50 })
  await until(async () => (await read(orderId)).status === 'delivered', 'another one delivers it', 60_000)
}, 90_000)

test('stall: the offer is not answered, and expires', async () => {
  const { orderId } = await courierAndOrder('stall')
  const closed = await hasHappened(orderId, 'offer_closed', 'it has expired')
  expect(closed).toMatchObject({ reason: 'expired' })
  expect((await read(orderId)).status).toBe('placed')
}, 30_000)

test('no_show: it takes the order, sets out and never arrives; the order can be taken back', async () => {
  const { orderId } = await courierAndOrder('no_show')
  await until(async () => (await read(orderId)).status === 'en_route_to_pickup', 'it has set out', 20_000)
  await Bun.sleep(3_000)
  expect((await read(orderId)).status).toBe('en_route_to_pickup')
  const back = await tester.call('POST', `/v1/orders/${orderId}/unassign`, { reason: 'did not show' })
  expect([back.status, back.body.status]).toEqual([200, 'placed'])
}, 40_000)

test('drop_out: it gives the order back at the pickup', async () => {
  const { orderId, driverId } = await courierAndOrder('drop_out')
  const dropped = await hasHappened(orderId, 'unassigned', 'it drops out')
  expect(dropped).toMatchObject({ driver_id: driverId, status: 'placed', by: { role: 'driver', id: driverId } })
}, 40_000)

test('a courier behaves otherwise from now on, and goes home', async () => {
  const { driverId, vehicle_type } = await courierAndOrder('stall')
  const patched = await tester.call('PATCH', `/v1/test/drivers/${driverId}`, { behaviour: 'accept' })
  expect(patched.body).toMatchObject({ driver_id: driverId, behaviour: 'accept' })
  const { body } = await tester.call('POST', '/v1/orders', { ...WISH, vehicle_type })
  await until(async () => (await read(String(body.order_id))).status === 'delivered', 'it delivers', 60_000)
  expect((await tester.call('DELETE', `/v1/test/drivers/${driverId}`)).status).toBe(204)
  expect((await tester.call('GET', `/v1/drivers/${driverId}`)).body.status).toBe('offline')
  await Bun.sleep(1_500)
  expect((await tester.call('GET', `/v1/drivers/${driverId}`)).body.status).toBe('offline')
  expect((await tester.call('GET', '/v1/test/drivers')).text).not.toContain(driverId)
}, 90_000)

test('one whose time is over goes home by itself', async () => {
  const { driverId } = await courierAndOrder('stall')
  await sql`update virtual_couriers set expires_at = now() where driver_id = ${driverId}`
  await until(async () => !(await tester.call('GET', '/v1/test/drivers')).text.includes(driverId), 'it is gone')
  expect((await tester.call('GET', `/v1/drivers/${driverId}`)).body.status).toBe('offline')
}, 30_000)

test('a test order is offered to no live driver, nor the other way round, side by side on the same spot', async () => {
  await node.call('POST', '/v1/drivers', { driver_id: 'drv_spot', vehicle_type: 'spot' })
  await node.call('POST', '/v1/drivers/drv_spot/location', NEAR)
  await node.call('PUT', '/v1/drivers/drv_spot/availability', { status: 'available' })
  const testOrder = String((await tester.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'spot' })).body.order_id)
  await Bun.sleep(1_000)
  expect((await events(testOrder)).map(({ type }) => type)).toEqual(['placed'])
  // The live driver was free all the while.
  const liveOrder = String((await node.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'spot' })).body.order_id)
  const offered = async () => (await node.call('GET', '/v1/offers?driver_id=drv_spot')).body.data as Body[]
  await until(async () => (await offered()).length === 1, 'it is offered the live one')
  expect((await offered())[0]?.order_id).toBe(liveOrder)
  await node.call('POST', `/v1/orders/${liveOrder}/cancel`, { reason: 'done' })

  await tester.call('POST', '/v1/test/drivers', { behaviour: 'accept', near: NEAR, vehicle_type: 'only_test' })
  const unserved = String((await node.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'only_test' })).body.order_id)
  await Bun.sleep(2_000)
  const { body } = await node.call('GET', `/v1/orders/${unserved}/events`)
  expect((body.data as Body[]).map(({ type }) => type)).toEqual(['placed'])
}, 30_000)

test('no dispatcher can bring the two together', async () => {
  await workingDriver(node, 'drv_live')
  const { driverId } = await courierAndOrder('stall')
  const [liveOrder, testOrder] = await Promise.all(
    [node, tester].map(async by =>
      String((await by.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'x' })).body.order_id),
    ),
  )
  for (const [by, orderId, driver] of [
    [node, liveOrder, driverId],
    [tester, testOrder, 'drv_live'],
    [node, testOrder, 'drv_live'],
    [tester, liveOrder, driverId],
  ] as const) {
    const { status, body } = await by.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: driver })
    expect([status, body.code]).toEqual([404, 'not_found'])
  }
})

test('neither sees the other’s orders, drivers, positions, offers or webhooks, one by one or in lists', async () => {
  const { driverId, orderId, vehicle_type } = await courierAndOrder('stall')
  await workingDriver(node, 'drv_live')
  const liveOrder = String((await node.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'x' })).body.order_id)
  const hooks = await Promise.all(
    [node, tester].map(async by => {
      const { body } = await by.call('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9/', events: ['order.adjusted'] })
      return String(body.webhook_id)
    }),
  )
  for (const [by, order, driver, hook] of [
    [node, orderId, driverId, hooks[1]],
    [tester, liveOrder, 'drv_live', hooks[0]],
  ] as const) {
    for (const path of [
      `/v1/orders/${order}`,
      `/v1/orders/${order}/events`,
      `/v1/orders/${order}/decisions`,
      `/v1/orders/${order}/ratings`,
      `/v1/orders/${order}/driver-location`,
      `/v1/drivers/${driver}`,
      `/v1/drivers/${driver}/location`,
      `/v1/drivers/${driver}/route`,
      `/v1/offers?driver_id=${driver}`,
      `/v1/webhooks/${hook}`,
      `/v1/webhooks/${hook}/deliveries`,
    ]) {
      expect([path, (await by.call('GET', path)).status]).toEqual([path, 404])
    }
    const acts = [
      ['POST', `/v1/orders/${order}/cancel`, { reason: 'no' }],
      ['POST', `/v1/orders/${order}/status`, { status: 'at_pickup' }],
      ['POST', `/v1/orders/${order}/unassign`, { reason: 'no' }],
      ['POST', `/v1/orders/${order}/no-show`, undefined],
      ['POST', `/v1/orders/${order}/ratings`, { stars: 1, side: 'driver' }],
      ['PATCH', `/v1/orders/${order}`, { notes: 'no' }],
      ['POST', `/v1/offers/off_${order.slice(4)}-1/accept`, undefined],
      ['POST', `/v1/offers/off_${order.slice(4)}-1/decline`, { reason: 'no' }],
      ['PATCH', `/v1/drivers/${driver}`, { capacity: 2 }],
      ['PUT', `/v1/drivers/${driver}/availability`, { status: 'paused' }],
      ['POST', `/v1/drivers/${driver}/location`, HERE],
      ['POST', `/v1/osmand?id=${driver}&lat=37.77&lon=-122.42`, undefined],
      ['DELETE', `/v1/webhooks/${hook}`, undefined],
    ] as const
    for (const [method, path, body] of acts) {
      expect([path, (await by.call(method, path, body)).status]).toEqual([path, 404])
    }
    const batch = await by.call('POST', '/v1/locations', { locations: [{ driver_id: driver, ...HERE }] })
    expect(batch.body).toMatchObject({ committed: 0, rejected: [{ index: 0, code: 'not_found' }] })
    const near = '/v1/drivers/nearby?lat=37.77&lng=-122.42&radius=5000&limit=500'
    const byStatus = '/v1/orders?limit=500&status=placed,scheduled'
    for (const list of ['/v1/orders?limit=500', byStatus, '/v1/drivers?limit=500', '/v1/webhooks', near]) {
      const { status, text } = await by.call('GET', list)
      expect([list, status]).toEqual([list, 200])
      for (const id of [order, driver, hook]) expect(text).not.toContain(`"${id}"`)
    }
  }
  expect((await tester.call('GET', '/v1/drivers/nearby?lat=37.77&lng=-122.42&radius=5000')).text).toContain(driverId)
  expect((await tester.call('GET', '/v1/orders?limit=500')).text).toContain(orderId)
  expect((await tester.call('GET', '/v1/drivers?limit=500')).text).toContain(vehicle_type)
  expect((await node.call('GET', '/v1/orders?limit=500')).text).toContain(liveOrder)
  await node.call('DELETE', `/v1/webhooks/${hooks[0]}`)
})

test('who watches the fleet, a cell or a driver sees those of its mode', async () => {
  const { driverId } = await courierAndOrder('stall')
  await workingDriver(node, 'drv_live')
  const service = await callerAs(node, 'service', 'svc_1')
  const watchers = await Promise.all(
    [service.token, tester.token].map(async token => {
      const client = await openClient(node, '/v1/live', undefined, token)
      client.send({ type: 'subscribe', topics: ['fleet', `cell:${cellAt(HERE, 7)}`] })
      await client.next(message => message.type === 'subscribed')
      return client
    }),
  )
  for (let n = 0; n < 5; n++) {
    await node.call('POST', '/v1/drivers/drv_live/location', { latitude: 37.77 + n / 10_000, longitude: -122.42 })
    await Bun.sleep(300)
  }
  const [live, testing] = watchers.map(client => JSON.stringify(client.messages))
  expect(live).toContain('drv_live')
  expect(live).not.toContain(driverId)
  expect(testing).toContain(driverId)
  expect(testing).not.toContain('drv_live')
  const [first, second] = watchers
  first?.send({ type: 'subscribe', topics: [`driver:${driverId}`] })
  second?.send({ type: 'subscribe', topics: ['driver:drv_live'] })
  for (const client of watchers) {
    expect(await client.next(message => message.type === 'error')).toMatchObject({ code: 'not_found' })
    client.close()
  }
}, 30_000)

test('a stream of many drivers carries those of its mode', async () => {
  const client = await openClient(node, '/v1/stream', undefined, tester.token)
  client.send({
    type: 'locations',
    seq: 1,
    points: [
      { driver_id: 'drv_live', ...HERE },
      { driver_id: 'tdrv_mine', ...HERE },
    ],
  })
  expect(await client.next(message => message.type === 'error')).toMatchObject({ seq: 1, code: 'not_found' })
  await client.next(message => message.type === 'ack')
  client.close()
  expect((await tester.call('GET', '/v1/drivers/tdrv_mine/location')).status).toBe(200)
})

test('ids say the mode, so a driver cannot be made in the other’s name', async () => {
  expect((await tester.call('POST', '/v1/drivers', { driver_id: 'drv_x' })).body).toMatchObject({
    errors: [{ path: '/driver_id' }],
  })
  expect((await node.call('POST', '/v1/drivers', { driver_id: 'tdrv_x' })).body).toMatchObject({
    errors: [{ path: '/driver_id' }],
  })
  expect(String((await tester.call('POST', '/v1/drivers', {})).body.driver_id)).toStartWith('tdrv_')
  const key = await node.call('POST', '/v1/keys', { name: 'k', mode: 'test', role: 'driver', sub: 'drv_x' })
  expect([key.status, (key.body.errors as Body[])[0]?.path]).toEqual([422, '/sub'])
  const phone = await testKey({ role: 'driver', sub: 'tdrv_phone' })
  expect((await phone.call('POST', '/v1/drivers/tdrv_phone/location', HERE)).status).toBe(202)
})

test('a test quote is priced without surge, and is good for a test order alone', async () => {
  const quote = await tester.call('POST', '/v1/quotes', WISH)
  expect(quote.body).toMatchObject({ surge: { multiplier: 1 } })
  const { quote_id } = quote.body
  expect((await node.call('POST', '/v1/orders', { quote_id })).status).toBe(404)
  const order = await tester.call('POST', '/v1/orders', { quote_id })
  expect([order.status, order.body.quote_id]).toEqual([201, quote_id])
  const live = await node.call('POST', '/v1/quotes', WISH)
  expect((await tester.call('POST', '/v1/orders', { quote_id: live.body.quote_id })).status).toBe(404)
})

test('the same customer with the same idempotency key is another one in tests', async () => {
  const mine = await testKey({ role: 'customer', sub: 'cus_1' })
  const live = await callerAs(node, 'customer', 'cus_1')
  const key = { 'idempotency-key': 'the-same' }
  const [first, second] = [
    await mine.call('POST', '/v1/orders', WISH, key),
    await live.call('POST', '/v1/orders', WISH, key),
  ]
  expect([first.status, second.status]).toEqual([201, 201])
  expect(first.body.order_id).not.toBe(second.body.order_id)
  expect((await mine.call('GET', '/v1/orders')).body.data).toHaveLength(1)
})

test('a tracking link shows its test order, and nothing else does', async () => {
  const { orderId } = await courierAndOrder('stall')
  const { pathname, search } = new URL(String((await read(orderId)).tracking_url))
  expect((await fetch(`${node.url}${pathname}${search}`)).status).toBe(200)
})

test('what keeps no modes apart is closed to test keys, and what is for tests to live ones', async () => {
  for (const [name, { modes = 'live' }] of ACCESS) {
    const [method = '', pattern = ''] = name.split(' ')
    if (method === 'WS' || method === 'TOPIC' || modes === 'both') continue
    const path = pattern.replaceAll(/\{[a-z_]+\}/g, 'x')
    const by = modes === 'live' ? tester : node
    const { status, body } = await by.call(method, path, method === 'GET' || method === 'DELETE' ? undefined : {})
    expect([name, status, body.code]).toEqual([name, 403, 'forbidden'])
  }
})

test('orders of later are promised to a driver of their mode alone, and lists by whatever else have one mode', async () => {
  const { driverId } = await courierAndOrder('accept')
  await workingDriver(node, 'drv_live')
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const later = { ...WISH, vehicle_type: 'x', scheduled_at: inHours(24), reference: 'shop 7' }
  const [testOrder, liveOrder] = await Promise.all(
    [tester, node].map(async by => String((await by.call('POST', '/v1/orders', later)).body.order_id)),
  )
  for (const [by, order, own, other] of [
    [tester, testOrder, driverId, 'drv_live'],
    [node, liveOrder, 'drv_live', driverId],
  ] as const) {
    const across = await by.call('POST', `/v1/orders/${order}/assign`, { driver_id: other })
    expect([across.status, across.body.code]).toEqual([404, 'not_found'])
    const promised = await by.call('POST', `/v1/orders/${order}/assign`, { driver_id: own })
    expect([promised.status, promised.body.status]).toEqual([200, 'scheduled'])
    const due = `due_after=${encodeURIComponent(inHours(23))}&due_before=${encodeURIComponent(inHours(25))}`
    for (const query of ['reference=shop%207', due, 'status=scheduled,delivered&limit=500']) {
      const { status, text } = await by.call('GET', `/v1/orders?${query}`)
      expect([query, status, text.includes(`"${order}"`)]).toEqual([query, 200, true])
      expect(text).not.toContain(String(by === node ? testOrder : liveOrder))
    }
    const changed = await by.call('PATCH', `/v1/orders/${order}`, { notes: 'ring twice' })
    expect([changed.status, changed.body.notes]).toEqual([200, 'ring twice'])
    await by.call('POST', `/v1/orders/${order}/cancel`, { reason: 'done' })
  }
}, 30_000)

test('a changed trip of a test order is priced as it was: by a test quote, without surge', async () => {
  const vehicle_type = `type_${++types}`
  const order = String((await tester.call('POST', '/v1/orders', { ...WISH, vehicle_type })).body.order_id)
  const dropoff = { latitude: 37.8, longitude: -122.4 }
  const asked = await tester.call('PATCH', `/v1/orders/${order}`, { dropoff })
  expect([asked.status, asked.body.code]).toEqual([409, 'price_changed'])
  const quote = asked.body.quote as Body
  expect(quote).toMatchObject({ surge: { multiplier: 1 } })
  expect(String(quote.quote_id)).toMatch(/^quo_t/)
  const agreed = await tester.call('PATCH', `/v1/orders/${order}`, { dropoff, quote_id: quote.quote_id })
  expect([agreed.status, (agreed.body.dropoff as Body).latitude]).toEqual([200, dropoff.latitude])
})

test('what drivers think of a customer in tests is not what they think of it', async () => {
  const vehicle_type = `type_${++types}`
  const made = await tester.call('POST', '/v1/test/drivers', {
    behaviour: 'accept',
    near: NEAR,
    vehicle_type,
    speed_mps: 50,
  })
  const customer_id = 'cus_rated'
  const wish = { ...WISH, vehicle_type, customer_id, proof: ['pin', 'photo'] }
  const order = String((await tester.call('POST', '/v1/orders', wish)).body.order_id)
  // Also with proof: the courier gives it.
  await until(async () => (await read(order)).status === 'delivered', 'it is delivered', 60_000)
  const rated = await tester.call('POST', `/v1/orders/${order}/ratings`, { stars: 1, side: 'driver' })
  expect([rated.status, rated.text]).toEqual([201, rated.text])
  const sumOf = async (by: Pick<Caller, 'call'>) => (await by.call('GET', `/v1/customers/${customer_id}`)).body.ratings
  expect(await sumOf(tester)).toMatchObject({ count: 1 })
  expect((await node.call('GET', `/v1/customers/${customer_id}`)).status).toBe(404)
  await node.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'x', customer_id })
  expect(await sumOf(node)).toMatchObject({ count: 0 })
  await tester.call('DELETE', `/v1/test/drivers/${made.body.driver_id}`)
}, 90_000)

test('a test driver has no vehicle, whoever gives it one', async () => {
  await node.call('POST', '/v1/vehicles', { vehicle_id: 'van-1', type: 'van' })
  await tester.call('POST', '/v1/drivers', { driver_id: 'tdrv_walks' })
  for (const [by, method, path, body, field] of [
    [tester, 'POST', '/v1/drivers', { driver_id: 'tdrv_drives', vehicle_id: 'van-1' }, '/vehicle_id'],
    [tester, 'PATCH', '/v1/drivers/tdrv_walks', { vehicle_id: 'van-1' }, '/vehicle_id'],
    [node, 'PATCH', '/v1/vehicles/van-1', { driver_id: 'tdrv_walks' }, '/driver_id'],
    [node, 'POST', '/v1/vehicles', { vehicle_id: 'van-2', type: 'van', driver_id: 'tdrv_walks' }, '/driver_id'],
  ] as const) {
    const { status, body: refused } = await by.call(method, path, body)
    expect([path, status, (refused.errors as Body[])[0]?.path]).toEqual([path, 422, field])
  }
  expect((await tester.call('GET', '/v1/drivers/tdrv_drives')).status).toBe(404)
  expect((await node.call('GET', '/v1/vehicles/van-1')).body.driver_id).toBeNull()
})

test('who watches a zone sees who crosses it of its mode, and test keys draw none', async () => {
  const place = { latitude: 52.52, longitude: 13.405 }
  const geometry = { type: 'Polygon', coordinates: disc(place, 300)[0] }
  const zone = String((await node.call('POST', '/v1/zones', { name: 'Yard', kind: 'geofence', geometry })).body.zone_id)
  expect((await tester.call('GET', `/v1/zones/${zone}`)).body).toMatchObject({ name: 'Yard' })
  expect((await tester.call('DELETE', `/v1/zones/${zone}`)).status).toBe(403)
  await Bun.sleep(2_500)
  const watchers = await Promise.all(
    [(await callerAs(node, 'service', 'svc_1')).token, tester.token].map(async token => {
      const client = await openClient(node, '/v1/live', undefined, token)
      client.send({ type: 'subscribe', topics: [`zone:${zone}`, 'fleet'] })
      await client.next(message => message.type === 'subscribed')
      return client
    }),
  )
  await tester.call('POST', '/v1/drivers/tdrv_crosses/location', place)
  await node.call('POST', '/v1/drivers/drv_crosses/location', place)
  for (const [i, own] of ['drv_crosses', 'tdrv_crosses'].entries()) {
    const client = watchers[i]
    const entered = await client?.next(message => message.type === 'geofence' && message.topic === `zone:${zone}`)
    expect(entered).toMatchObject({ data: { driver_id: own, event: 'entered' } })
  }
  await Bun.sleep(1_000)
  const [live, testing] = watchers.map(client => JSON.stringify(client.messages))
  expect(live).not.toContain('"tdrv_crosses"')
  expect(testing).not.toContain('"drv_crosses"')
  for (const client of watchers) client.close()
  await node.call('DELETE', `/v1/zones/${zone}`)
}, 30_000)

test('a test key that is rotated has test secrets, those before it included', async () => {
  const made = await node.call('POST', '/v1/keys', { name: 'turned', mode: 'test', role: 'service' })
  const secrets = [String(made.body.secret)]
  for (let n = 0; n < 2; n++) {
    const { status, body } = await node.call('POST', `/v1/keys/${made.body.key_id}/rotate`, { grace_s: 600 })
    expect([status, body.mode]).toEqual([200, 'test'])
    secrets.push(String(body.secret))
  }
  await node.call('POST', '/v1/drivers', { driver_id: 'drv_unseen' })
  for (const secret of secrets) {
    expect(secret).toStartWith('sk_test_')
    const by = caller(node, secret)
    expect((await by.call('GET', '/v1/drivers?limit=500')).text).not.toContain('drv_unseen')
    expect((await by.call('GET', '/v1/drivers/drv_unseen')).status).toBe(404)
    const asLive = await caller(node, secret.replace('sk_test_', 'sk_live_')).call('GET', '/v1/drivers')
    expect(asLive.status).toBe(401)
  }
})
