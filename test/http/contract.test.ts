/**
 * Every operation of the OpenAPI document, driven on a whole node: each answer is as the document says, and each status that
 * the document names comes, except those that only a broken or crowded node gives.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readDocuments } from '../../src/contract/documents.ts'
import { cellAt, PRICE_RES } from '../../src/domain/h3.ts'
import { disc } from '../../src/domain/zones/zones.fixtures.ts'
import { ContractBook } from '../support/contract-book.ts'
import { until } from '../support/until.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { callerAs, TOKEN_ENV } from './callers.ts'
import { type Answer, type Body, startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const FAR = { latitude: 52.52, longitude: 13.405 }
const WISH = { pickup: HERE, dropoff: THERE, vehicle_type: 'nobody_has_it' }
const RULES = {
  currency: 'EUR',
  base_minor: 300,
  per_km_minor: 150,
  per_minute_minor: 30,
  minimum_minor: 700,
  round_to_minor: 10,
}
const NOBODY: Readonly<Record<string, string>> = {
  order_id: 'ord_0001m7ybkwqy9p8mkyj0vw',
  offer_id: 'off_0001m7ybkwqy9p8mkyj0vw-1',
}
/** Bodies that are right, for requests whose object is not there. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /v1/drivers/{driver_id}/location': HERE,
  'POST /api/v1/drivers/{driver_id}/location': HERE,
  'PUT /v1/drivers/{driver_id}/availability': { status: 'paused' },
  'POST /v1/orders/{order_id}/ratings': { stars: 5, side: 'customer' },
  'POST /v1/orders/{order_id}/cancel': { reason: 'x' },
  'POST /v1/orders/{order_id}/status': { status: 'at_pickup' },
  'POST /v1/orders/{order_id}/no-show': { reason: 'x' },
  'POST /v1/orders/{order_id}/assign': { driver_id: 'd1' },
  'POST /v1/orders/{order_id}/unassign': { reason: 'x' },
}
/** Too many, too much, or a part that is down: each has tests of its own, where that is brought about. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  // What is in use by a driver at work or an order: vehicles.test.ts, zones.test.ts; an agreed price that has run out: amend.test.ts.
  'PATCH /v1/drivers/{driver_id} 409',
  'PATCH /v1/vehicles/{vehicle_id} 409',
  'DELETE /v1/vehicles/{vehicle_id} 409',
  'DELETE /v1/zones/{zone_id} 409',
  'PATCH /v1/orders/{order_id} 410',
])
const OF_TROUBLE = /^(?!GET \/ready).* (429|503)$|^GET \/ready 503$/

let node: TestNode
let book: ContractBook
let receiver: WebhookReceiver
/** A key of the test mode: its routes are for no other. */
let trial: { readonly authorization: string }

beforeAll(async () => {
  node = await startTestNode({
    ...TOKEN_ENV,
    WAGGLE_AUTO_REGISTER: 'false',
    WAGGLE_QUOTE_TTL_S: '1',
    WAGGLE_WEBHOOKS_ALLOW_PRIVATE: 'true',
  })
  book = new ContractBook((await readDocuments(node.url)).openApi)
  receiver = new WebhookReceiver()
  const { body } = await post('/v1/keys', { name: 'Trial', role: 'admin', mode: 'test' })
  trial = { authorization: `Bearer ${body.secret}` }
})

afterAll(async () => {
  await receiver.stop()
  await node.stop()
})

async function call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  const answer = await node.call(method, path, body, headers)
  book.note(method, path, answer)
  return answer
}

const post = (path: string, body?: unknown, headers?: Record<string, string>) => call('POST', path, body, headers)
const get = (path: string) => call('GET', path)

async function placed(more: object = {}): Promise<string> {
  return String((await post('/v1/orders', { ...WISH, ...more })).body.order_id)
}

function pathOf(pattern: string): string {
  return pattern.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => NOBODY[name] ?? 'nobody')
}

test('whoever has no key, one that is too narrow, or names what is not there is refused as the document says', async () => {
  const narrow = await callerAs(node, 'admin', 'narrow', { scopes: ['zones:read'] })
  const other = await callerAs(node, 'admin', 'other', { scopes: ['pricing:read'] })
  for (const { method, path, security, responses } of book.operations) {
    if (security.length === 0) continue
    const where = pathOf(path)
    const body = BODIES[`${method} ${path}`] ?? (method === 'PATCH' || method === 'PUT' ? {} : undefined)
    await call(method, where, body, { authorization: 'Bearer wrong' })
    const { token } = path.startsWith('/v1/zones') ? other : narrow
    await call(method, where, body, { authorization: `Bearer ${token}` })
    if (responses['404'] !== undefined && path.includes('{')) await call(method, where, body)
  }
  expect(book.broken).toEqual([])
})

