/**
 * Every route with every role, on what is the caller's own and on what is another's. What there is comes from the OpenAPI
 * document, who may from the table, and both must name the same: a route without a row fails here, and so does a row without
 * a route.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { ROLES, type Role } from '../../src/http/access/principal.ts'
import { ACCESS, reachOf, ruleOf } from '../../src/http/access/table.ts'
import {
  assignedOrder,
  type Caller,
  caller,
  callerAs,
  type Placed,
  pathOf,
  TOKEN_ENV,
  workingDriver,
} from './callers.ts'
import { type Answer, startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }

const SOMEWHERE = {
  type: 'Polygon',
  coordinates: [
    [
      [1, 1],
      [1.1, 1],
      [1.1, 1.1],
      [1, 1],
    ],
  ],
}
/** Of an endpoint: refuses at once. */
const NOWHERE = 'http://127.0.0.1:9/'

/** What nobody needs a credential for. A further one is a decision, not an accident. */
const OPEN = [
  'GET /',
  'GET /assets/{file}',
  'GET /asyncapi.json',
  'GET /courier',
  'GET /courier-worker.js',
  'GET /courier.webmanifest',
  'GET /docs',
  'GET /health',
  'GET /map.json',
  'GET /openapi.json',
  'GET /ready',
  'GET /track',
  'GET /version',
]

/** What each route is sent so that it would be carried out, were it allowed. */
const REQUESTS: Readonly<Record<string, { readonly query?: string; readonly body?: object }>> = {
  'POST /v1/drivers/{driver_id}/location': { body: HERE },
  'POST /api/v1/drivers/{driver_id}/location': { body: HERE },
  'POST /v1/locations': { body: { locations: [{ driver_id: 'drv_mine', ...HERE }] } },
  'GET /v1/osmand': { query: '?id=drv_mine&lat=37.77&lon=-122.42' },
  'POST /v1/osmand': { query: '?id=drv_mine&lat=37.77&lon=-122.42' },
  'GET /v1/drivers/nearby': { query: '?lat=37.77&lng=-122.42' },
  'GET /api/v1/drivers/nearby': { query: '?lat=37.77&lng=-122.42' },
  'POST /v1/drivers': { body: {} },
  'PATCH /v1/drivers/{driver_id}': { body: { name: 'Another name' } },
  'PUT /v1/drivers/{driver_id}/availability': { body: { status: 'available' } },
  'POST /v1/pricing/rulesets': { body: { version: '1', currency: 'USD' } },
  'POST /v1/pricing/rulesets/preview': { body: { version: '1', currency: 'USD' } },
  'GET /v1/surge': { query: '?cells=88283082a1fffff' },
  'POST /v1/quotes': { body: { pickup: HERE, dropoff: THERE } },
  'POST /v1/orders': { body: { pickup: HERE, dropoff: THERE, vehicle_type: 'nobody_has_it' } },
  'PATCH /v1/orders/{order_id}': { body: { notes: 'ring three times' } },
  'POST /v1/orders/{order_id}/ratings': { body: { stars: 5 } },
  'POST /v1/orders/{order_id}/cancel': { body: { reason: 'changed my mind' } },
  'POST /v1/orders/{order_id}/status': { body: { status: 'en_route_to_pickup' } },
  'POST /v1/orders/{order_id}/assign': { body: { driver_id: 'drv_mine' } },
  'POST /v1/orders/{order_id}/unassign': { body: { reason: 'flat tyre' } },
  'GET /v1/offers': { query: '?driver_id=drv_mine' },
  'POST /v1/webhooks': { body: { url: NOWHERE, events: ['order.adjusted'] } },
  'PATCH /v1/webhooks/{webhook_id}': { body: { description: 'changed' } },
  'POST /v1/keys': { body: { name: 'made by the test', role: 'service' } },
  'POST /v1/vehicles': { body: { type: 'van' } },
  'PATCH /v1/vehicles/{vehicle_id}': { body: { plate: 'B-XY 12' } },
  'POST /v1/zones': { body: { name: 'Made by the test', kind: 'geofence', geometry: SOMEWHERE } },
  'PATCH /v1/zones/{zone_id}': { body: { name: 'Another name' } },
}

/** Whom each role's token speaks for. `mine` are the objects of the first two. */
const SUBJECTS: Readonly<Record<Role, string>> = {
  customer: 'cus_mine',
  driver: 'drv_mine',
  dispatcher: 'dis_1',
  service: 'svc_1',
  admin: 'adm_1',
}

type Whose = 'mine' | 'theirs'

let node: TestNode
let callers: Map<Role, Caller>
let keyId: string
let ends: (() => Promise<unknown>)[] = []
/** `METHOD path` of everything in the document. */
let documented: { readonly name: string; readonly operation: Record<string, unknown> }[]

