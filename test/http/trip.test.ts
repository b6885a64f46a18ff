/** Every route on its happy path: one trip from the quote to the door, and what can be asked of it on the way. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../support/until.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

const PICKUP = { latitude: 37.77, longitude: -122.42 }
const DROPOFF = { latitude: 37.79, longitude: -122.41 }

let node: TestNode

beforeAll(async () => {
  node = await startTestNode()
})

afterAll(async () => {
  await node.stop()
})

async function newDriver(driverId: string, place = PICKUP): Promise<void> {
  expect((await node.call('POST', '/v1/drivers', { driver_id: driverId, name: driverId })).status).toBe(201)
  expect((await node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'available' })).status).toBe(200)
  // One is enough: a driver that has just come on duty must not wait for its next position to be seen.
  expect((await node.call('POST', `/v1/drivers/${driverId}/location`, place)).body.status).toBe('committed')
}

async function retire(driverId: string): Promise<void> {
  await node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'offline' })
}

async function newOrder(body: Body = {}): Promise<string> {
  const { status, body: order } = await node.call('POST', '/v1/orders', { pickup: PICKUP, dropoff: DROPOFF, ...body })
  expect(status).toBe(201)
  return String(order.order_id)
}

async function offerTo(driverId: string): Promise<string> {
  let offerId = ''
  await until(async () => {
    const { body } = await node.call('GET', `/v1/offers?driver_id=${driverId}`)
    offerId = (body.data as { offer_id: string }[] | undefined)?.[0]?.offer_id ?? ''
    return offerId !== ''
  }, `${driverId} has an offer`)
  return offerId
}

async function statusOf(orderId: string): Promise<unknown> {
  return (await node.call('GET', `/v1/orders/${orderId}`)).body.status
}

test('operations say that the node is up, ready, and what it is', async () => {
  expect((await node.call('GET', '/health')).body).toEqual({ status: 'ok' })
  expect((await node.call('GET', '/ready')).body).toMatchObject({ status: 'ready', missing: [], unsafe: false })
  expect((await node.call('GET', '/version')).body).toMatchObject({ name: 'waggle', bun: Bun.version })
  expect((await node.call('GET', '/metrics')).text).toContain('waggle_shards 8\n')
  expect((await node.call('GET', '/docs')).text).toContain('/openapi.json')
})

test('a driver is registered once, read, changed and listed', async () => {
  const profile = { driver_id: '4711', name: 'Änne', vehicle_type: 'bike', capacity: 2, skills: ['fragile'] }
  const made = await node.call('POST', '/v1/drivers', profile)
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({ ...profile, status: 'offline', load: 0, phone: null })
  expect((await node.call('POST', '/v1/drivers', profile)).body.code).toBe('already_exists')
  expect(String((await node.call('POST', '/v1/drivers', {})).body.driver_id)).toStartWith('drv_')

  const patched = await node.call('PATCH', '/v1/drivers/4711', { phone: '+1', vehicle_type: null })
  expect(patched.body).toMatchObject({ name: 'Änne', phone: '+1', vehicle_type: null, capacity: 2 })
  const ratings = { count: 0, average: null }
  expect((await node.call('GET', '/v1/drivers/4711')).body).toEqual({ ...patched.body, ratings })
  const cleared = await node.call('PATCH', '/v1/drivers/4711', { name: null, capacity: null, skills: null })
  expect(cleared.body).toMatchObject({ name: null, phone: '+1', capacity: 1, skills: [] })
  const page = await node.call('GET', '/v1/drivers?limit=1')
  expect(page.body.data).toHaveLength(1)
  const rest = await node.call('GET', `/v1/drivers?cursor=${page.body.next_cursor}`)
  expect(rest.body).toMatchObject({ next_cursor: null })
})

test('a position is read back at once, near by, and in the route; the old paths answer too', async () => {
  const sent = { ...PICKUP, speed: 4.5, heading: 360, accuracy: 3, order_id: '99' }
  const { status, body } = await node.call('POST', '/api/v1/drivers/pos_1/location', sent)
  expect([status, body.status]).toEqual([202, 'committed'])
  await until(async () => (await node.call('GET', '/v1/drivers/pos_1/location')).status === 200, 'it is seen')

  for (const root of ['/v1', '/api/v1']) {
    const current = await node.call('GET', `${root}/drivers/pos_1/location`)
    expect(current.body).toMatchObject({ driver_id: 'pos_1', ...sent, stale: false, recorded_at: body.recorded_at })
    const near = await node.call('GET', `${root}/drivers/nearby?lat=37.7701&lng=-122.42&radius=50`)
    expect(near.body.drivers).toMatchObject([{ driver_id: 'pos_1', distance_m: 11.1 }])
    const route = await node.call('GET', `${root}/drivers/pos_1/route`)
    expect(route.body).toMatchObject({ data: [sent], next_cursor: null })
  }
  const geo = await node.call('GET', '/v1/drivers/pos_1/route?format=geojson')
  expect(geo.headers.get('content-type')).toBe('application/geo+json')
  expect(geo.body).toMatchObject({
    type: 'Feature',
    geometry: { type: 'LineString' },
    properties: { times: [body.recorded_at] },
  })
  expect((await node.call('GET', '/v1/drivers/nearby?lat=37.77&lng=-122.42&vehicle_type=plane')).body).toEqual({
    drivers: [],
  })
})

test('a route is paged, oldest first', async () => {
  const atMs = (i: number) => new Date(Date.now() - 60_000 + i * 1_000).toISOString()
  for (let i = 0; i < 5; i++) await node.call('POST', '/v1/drivers/pos_2/location', { ...PICKUP, recorded_at: atMs(i) })
  const seen: unknown[] = []
  let cursor = ''
  do {
    const { body } = await node.call('GET', `/v1/drivers/pos_2/route?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...(body.data as { recorded_at: string }[]).map(point => point.recorded_at))
    cursor = String(body.next_cursor ?? '')
  } while (cursor)
  expect(seen).toHaveLength(5)
  expect(seen).toEqual([...seen].sort())
})

test('a trip: quoted, ordered, offered, accepted, driven, delivered', async () => {
  await newDriver('trip_1')
  const quote = (await node.call('POST', '/v1/quotes', { pickup: { ...PICKUP, address: 'A' }, dropoff: DROPOFF })).body
  const lines = quote.breakdown as { amount: number }[]
  expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(Number(quote.amount))
  expect(quote).toMatchObject({ currency: 'USD', ruleset_version: '1', surge: { multiplier: 1 }, pickup_eta_s: 0 })

  const orderId = await newOrder({
    pickup: undefined,
    dropoff: undefined,
    quote_id: quote.quote_id,
    customer_id: 'cus_1',
  })
  const offerId = await offerTo('trip_1')
  expect((await node.call('GET', '/v1/drivers/trip_1')).body.status).toBe('offered')
  const accepted = await node.call('POST', `/v1/offers/${offerId}/accept`)
  expect(accepted.status).toBe(200)
  expect(accepted.body).toMatchObject({
    order_id: orderId,
    status: 'assigned',
    driver: { driver_id: 'trip_1', name: 'trip_1' },
    price: { amount: quote.amount, currency: 'USD' },
    pickup: { ...PICKUP, address: 'A' },
    tracking_url: expect.stringContaining(`/v1/orders/${orderId}/driver-location`),
  })
  const repeat = await node.call('POST', `/v1/offers/${offerId}/accept`)
  expect([repeat.status, repeat.body.version]).toEqual([200, accepted.body.version])

  const skipped = await node.call('POST', `/v1/orders/${orderId}/status`, { status: 'delivered' })
  expect([skipped.status, skipped.body.code]).toEqual([409, 'invalid_transition'])
  expect((await node.call('GET', `/v1/orders/${orderId}/driver-location`)).body).toMatchObject({
    driver_id: 'trip_1',
  })
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered', 'delivered']) {
    expect((await node.call('POST', `/v1/orders/${orderId}/status`, { status })).body.status).toBe(status)
  }

  const events = (await node.call('GET', `/v1/orders/${orderId}/events`)).body.data as Body[]
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
  expect(events.map(({ type, status }) => `${type} ${status}`)).toEqual([
    'placed placed',
    'offered placed',
    'assigned assigned',
    'status en_route_to_pickup',
    'status at_pickup',
    'status en_route_to_dropoff',
    'status delivered',
  ])
  const first = (await node.call('GET', `/v1/orders/${orderId}/events?limit=3`)).body
  const second = (await node.call('GET', `/v1/orders/${orderId}/events?limit=3&cursor=${first.next_cursor}`)).body
  expect([...(first.data as Body[]), ...(second.data as Body[])]).toEqual(events.slice(0, 6))
  const [decision] = (await node.call('GET', `/v1/orders/${orderId}/decisions`)).body.data as Body[]
  expect(decision).toMatchObject({ chosen: { driver_id: 'trip_1' } })

  const listed = await node.call('GET', '/v1/orders?customer_id=cus_1&status=delivered&driver_id=trip_1')
  expect((listed.body.data as Body[]).map(order => order.order_id)).toEqual([orderId])
  expect((await node.call('GET', '/v1/orders?customer_id=cus_1&created_after=2999-01-01T00:00:00Z')).body.data).toEqual(
    [],
  )
  expect((await node.call('GET', `/v1/orders/${orderId}/driver-location`)).status).toBe(404)
  await retire('trip_1')
})

test('the location of a busy driver names its order, whatever its phone sends; that of a free one what was sent', async () => {
  await newDriver('names_1')
  const orderId = await newOrder({ vehicle_type: 'nobody_has_it' })
  const orderOf = async () => (await node.call('GET', '/v1/drivers/names_1/location')).body.order_id
  await node.call('POST', '/v1/drivers/names_1/location', { ...PICKUP, order_id: 'of_another_system' })
  await until(async () => (await orderOf()) === 'of_another_system', 'what was sent is shown')
  await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: 'names_1' })
  await until(async () => (await orderOf()) === orderId, 'it names its order')
  await node.call('POST', '/v1/drivers/names_1/location', PICKUP)
  expect(await orderOf()).toBe(orderId)
  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'x' })
  await until(async () => (await orderOf()) === null, 'it has none')
  await retire('names_1')
})

test('a declined offer goes to another driver, and cannot be accepted any more', async () => {
  await newDriver('decline_1')
  const orderId = await newOrder()
  const offerId = await offerTo('decline_1')
  const declined = await node.call('POST', `/v1/offers/${offerId}/decline`, { reason: 'lunch' })
  expect([declined.status, declined.body.status]).toEqual([200, 'placed'])
  const late = await node.call('POST', `/v1/offers/${offerId}/accept`)
  expect([late.status, late.body.code]).toEqual([409, 'offer_closed'])

  await newDriver('decline_2')
  expect((await node.call('POST', `/v1/offers/${await offerTo('decline_2')}/accept`)).body.order_id).toBe(orderId)
  const cancelled = await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'too late' })
  expect(cancelled.body).toMatchObject({ status: 'cancelled', reason: 'too late' })
  for (const id of ['decline_1', 'decline_2']) await retire(id)
})

test('a dispatcher assigns, takes back and assigns to another; a driver that is off duty is unavailable', async () => {
  const orderId = await newOrder({ vehicle_type: 'nobody_has_it' })
  await newDriver('disp_1')
  await newDriver('disp_2')
  const assigned = await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: 'disp_1' })
  expect(assigned.body).toMatchObject({ status: 'assigned', driver: { driver_id: 'disp_1' } })
  expect((await node.call('POST', `/v1/orders/${orderId}/unassign`, { reason: 'flat tyre' })).body.status).toBe(
    'placed',
  )
  const again = await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: 'disp_2' })
  expect(again.body).toMatchObject({ status: 'assigned', driver: { driver_id: 'disp_2' } })

  await until(async () => (await node.call('GET', '/v1/drivers/disp_1')).body.load === 0, 'the first is free again')
  await retire('disp_1')
  const refused = await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: 'disp_1' })
  expect([refused.status, refused.body.code]).toEqual([409, 'driver_unavailable'])
  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'done' })
  await retire('disp_2')
})

test('a scheduled order waits for its time', async () => {
  const at = new Date(Date.now() + 86_400_000).toISOString()
  const orderId = await newOrder({ scheduled_at: at })
  expect((await node.call('GET', `/v1/orders/${orderId}`)).body).toMatchObject({
    status: 'scheduled',
    scheduled_at: at,
  })
  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'x' })
})

test('an order says when it is ready, if it is not at once', async () => {
  const at = new Date(Date.now() + 900_000).toISOString()
  const later = await newOrder({ ready_at: at, vehicle_type: 'nobody_has_it' })
  expect((await node.call('GET', `/v1/orders/${later}`)).body).toMatchObject({ status: 'placed', ready_at: at })
  const now = await newOrder({ vehicle_type: 'nobody_has_it' })
  expect((await node.call('GET', `/v1/orders/${now}`)).body.ready_at).toBeNull()
  for (const id of [later, now]) await node.call('POST', `/v1/orders/${id}/cancel`, { reason: 'x' })
})

test('one idempotency key makes one order, however often and however many at once', async () => {
  const body = { pickup: PICKUP, dropoff: DROPOFF, reference: 'once', vehicle_type: 'nobody_has_it' }
  const send = () => node.call('POST', '/v1/orders', body, { 'idempotency-key': 'key-1' })
  const answers = await Promise.all(Array.from({ length: 20 }, send))
  const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body: order }) => order.order_id))
  expect(ids.size).toBe(1)
  for (const { status, body: problem } of answers.filter(({ status }) => status !== 201)) {
    expect([status, problem.code]).toEqual([409, 'idempotency_in_progress'])
  }

  const [orderId] = ids
  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'x' })
  expect((await send()).body).toMatchObject({ order_id: orderId, status: 'placed', version: 1 })
  const other = await node.call('POST', '/v1/orders', { ...body, reference: 'twice' }, { 'idempotency-key': 'key-1' })
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
  expect(await statusOf(String(orderId))).toBe('cancelled')
})

test('quotes and drivers honour the key too', async () => {
  for (const [path, body, id] of [
    ['/v1/quotes', { pickup: PICKUP, dropoff: DROPOFF }, 'quote_id'],
    ['/v1/drivers', { name: 'Once' }, 'driver_id'],
  ] as const) {
    const [first, second] = [
      await node.call('POST', path, body, { 'idempotency-key': 'same' }),
      await node.call('POST', path, body, { 'idempotency-key': 'same' }),
    ]
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body).toEqual(first.body)
    expect(first.body[id]).toBeString()
  }
})

test('the document describes every route, and the answers that it promises', async () => {
  const { body } = await node.call('GET', '/openapi.json')
  expect(body.openapi).toBe('3.1.0')
  const paths = body.paths as Record<string, Record<string, { responses: object; operationId: string }>>
  const operations = Object.values(paths).flatMap(path => Object.values(path))
  expect(new Set(operations.map(o => o.operationId)).size).toBe(operations.length)
  expect(Object.keys(paths['/v1/orders']?.post?.responses ?? {}).sort()).toEqual([
    '201',
    '400',
    '401',
    '403',
    '404',
    '409',
    '410',
    '413',
    '415',
    '422',
    '429',
    '503',
  ])
  const named = Object.keys((body.components as { schemas: object }).schemas)
  const used = [...JSON.stringify(body).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => String(name))
  expect([...new Set(used)].sort()).toEqual(named.sort())
})

test('the AsyncAPI document parses, and says where its node is', async () => {
  const { status, text } = await node.call('GET', '/asyncapi.json')
  const document = JSON.parse(text)

  expect(status).toBe(200)
  expect(document.asyncapi).toBe('3.0.0')
  expect(document.servers.node).toMatchObject({ host: `localhost:${new URL(node.url).port}`, protocol: 'ws' })
})