test('bodies and queries that are wrong are refused as the document says', async () => {
  for (const { method, path, requestBody, parameters, responses } of book.operations) {
    const isTrial = path.startsWith('/v1/test/')
    const where = isTrial ? pathOf(path).replace('/nobody', '/tdrv_nobody') : pathOf(path)
    const by = isTrial ? trial : {}
    if (requestBody !== undefined) {
      await call(method, where, '{', by)
      await call(method, where, '{}', { ...by, 'content-type': 'text/plain' })
      await call(method, where, JSON.stringify({ x: 'x'.repeat(600_000) }), by)
      await call(method, where, '[]', by)
    } else if (responses['422'] !== undefined) {
      const query = parameters.filter(parameter => parameter.in === 'query').map(({ name }) => `${name}=%00`)
      await call(
        method,
        `${where.replace('nobody', 'no%20id')}${query.length > 0 ? `?${query.join('&')}` : ''}`,
        undefined,
        by,
      )
    }
  }
  expect(book.broken).toEqual([])
})

test('drivers, vehicles and positions', async () => {
  const phone = await callerAs(node, 'driver', 'd1')
  await post('/v1/drivers', { driver_id: 'd1', name: 'Ada', capacity: 10 }, { 'idempotency-key': 'driver-1' })
  await post('/v1/drivers', { driver_id: 'd1' })
  await call('PATCH', '/v1/drivers/d1', { phone: '+1' })
  await call('PUT', '/v1/drivers/d1/availability', { status: 'available' })
  for (const root of ['/v1', '/api/v1']) {
    await post(`${root}/drivers/d1/location`, { ...HERE, speed: 3, heading: 90, accuracy: 5 })
    await until(async () => (await get(`${root}/drivers/d1/location`)).status === 200, 'it is seen')
    await get(`${root}/drivers/d1/route`)
    await get(`${root}/drivers/d1/route?format=geojson`)
    await get(`${root}/drivers/nearby?lat=37.77&lng=-122.42`)
  }
  await post('/v1/locations', {
    locations: [
      { driver_id: 'd1', ...HERE },
      { driver_id: 'd1', latitude: 91, longitude: 0 },
    ],
  })
  for (const method of ['GET', 'POST']) {
    await call(method, '/v1/osmand?id=d1&lat=37.77&lon=-122.42')
    await call(method, '/v1/osmand?id=nobody&lat=37.77&lon=-122.42', undefined, {
      authorization: `Bearer ${phone.token}`,
    })
  }
  await post('/v1/osmand', '{}', { 'content-type': 'text/json' })
  await get('/v1/drivers/d1')
  await get('/v1/drivers?limit=1')
  await post('/v1/vehicles', { vehicle_id: 'v1', type: 'van', plate: 'WA 1' }, { 'idempotency-key': 'vehicle-1' })
  await post('/v1/vehicles', { vehicle_id: 'v1', type: 'van' })
  await get('/v1/vehicles')
  await get('/v1/vehicles/v1')
  await call('PATCH', '/v1/vehicles/v1', { capacity: 3 })
  await call('DELETE', '/v1/vehicles/v1')
  expect(book.broken).toEqual([])
})

test('zones and prices', async () => {
  const geometry = { type: 'Polygon', coordinates: disc(FAR, 300)[0] }
  await post('/v1/zones', { zone_id: 'z1', name: 'Depot', kind: 'geofence', geometry, dwell_s: 60 })
  await post('/v1/zones', { zone_id: 'z1', name: 'Depot', kind: 'geofence', geometry })
  await get('/v1/zones')
  await get('/v1/zones/z1')
  await call('PATCH', '/v1/zones/z1', { name: 'Yard' })
  await call('DELETE', '/v1/zones/z1')
  await post('/v1/pricing/rulesets', { ...RULES, version: 'r1', valid_from: '2100-01-01T00:00:00Z' })
  await post('/v1/pricing/rulesets', { ...RULES, version: 'r1', base_minor: 1, valid_from: '2100-01-01T00:00:00Z' })
  await post('/v1/quotes', { pickup: HERE, dropoff: THERE })
  await post('/v1/pricing/rulesets/preview', { ...RULES, version: 'dearer', base_minor: 100_000 })
  await get('/v1/pricing/rulesets')
  await get('/v1/pricing/rulesets/1')
  await get(`/v1/surge?cells=${cellAt(HERE, PRICE_RES)}`)
  // From now on: so short that a test can wait for it.
  await post('/v1/pricing/rulesets', {
    ...RULES,
    version: 'hasty',
    no_show: { after_s: 1, fee_minor: 0, share_permille: 0 },
  })
  expect(book.broken).toEqual([])
})