beforeAll(async () => {
  // Here every role does more in a second than its people do in a day.
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_RATE_LIMITS: 'off', WAGGLE_WEBHOOKS_ALLOW_PRIVATE: 'true' })
  callers = new Map()
  for (const role of ROLES) callers.set(role, await callerAs(node, role, SUBJECTS[role]))
  for (const driverId of ['drv_mine', 'drv_theirs']) await workingDriver(node, driverId)
  keyId = String((await node.call('POST', '/v1/keys', { name: 'to be read', role: 'service' })).body.key_id)
  const { body } = await node.call('GET', '/openapi.json')
  const paths = body.paths as Record<string, Record<string, Record<string, unknown>>>
  documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )
})

afterEach(async () => {
  for (const end of ends) await end()
  ends = []
})

afterAll(async () => {
  await node.stop()
})

function as(role: Role): Caller {
  const found = callers.get(role)
  if (found === undefined) throw new Error(`nobody is a ${role}`)
  return found
}

/** An order that nobody has touched, since most routes here change theirs. */
function placed(whose: Whose): Promise<Placed> {
  return assignedOrder(node, `cus_${whose}`, `drv_${whose}`)
}

async function newVehicle(): Promise<string> {
  return String((await node.call('POST', '/v1/vehicles', { type: 'van' })).body.vehicle_id)
}

/** That nobody has deleted yet. */
async function drawnZone(): Promise<string> {
  const { body } = await node.call('POST', '/v1/zones', { name: 'x', kind: 'geofence', geometry: SOMEWHERE })
  return String(body.zone_id)
}

/** Of its own for each route: some delete it. */
async function endpoint(): Promise<{ webhookId: string; deliveryId: string }> {
  const { body } = await node.call('POST', '/v1/webhooks', { url: NOWHERE, events: ['order.adjusted'] })
  const tested = await node.call('POST', `/v1/webhooks/${body.webhook_id}/test`)
  ends.push(() => node.call('DELETE', `/v1/webhooks/${body.webhook_id}`))
  return { webhookId: String(body.webhook_id), deliveryId: String(tested.body.delivery_id) }
}

async function send(name: string, by: Caller, whose: Whose): Promise<Answer> {
  const [method = '', pattern = ''] = name.split(' ')
  const order = /order_id|offer_id/.test(pattern) ? await placed(whose) : null
  const webhook = pattern.includes('webhook_id') ? await endpoint() : null
  const path = pattern
    .replace('{webhook_id}', webhook?.webhookId ?? '')
    .replace('{delivery_id}', webhook?.deliveryId ?? '')
    .replace('{driver_id}', `drv_${whose}`)
    .replace('{order_id}', order?.orderId ?? '')
    .replace('{offer_id}', order?.offerId ?? '')
    .replace('{customer_id}', `cus_${whose}`)
    .replace('{key_id}', keyId)
    .replace('{version}', '1')
    .replace('{vehicle_id}', pattern.includes('{vehicle_id}') ? await newVehicle() : '')
    .replace('{zone_id}', pattern.includes('{zone_id}') ? await drawnZone() : '')
  const { query = '', body } = REQUESTS[name] ?? {}
  return by.call(method, `${path}${query}`, body)
}

test('only these routes ask for no credential', () => {
  const open = documented.filter(({ operation }) => (operation.security as unknown[]).length === 0)
  expect(open.map(({ name }) => name).sort()).toEqual(OPEN)
})

test('every other route, socket and topic has a row of its own in the table, and every row is one', async () => {
  const { body } = await node.call('GET', '/asyncapi.json')
  const channels = Object.values(body.channels as Record<string, { address: string; bindings?: object }>)
  const sockets = channels.filter(({ bindings }) => bindings !== undefined).map(({ address }) => `WS ${address}`)
  const routes = documented.map(({ name }) => name).filter(name => !OPEN.includes(name))
  const topics = ['order', 'driver', 'cell', 'zone', 'fleet'].map(kind => `TOPIC ${kind}`)
  const alias = 'WS /api/v1/drivers/orders/{order_id}/driver-location'

  expect([...ACCESS.keys()].sort()).toEqual([...routes, ...sockets, ...topics, alias].sort())
})

test('the document says who may, and with what, and how the others are refused', () => {
  for (const { name, operation } of documented.filter(each => !OPEN.includes(each.name))) {
    const rule = ruleOf(name)
    const reach = Object.fromEntries(ROLES.flatMap(role => [[role, reachOf(rule, role)]]).filter(([, its]) => its))
    expect([name, operation['x-roles'], operation['x-scope']]).toEqual([name, reach, rule.scope])
    expect(operation.security).toContainEqual({ key: [] })
    expect(Object.keys(operation.responses as object)).toEqual(expect.arrayContaining(['401', '403']))
  }
})

