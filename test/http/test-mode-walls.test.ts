/** Test mode: what a test key sees and makes, and that live and test data never meet. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cellAt } from '../../src/domain/h3.ts'
import { disc } from '../../src/domain/zones/zones.fixtures.ts'
import { ACCESS } from '../../src/http/access/table.ts'
import { until } from '../support/until.ts'
import { type Caller, caller, callerAs, workingDriver } from './callers.ts'
import type { Body } from './node.ts'
import { openClient } from './socket.ts'
import { HERE, NEAR, TestMode, WISH } from './test-mode-rig.ts'

let mode: TestMode

beforeAll(async () => {
  mode = await TestMode.start()
})
afterAll(() => mode.stop())

test('a test order is offered to no live driver, nor the other way round, side by side on the same spot', async () => {
  await mode.node.call('POST', '/v1/drivers', { driver_id: 'drv_spot', vehicle_type: 'spot' })
  await mode.node.call('POST', '/v1/drivers/drv_spot/location', NEAR)
  await mode.node.call('PUT', '/v1/drivers/drv_spot/availability', { status: 'available' })
  const testOrder = String(
    (await mode.tester.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'spot' })).body.order_id,
  )
  await Bun.sleep(1_000)
  expect((await mode.events(testOrder)).map(({ type }) => type)).toEqual(['placed'])
  // The live driver was free all the while.
  const liveOrder = String(
    (await mode.node.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'spot' })).body.order_id,
  )
  const offered = async () => (await mode.node.call('GET', '/v1/offers?driver_id=drv_spot')).body.data as Body[]
  await until(async () => (await offered()).length === 1, 'it is offered the live one')
  expect((await offered())[0]?.order_id).toBe(liveOrder)
  await mode.node.call('POST', `/v1/orders/${liveOrder}/cancel`, { reason: 'done' })

  await mode.tester.call('POST', '/v1/test/drivers', { behaviour: 'accept', near: NEAR, vehicle_type: 'only_test' })
  const unserved = String(
    (await mode.node.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'only_test' })).body.order_id,
  )
  await Bun.sleep(2_000)
  const { body } = await mode.node.call('GET', `/v1/orders/${unserved}/events`)
  expect((body.data as Body[]).map(({ type }) => type)).toEqual(['placed'])
}, 30_000)

test('no dispatcher can bring the two together', async () => {
  await workingDriver(mode.node, 'drv_live')
  const { driverId } = await mode.courierAndOrder('stall')
  const [liveOrder, testOrder] = await Promise.all(
    [mode.node, mode.tester].map(async by =>
      String((await by.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'x' })).body.order_id),
    ),
  )
  for (const [by, orderId, driver] of [
    [mode.node, liveOrder, driverId],
    [mode.tester, testOrder, 'drv_live'],
    [mode.node, testOrder, 'drv_live'],
    [mode.tester, liveOrder, driverId],
  ] as const) {
    const { status, body } = await by.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: driver })
    expect([status, body.code]).toEqual([404, 'not_found'])
  }
})

test('neither sees the other’s orders, drivers, positions, offers or webhooks, one by one or in lists', async () => {
  const { driverId, orderId, vehicle_type } = await mode.courierAndOrder('stall')
  await workingDriver(mode.node, 'drv_live')
  const liveOrder = String((await mode.node.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'x' })).body.order_id)
  const hooks = await Promise.all(
    [mode.node, mode.tester].map(async by => {
      const { body } = await by.call('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9/', events: ['order.adjusted'] })
      return String(body.webhook_id)
    }),
  )
  for (const [by, order, driver, hook] of [
    [mode.node, orderId, driverId, hooks[1]],
    [mode.tester, liveOrder, 'drv_live', hooks[0]],
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
  expect((await mode.tester.call('GET', '/v1/drivers/nearby?lat=37.77&lng=-122.42&radius=5000')).text).toContain(
    driverId,
  )
  expect((await mode.tester.call('GET', '/v1/orders?limit=500')).text).toContain(orderId)
  expect((await mode.tester.call('GET', '/v1/drivers?limit=500')).text).toContain(vehicle_type)
  expect((await mode.node.call('GET', '/v1/orders?limit=500')).text).toContain(liveOrder)
  await mode.node.call('DELETE', `/v1/webhooks/${hooks[0]}`)
})

test('who watches the fleet, a cell or a driver sees those of its mode', async () => {
  const { driverId } = await mode.courierAndOrder('stall')
  await workingDriver(mode.node, 'drv_live')
  const service = await callerAs(mode.node, 'service', 'svc_1')
  const watchers = await Promise.all(
    [service.token, mode.tester.token].map(async token => {
      const client = await openClient(mode.node, '/v1/live', undefined, token)
      client.send({ type: 'subscribe', topics: ['fleet', `cell:${cellAt(HERE, 7)}`] })
      await client.next(message => message.type === 'subscribed')
      return client
    }),
  )
  for (let n = 0; n < 5; n++) {
    await mode.node.call('POST', '/v1/drivers/drv_live/location', { latitude: 37.77 + n / 10_000, longitude: -122.42 })
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
  const client = await openClient(mode.node, '/v1/stream', undefined, mode.tester.token)
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
  expect((await mode.tester.call('GET', '/v1/drivers/tdrv_mine/location')).status).toBe(200)
})

test('ids say the mode, so a driver cannot be made in the other’s name', async () => {
  expect((await mode.tester.call('POST', '/v1/drivers', { driver_id: 'drv_x' })).body).toMatchObject({
    errors: [{ path: '/driver_id' }],
  })
  expect((await mode.node.call('POST', '/v1/drivers', { driver_id: 'tdrv_x' })).body).toMatchObject({
    errors: [{ path: '/driver_id' }],
  })
  expect(String((await mode.tester.call('POST', '/v1/drivers', {})).body.driver_id)).toStartWith('tdrv_')
  const key = await mode.node.call('POST', '/v1/keys', { name: 'k', mode: 'test', role: 'driver', sub: 'drv_x' })
  expect([key.status, (key.body.errors as Body[])[0]?.path]).toEqual([422, '/sub'])
  const phone = await mode.testKey({ role: 'driver', sub: 'tdrv_phone' })
  expect((await phone.call('POST', '/v1/drivers/tdrv_phone/location', HERE)).status).toBe(202)
})

test('a test quote is priced without surge, and is good for a test order alone', async () => {
  const quote = await mode.tester.call('POST', '/v1/quotes', WISH)
  expect(quote.body).toMatchObject({ surge: { multiplier: 1 } })
  const { quote_id } = quote.body
  expect((await mode.node.call('POST', '/v1/orders', { quote_id })).status).toBe(404)
  const order = await mode.tester.call('POST', '/v1/orders', { quote_id })
  expect([order.status, order.body.quote_id]).toEqual([201, quote_id])
  const live = await mode.node.call('POST', '/v1/quotes', WISH)
  expect((await mode.tester.call('POST', '/v1/orders', { quote_id: live.body.quote_id })).status).toBe(404)
})

test('the same customer with the same idempotency key is another one in tests', async () => {
  const mine = await mode.testKey({ role: 'customer', sub: 'cus_1' })
  const live = await callerAs(mode.node, 'customer', 'cus_1')
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
  const { orderId } = await mode.courierAndOrder('stall')
  const { pathname, search } = new URL(String((await mode.read(orderId)).tracking_url))
  expect((await fetch(`${mode.node.url}${pathname}${search}`)).status).toBe(200)
})

test('what keeps no modes apart is closed to test keys, and what is for tests to live ones', async () => {
  for (const [name, { modes = 'live' }] of ACCESS) {
    const [method = '', pattern = ''] = name.split(' ')
    if (method === 'WS' || method === 'TOPIC' || modes === 'both') continue
    const path = pattern.replaceAll(/\{[a-z_]+\}/g, 'x')
    const by = modes === 'live' ? mode.tester : mode.node
    const { status, body } = await by.call(method, path, method === 'GET' || method === 'DELETE' ? undefined : {})
    expect([name, status, body.code]).toEqual([name, 403, 'forbidden'])
  }
})

test('orders of later are promised to a driver of their mode alone, and lists by whatever else have one mode', async () => {
  const { driverId } = await mode.courierAndOrder('accept')
  await workingDriver(mode.node, 'drv_live')
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const later = { ...WISH, vehicle_type: 'x', scheduled_at: inHours(24), reference: 'shop 7' }
  const [testOrder, liveOrder] = await Promise.all(
    [mode.tester, mode.node].map(async by => String((await by.call('POST', '/v1/orders', later)).body.order_id)),
  )
  for (const [by, order, own, other] of [
    [mode.tester, testOrder, driverId, 'drv_live'],
    [mode.node, liveOrder, 'drv_live', driverId],
  ] as const) {
    const across = await by.call('POST', `/v1/orders/${order}/assign`, { driver_id: other })
    expect([across.status, across.body.code]).toEqual([404, 'not_found'])
    const promised = await by.call('POST', `/v1/orders/${order}/assign`, { driver_id: own })
    expect([promised.status, promised.body.status]).toEqual([200, 'scheduled'])
    const due = `due_after=${encodeURIComponent(inHours(23))}&due_before=${encodeURIComponent(inHours(25))}`
    for (const query of ['reference=shop%207', due, 'status=scheduled,delivered&limit=500']) {
      const { status, text } = await by.call('GET', `/v1/orders?${query}`)
      expect([query, status, text.includes(`"${order}"`)]).toEqual([query, 200, true])
      expect(text).not.toContain(String(by === mode.node ? testOrder : liveOrder))
    }
    const changed = await by.call('PATCH', `/v1/orders/${order}`, { notes: 'ring twice' })
    expect([changed.status, changed.body.notes]).toEqual([200, 'ring twice'])
    await by.call('POST', `/v1/orders/${order}/cancel`, { reason: 'done' })
  }
}, 30_000)

test('a changed trip of a test order is priced as it was: by a test quote, without surge', async () => {
  const vehicle_type = mode.newType()
  const order = String((await mode.tester.call('POST', '/v1/orders', { ...WISH, vehicle_type })).body.order_id)
  const dropoff = { latitude: 37.8, longitude: -122.4 }
  const asked = await mode.tester.call('PATCH', `/v1/orders/${order}`, { dropoff })
  expect([asked.status, asked.body.code]).toEqual([409, 'price_changed'])
  const quote = asked.body.quote as Body
  expect(quote).toMatchObject({ surge: { multiplier: 1 } })
  expect(String(quote.quote_id)).toMatch(/^quo_t/)
  const agreed = await mode.tester.call('PATCH', `/v1/orders/${order}`, { dropoff, quote_id: quote.quote_id })
  expect([agreed.status, (agreed.body.dropoff as Body).latitude]).toEqual([200, dropoff.latitude])
})

test('what drivers think of a customer in tests is not what they think of it', async () => {
  const vehicle_type = mode.newType()
  const made = await mode.tester.call('POST', '/v1/test/drivers', {
    behaviour: 'accept',
    near: NEAR,
    vehicle_type,
    speed_mps: 50,
  })
  const customer_id = 'cus_rated'
  const wish = { ...WISH, vehicle_type, customer_id, proof: ['pin', 'photo'] }
  const order = String((await mode.tester.call('POST', '/v1/orders', wish)).body.order_id)
  // Also with proof: the courier gives it.
  await until(async () => (await mode.read(order)).status === 'delivered', 'it is delivered', 60_000)
  const rated = await mode.tester.call('POST', `/v1/orders/${order}/ratings`, { stars: 1, side: 'driver' })
  expect([rated.status, rated.text]).toEqual([201, rated.text])
  const sumOf = async (by: Pick<Caller, 'call'>) => (await by.call('GET', `/v1/customers/${customer_id}`)).body.ratings
  expect(await sumOf(mode.tester)).toMatchObject({ count: 1 })
  expect((await mode.node.call('GET', `/v1/customers/${customer_id}`)).status).toBe(404)
  await mode.node.call('POST', '/v1/orders', { ...WISH, vehicle_type: 'x', customer_id })
  expect(await sumOf(mode.node)).toMatchObject({ count: 0 })
  await mode.tester.call('DELETE', `/v1/test/drivers/${made.body.driver_id}`)
}, 90_000)

test('a test driver has no vehicle, whoever gives it one', async () => {
  await mode.node.call('POST', '/v1/vehicles', { vehicle_id: 'van-1', type: 'van' })
  await mode.tester.call('POST', '/v1/drivers', { driver_id: 'tdrv_walks' })
  for (const [by, method, path, body, field] of [
    [mode.tester, 'POST', '/v1/drivers', { driver_id: 'tdrv_drives', vehicle_id: 'van-1' }, '/vehicle_id'],
    [mode.tester, 'PATCH', '/v1/drivers/tdrv_walks', { vehicle_id: 'van-1' }, '/vehicle_id'],
    [mode.node, 'PATCH', '/v1/vehicles/van-1', { driver_id: 'tdrv_walks' }, '/driver_id'],
    [mode.node, 'POST', '/v1/vehicles', { vehicle_id: 'van-2', type: 'van', driver_id: 'tdrv_walks' }, '/driver_id'],
  ] as const) {
    const { status, body: refused } = await by.call(method, path, body)
    expect([path, status, (refused.errors as Body[])[0]?.path]).toEqual([path, 422, field])
  }
  expect((await mode.tester.call('GET', '/v1/drivers/tdrv_drives')).status).toBe(404)
  expect((await mode.node.call('GET', '/v1/vehicles/van-1')).body.driver_id).toBeNull()
})

test('who watches a zone sees who crosses it of its mode, and test keys draw none', async () => {
  const place = { latitude: 52.52, longitude: 13.405 }
  const geometry = { type: 'Polygon', coordinates: disc(place, 300)[0] }
  const zone = String(
    (await mode.node.call('POST', '/v1/zones', { name: 'Yard', kind: 'geofence', geometry })).body.zone_id,
  )
  expect((await mode.tester.call('GET', `/v1/zones/${zone}`)).body).toMatchObject({ name: 'Yard' })
  expect((await mode.tester.call('DELETE', `/v1/zones/${zone}`)).status).toBe(403)
  await Bun.sleep(2_500)
  const watchers = await Promise.all(
    [(await callerAs(mode.node, 'service', 'svc_1')).token, mode.tester.token].map(async token => {
      const client = await openClient(mode.node, '/v1/live', undefined, token)
      client.send({ type: 'subscribe', topics: [`zone:${zone}`, 'fleet'] })
      await client.next(message => message.type === 'subscribed')
      return client
    }),
  )
  await mode.tester.call('POST', '/v1/drivers/tdrv_crosses/location', place)
  await mode.node.call('POST', '/v1/drivers/drv_crosses/location', place)
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
  await mode.node.call('DELETE', `/v1/zones/${zone}`)
}, 30_000)

test('a test key that is rotated has test secrets, those before it included', async () => {
  const made = await mode.node.call('POST', '/v1/keys', { name: 'turned', mode: 'test', role: 'service' })
  const secrets = [String(made.body.secret)]
  for (let n = 0; n < 2; n++) {
    const { status, body } = await mode.node.call('POST', `/v1/keys/${made.body.key_id}/rotate`, { grace_s: 600 })
    expect([status, body.mode]).toEqual([200, 'test'])
    secrets.push(String(body.secret))
  }
  await mode.node.call('POST', '/v1/drivers', { driver_id: 'drv_unseen' })
  for (const secret of secrets) {
    expect(secret).toStartWith('sk_test_')
    const by = caller(mode.node, secret)
    expect((await by.call('GET', '/v1/drivers?limit=500')).text).not.toContain('drv_unseen')
    expect((await by.call('GET', '/v1/drivers/drv_unseen')).status).toBe(404)
    const asLive = await caller(mode.node, secret.replace('sk_test_', 'sk_live_')).call('GET', '/v1/drivers')
    expect(asLive.status).toBe(401)
  }
})