test('the life of an order, and what it refuses', async () => {
  const quote = await post('/v1/quotes', { pickup: HERE, dropoff: THERE }, { 'idempotency-key': 'quote-1' })
  await post('/v1/orders', { quote_id: 'quo_1' })
  const orderId = await placed({ customer_id: 'c1', items: [{ name: 'soup', quantity: 2 }], notes: 'ring twice' })
  const at = `/v1/orders/${orderId}`
  await call('PATCH', at, { notes: 'do not ring' })
  await call('PATCH', at, { version: 1_000, notes: 'x' })
  await post(`${at}/ratings`, { stars: 5, side: 'customer' })
  await post(`${at}/unassign`, { reason: 'x' })
  await post(`${at}/no-show`, { reason: 'x' })
  await post(`${at}/assign`, { driver_id: 'd1' })
  await get('/v1/offers?driver_id=d1')
  await get(`${at}/driver-location`)
  await post(`${at}/status`, { status: 'delivered' })
  await post(`${at}/unassign`, { reason: 'flat tyre' })
  await until(async () => (await get('/v1/drivers/d1')).body.load === 0, 'the driver is free')
  await post(`${at}/assign`, { driver_id: 'd1' })
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']) {
    await post(`${at}/status`, { status })
  }
  await post(`${at}/assign`, { driver_id: 'd1' })
  await post(`${at}/cancel`, { reason: 'too late' })
  await post(`${at}/ratings`, { stars: 5, side: 'customer' })
  await post(`${at}/ratings`, { stars: 1, side: 'customer' })
  for (const path of ['', '/events', '/decisions', '/ratings']) await get(`${at}${path}`)
  const link = new URL(String((await get(at)).body.tracking_url)).searchParams.get('token')
  await call('GET', '/v1/me', undefined, { authorization: `Bearer ${link}` })
  await get('/v1/orders?customer_id=c1')
  await get('/v1/customers/c1')
  await post(`/v1/orders/${await placed()}/cancel`, { reason: 'changed my mind' })
  const forlorn = `/v1/orders/${await placed()}`
  await post(`${forlorn}/assign`, { driver_id: 'd1' })
  for (const status of ['en_route_to_pickup', 'at_pickup']) await post(`${forlorn}/status`, { status })
  await until(async () => (await post(`${forlorn}/no-show`, { reason: 'nobody' })).status === 200, 'it is given up')
  await Bun.sleep(Math.max(0, Date.parse(String(quote.body.expires_at)) - Date.now()) + 50)
  await post('/v1/orders', { quote_id: quote.body.quote_id })
  expect(book.broken).toEqual([])
})

test('offers are accepted and declined, once', async () => {
  await post('/v1/drivers', { driver_id: 'd2', capacity: 1 })
  await call('PUT', '/v1/drivers/d2/availability', { status: 'available' })
  await call('PUT', '/v1/drivers/d1/availability', { status: 'offline' })
  await post('/v1/drivers/d2/location', HERE)
  const offered = async () => {
    let offerId = ''
    await until(async () => {
      const { body } = await get('/v1/offers?driver_id=d2')
      offerId = String((body.data as Body[])[0]?.offer_id ?? '')
      return offerId !== ''
    }, 'there is an offer')
    return offerId
  }
  await placed({ vehicle_type: undefined })
  const declined = await offered()
  await post(`/v1/offers/${declined}/decline`, { reason: 'lunch' })
  await post(`/v1/offers/${declined}/accept`)
  await call('PUT', '/v1/drivers/d2/availability', { status: 'available' })
  await placed({ vehicle_type: undefined })
  const accepted = await offered()
  await post(`/v1/offers/${accepted}/accept`)
  await post(`/v1/offers/${accepted}/decline`)
  expect(book.broken).toEqual([])
})