test('without a credential, or with a wrong one, every route is 401 and says how to authenticate', async () => {
  for (const { name } of documented.filter(each => !OPEN.includes(each.name))) {
    const [method = '', pattern = ''] = name.split(' ')
    const path = pattern.replaceAll(/\{[a-z_]+\}/g, 'x')
    for (const authorization of [
      '',
      'Bearer wrong',
      'Bearer a.b.c',
      'Basic YTpi',
      'Bearer sk_live_x',
      'Bearer trk_x',
    ]) {
      const { status, headers, body } = await node.call(method, path, undefined, { authorization })
      expect([name, authorization, status, body.code]).toEqual([name, authorization, 401, 'unauthorized'])
      expect(headers.get('www-authenticate')).toStartWith('Bearer realm="waggle"')
    }
  }
})

for (const [name, rule] of ACCESS) {
  if (/^(WS|TOPIC) /.test(name)) continue
  for (const role of ROLES) {
    const reach = reachOf(rule, role)
    const isForTests = rule.modes === 'test'
    test(`${name} as ${role}: ${isForTests ? 'forbidden to live keys' : (reach ?? 'forbidden')}`, async () => {
      const mine = await send(name, as(role), 'mine')
      const theirs = await send(name, as(role), 'theirs')
      if (reach === undefined || isForTests) {
        expect([mine.status, mine.body.code, theirs.status]).toEqual([403, 'forbidden', 403])
        return
      }
      expectDone(mine)
      if (reach === 'own' && rule.object !== 'none')
        expect([theirs.status, theirs.body.code]).toEqual([404, 'not_found'])
      else expectDone(theirs)
    })
  }
}

/** Carried out, or refused for a reason that has nothing to do with who asked. */
function expectDone({ status, text }: Answer): void {
  if ([401, 403, 404].includes(status) || status >= 500) throw new Error(`${status}: ${text}`)
}

/** But for the id of the request, which says nothing. */
function said({ status, body: { request_id: _, ...problem } }: Answer) {
  return [status, problem]
}

test('what does not exist and what is another’s cannot be told apart', async () => {
  const { orderId, offerId } = await placed('theirs')
  const nobodys = orderId.replace(/.{4}$/, '0000')
  for (const [role, path, other] of [
    ['customer', `/v1/orders/${orderId}`, `/v1/orders/${nobodys}`],
    ['driver', `/v1/orders/${orderId}/events`, `/v1/orders/${nobodys}/events`],
    ['driver', '/v1/drivers/drv_theirs', '/v1/drivers/drv_nobody'],
  ] as const) {
    const [theirs, none] = [await as(role).call('GET', path), await as(role).call('GET', other)]
    expect(said(theirs)).toEqual(said(none))
  }
  const answer = { reason: 'no' }
  const [theirs, none] = [
    await as('driver').call('POST', `/v1/offers/${offerId}/decline`, answer),
    await as('driver').call('POST', `/v1/offers/off_${nobodys.slice(4)}-1/decline`, answer),
  ]
  expect(said(theirs)).toEqual(said(none))
})

test('a scope narrows a credential below its role, and never opens what manages keys', async () => {
  const narrowed = await callerAs(node, 'admin', 'adm_1', { scopes: ['orders:read', 'positions:write'] })
  expect((await narrowed.call('GET', '/v1/orders')).status).toBe(200)
  expect((await narrowed.call('POST', '/v1/drivers/drv_mine/location', HERE)).status).toBe(202)
  for (const [method, path] of [
    ['POST', '/v1/orders'],
    ['GET', '/v1/drivers'],
    ['GET', '/v1/cluster'],
    ['GET', '/v1/keys'],
    ['POST', '/v1/keys'],
  ] as const) {
    const { status, headers } = await narrowed.call(method, path, method === 'POST' ? {} : undefined)
    expect([path, status]).toEqual([path, 403])
    expect(headers.get('www-authenticate')).toContain('insufficient_scope')
  }
})

test('a tracking link opens its order’s location and nothing else of what there is', async () => {
  const { trackingUrl } = await placed('mine')
  const theirs = await placed('theirs')
  const link = new URL(trackingUrl).searchParams.get('token') ?? ''
  expect((await node.call('GET', pathOf(trackingUrl), undefined, { authorization: '' })).status).toBe(200)
  const elsewhere = `/v1/orders/${theirs.orderId}/driver-location?token=${link}`
  expect((await node.call('GET', elsewhere, undefined, { authorization: '' })).status).toBe(404)
  for (const { name } of documented.filter(each => !OPEN.includes(each.name))) {
    if (ruleOf(name).reach.link !== undefined) continue
    const [method = '', pattern = ''] = name.split(' ')
    const { status } = await caller(node, link).call(method, pattern.replaceAll(/\{[a-z_]+\}/g, 'x'))
    expect([name, status]).toEqual([name, 403])
  }
})