test('keys, webhooks and operations', async () => {
  const made = await post('/v1/keys', { name: 'Till', role: 'service' }, { 'idempotency-key': 'key-1' })
  await post('/v1/keys', { name: 'Other', role: 'service' }, { 'idempotency-key': 'key-1' })
  const key = `/v1/keys/${made.body.key_id}`
  await get('/v1/keys')
  await get(key)
  await post(`${key}/rotate`)
  await call('DELETE', key)
  const hook = await post('/v1/webhooks', { url: receiver.url, events: ['order.*'] })
  const at = `/v1/webhooks/${hook.body.webhook_id}`
  await get('/v1/webhooks')
  await get(at)
  await call('PATCH', at, { description: 'of the till' })
  await post(`${at}/rotate-secret`)
  await post(`${at}/test`)
  let deliveryId = ''
  await until(async () => {
    const [delivery] = (await get(`${at}/deliveries`)).body.data as Body[]
    deliveryId = String(delivery?.delivery_id ?? '')
    return delivery?.state === 'delivered'
  }, 'the test event is delivered')
  await post(`${at}/deliveries/${deliveryId}/replay`)
  await call('DELETE', at)
  for (const path of [
    '/health',
    '/ready',
    '/version',
    '/metrics',
    '/v1/cluster',
    '/v1/me',
    '/v1/dead-letters',
    '/v1/audit-log',
    '/docs',
  ])
    await get(path)
  for (const path of ['/v1/figures', '/openapi.json', '/asyncapi.json']) await get(path)
  expect(book.broken).toEqual([])
})

test('pages, and their files', async () => {
  const { text } = await get('/track')
  const [file = ''] = /\/assets\/[^"]+\.js/.exec(text) ?? []
  for (const path of ['/', '/map.json', file, '/assets/none.js']) await get(path)
  expect(book.broken).toEqual([])
})

test('couriers of the test mode', async () => {
  const courier = { behaviour: 'accept', near: HERE }
  const made = await call('POST', '/v1/test/drivers', courier, { ...trial, 'idempotency-key': 'courier' })
  const at = `/v1/test/drivers/${made.body.driver_id}`
  await call('POST', '/v1/test/drivers', { ...courier, driver_id: made.body.driver_id }, trial)
  await call(
    'POST',
    '/v1/test/drivers',
    { ...courier, behaviour: 'decline' },
    { ...trial, 'idempotency-key': 'courier' },
  )
  await call('POST', '/v1/test/drivers', { behaviour: 'fly' }, trial)
  await call('GET', '/v1/test/drivers', undefined, trial)
  for (const path of [at, '/v1/test/drivers/tdrv_nobody']) {
    await call('PATCH', path, { behaviour: 'decline' }, trial)
    await call('PATCH', path, { behaviour: 'fly' }, trial)
    await call('DELETE', path, undefined, trial)
  }
  expect(book.broken).toEqual([])
})

test('the pages, that of couriers with what makes it installable', async () => {
  for (const path of ['/courier', '/courier.webmanifest', '/courier-worker.js', '/map.json']) await get(path)
  const [script = ''] = /\/assets\/[^"]+\.js/.exec((await get('/')).text) ?? []
  for (const path of [script, '/assets/none.js']) await get(path)
  expect(book.broken).toEqual([])
})

test('a driver sees nobody else, and a key that is under way makes nothing twice', async () => {
  const { token } = await callerAs(node, 'driver', 'd1')
  for (const path of ['/v1/drivers/d2/route', '/api/v1/drivers/d2/route', '/v1/offers?driver_id=d2']) {
    await call('GET', path, undefined, { authorization: `Bearer ${token}` })
  }
  await post('/v1/osmand', '{')
  await post('/v1/osmand', JSON.stringify({ x: 'x'.repeat(100_000) }))
  for (const [path, body] of [
    ['/v1/quotes', { pickup: HERE, dropoff: THERE }],
    ['/v1/orders', WISH],
    ['/v1/keys', { name: 'Once', role: 'service' }],
    ['/v1/webhooks', { url: receiver.url, events: ['order.*'] }],
  ] as const) {
    await Promise.all(Array.from({ length: 20 }, () => post(path, body, { 'idempotency-key': 'at-once' })))
  }
  expect(book.broken).toEqual([])
})

test('every operation has answered well, and every status that the document names has come', () => {
  const unseen = book.unseen().filter(name => !OF_TROUBLE.test(name) && !ELSEWHERE.has(name))
  expect(unseen.filter(name => / 2\d\d$/.test(name))).toEqual([])
  expect(unseen).toEqual([])
})
