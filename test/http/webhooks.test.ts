/** Webhooks of a running node, from the endpoint's making to its dead letters. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'
import { until } from '../support/until.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { assignedOrder, callerAs, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Answer, type Body, startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const WISH = { pickup: { ...HERE, address: 'Secret Street 1' }, dropoff: THERE, vehicle_type: 'nobody_has_it' }

let node: TestNode
let sql: Sql
let receiver: WebhookReceiver
let made: string[]

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_WEBHOOKS_ALLOW_PRIVATE: 'true' })
  sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  await workingDriver(node, 'drv_1')
})
afterAll(async () => {
  await disconnect(sql)
  await node.stop()
})
beforeEach(() => {
  receiver = new WebhookReceiver()
  made = []
})
afterEach(async () => {
  for (const id of made) await node.call('DELETE', `/v1/webhooks/${id}`)
  await receiver.stop()
})

async function endpoint(events: readonly string[] = ['order.*'], more: object = {}): Promise<string> {
  const answer = await node.call('POST', '/v1/webhooks', { url: receiver.url, events, ...more })
  expect([answer.status, answer.text]).toEqual([201, answer.text])
  receiver.secret = String(answer.body.secret)
  const id = String(answer.body.webhook_id)
  made.push(id)
  return id
}

async function deliveries(id: string, query = ''): Promise<Body[]> {
  return (await node.call('GET', `/v1/webhooks/${id}/deliveries${query}`)).body.data as Body[]
}

test('the life of an order is told step by step, signed, and without what is personal', async () => {
  await endpoint()
  const { orderId } = await assignedOrder(node, 'cus_1', 'drv_1')
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']) {
    expect((await node.call('POST', `/v1/orders/${orderId}/status`, { status })).status).toBe(200)
  }
  await until(() => receiver.received.some(({ type }) => type === 'order.delivered'), 'it is told to the end')

  expect(receiver.received.map(({ type }) => type)).toEqual([
    'order.placed',
    'order.offered',
    'order.assigned',
    'order.en_route_to_pickup',
    'order.at_pickup',
    'order.en_route_to_dropoff',
    'order.delivered',
  ])
  expect(receiver.received.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(
    receiver.received.every(({ isSigned, mode, data }) => isSigned && mode === 'live' && data.order_id === orderId),
  ).toBe(true)
  const text = JSON.stringify(receiver.received)
  for (const secret of ['Secret Street', 'cus_1', 'ring twice', 'Name of', '37.77']) expect(text).not.toContain(secret)
})

test('only what was asked for is sent', async () => {
  const id = await endpoint(['order.cancelled', 'driver.availability'])
  const { body } = await node.call('POST', '/v1/orders', WISH)
  await node.call('POST', `/v1/orders/${body.order_id}/cancel`, { reason: 'changed my mind' })
  await node.call('PUT', '/v1/drivers/drv_1/availability', { status: 'paused' })
  await node.call('PUT', '/v1/drivers/drv_1/availability', { status: 'available' })
  await until(() => receiver.received.length === 3, 'three events')
  expect(receiver.received.map(({ type }) => type).sort()).toEqual([
    'driver.availability',
    'driver.availability',
    'order.cancelled',
  ])
  expect(await deliveries(id)).toHaveLength(3)
})

test('the secret is shown once, and never again', async () => {
  const first = await node.call(
    'POST',
    '/v1/webhooks',
    { url: receiver.url, events: ['*'] },
    { 'idempotency-key': 'w1' },
  )
  const again = await node.call(
    'POST',
    '/v1/webhooks',
    { url: receiver.url, events: ['*'] },
    { 'idempotency-key': 'w1' },
  )
  made.push(String(first.body.webhook_id))
  expect(String(first.body.secret)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(again.body).toEqual({ ...first.body, secret: null })
  const read = await node.call('GET', `/v1/webhooks/${first.body.webhook_id}`)
  const { secret, ...rest } = first.body
  expect(read.body).toEqual(rest)
  expect((await node.call('GET', '/v1/webhooks')).body.data).toEqual([rest])
  expect((await node.call('GET', '/v1/audit-log?action=webhook.create')).text).not.toContain(String(secret))
})

test('what an endpoint refuses comes again, and what comes after it waits', async () => {
  const id = await endpoint()
  const refusals = new Map<string, number>()
  receiver.answer = ({ id: eventId, type }) => {
    const before = refusals.get(eventId) ?? 0
    refusals.set(eventId, before + 1)
    return type === 'order.placed' && before === 0 ? new Response('not now', { status: 503 }) : new Response('ok')
  }
  const { body } = await node.call('POST', '/v1/orders', WISH)
  await node.call('POST', `/v1/orders/${body.order_id}/cancel`, { reason: 'changed my mind' })
  await until(async () => (await deliveries(id)).some(({ attempts }) => attempts === 1), 'it was refused')
  const [cancelled, placed] = await deliveries(id, '?state=pending')
  expect(placed).toMatchObject({ type: 'order.placed', last_status: 503, last_error: 'not now', attempts: 1 })
  expect(cancelled).toMatchObject({ type: 'order.cancelled', attempts: 0, next_try_at: null })
  await until(() => receiver.taken.length === 2, 'both are taken', 15_000)
  expect(receiver.received.map(({ type }) => type)).toEqual(['order.placed', 'order.placed', 'order.cancelled'])
  expect(new Set(receiver.received.map(({ id: eventId }) => eventId)).size).toBe(2)
}, 30_000)

test('a test event is sent at once, and a delivery can be replayed under the id that it had', async () => {
  const id = await endpoint(['order.expired'])
  const tested = await node.call('POST', `/v1/webhooks/${id}/test`)
  expect(tested.status).toBe(202)
  expect(tested.body).toMatchObject({ type: 'webhook.test', state: 'pending' })
  await until(() => receiver.taken.length === 1, 'it is taken')
  expect(receiver.taken[0]).toMatchObject({ type: 'webhook.test', isSigned: true, data: { webhook_id: id } })

  const delivery = `/v1/webhooks/${id}/deliveries/${tested.body.delivery_id}`
  await until(async () => (await deliveries(id))[0]?.state === 'delivered', 'it is written down')
  const replayed = await node.call('POST', `${delivery}/replay`)
  expect([replayed.status, replayed.body.state, replayed.body.replays]).toEqual([202, 'pending', 1])
  await until(() => receiver.received.length === 2, 'it comes again')
  expect(new Set(receiver.received.map(({ id: eventId }) => eventId)).size).toBe(1)
  expect((await node.call('POST', `/v1/webhooks/${id}/deliveries/dlv_none/replay`)).status).toBe(404)
})

test('after a rotation both secrets sign, until the old one’s time is over', async () => {
  const id = await endpoint()
  const old = receiver.secret
  const rotated = await node.call('POST', `/v1/webhooks/${id}/rotate-secret`, { grace_s: 600 })
  expect(rotated.status).toBe(200)
  await node.call('POST', `/v1/webhooks/${id}/test`)
  await until(() => receiver.received.length === 1, 'signed by both')
  expect(receiver.received[0]).toMatchObject({ isSigned: true, signatures: 2 })
  receiver.secret = String(rotated.body.secret)
  expect(receiver.secret).not.toBe(old)
  const last = await node.call('POST', `/v1/webhooks/${id}/rotate-secret`, { grace_s: 0 })
  receiver.secret = String(last.body.secret)
  await node.call('POST', `/v1/webhooks/${id}/test`)
  await until(() => receiver.received.length === 2, 'signed by one')
  expect(receiver.received[1]).toMatchObject({ isSigned: true, signatures: 1 })
})

test('while an endpoint is disabled what happens waits for it, and it is tested all the same once enabled', async () => {
  const id = await endpoint(['order.placed'])
  const off = await node.call('PATCH', `/v1/webhooks/${id}`, { status: 'disabled' })
  expect(off.body).toMatchObject({ status: 'disabled', disabled_reason: 'request' })
  await node.call('POST', '/v1/orders', WISH)
  await until(async () => (await deliveries(id)).length === 1, 'it is written down')
  expect(receiver.received).toEqual([])
  const on = await node.call('PATCH', `/v1/webhooks/${id}`, { status: 'enabled' })
  expect(on.body).toMatchObject({ status: 'enabled', disabled_at: null, disabled_reason: null })
  await until(() => receiver.taken.length === 1, 'it is told')
})

test('an endpoint that took nothing for three days is disabled: a row in the audit log, a figure, and a patch back', async () => {
  const id = await endpoint(['order.placed'])
  receiver.answer = () => new Response(null, { status: 500 })
  const before = await node.metric('waggle_webhooks_disabled_total')
  await node.call('POST', '/v1/orders', WISH)
  await until(async () => (await node.call('GET', `/v1/webhooks/${id}`)).body.failing_since !== null, 'it fails')
  await sql`update webhooks set failing_since = now() - interval '73 hours' where webhook_id = ${id}`
  await sql`update webhook_lanes set due_at = now() where webhook_id = ${id}`
  await until(async () => (await node.call('GET', `/v1/webhooks/${id}`)).body.status === 'disabled', 'it is disabled')
  expect(await node.metric('waggle_webhooks_disabled_total')).toBe(before + 1)
  const acts = (await node.call('GET', '/v1/audit-log?action=webhook.disable')).body.data as Body[]
  expect(acts[0]).toMatchObject({ actor: { role: 'system', id: 'webhooks' }, target: id })

  receiver.answer = () => new Response('ok')
  await sql`update webhook_lanes set due_at = now() where webhook_id = ${id}`
  await node.call('PATCH', `/v1/webhooks/${id}`, { status: 'enabled' })
  await until(() => receiver.taken.length === 1, 'what has waited is told')
}, 30_000)

test('what no endpoint can be is refused, and the field is named', async () => {
  for (const [body, path] of [
    [{ url: 'ftp://example.com', events: ['*'] }, '/url'],
    [{ url: 'https://user:pass@example.com/', events: ['*'] }, '/url'],
    [{ url: 'nonsense', events: ['*'] }, '/url'],
    [{ url: receiver.url, events: [] }, '/events'],
    [{ url: receiver.url, events: ['order.burnt'] }, '/events/0'],
    [{ url: receiver.url, events: ['*', '*'] }, '/events'],
    [{ url: receiver.url }, '/events'],
    [{ url: receiver.url, events: ['*'], secret: 'mine' }, '/secret'],
  ] as const) {
    const { status, body: problem } = await node.call('POST', '/v1/webhooks', body)
    expect([status, (problem.errors as Body[])[0]?.path]).toEqual([422, path])
  }
  for (const [method, path] of [
    ['GET', '/v1/webhooks/whk_none'],
    ['PATCH', '/v1/webhooks/whk_none'],
    ['DELETE', '/v1/webhooks/whk_none'],
    ['POST', '/v1/webhooks/whk_none/test'],
    ['POST', '/v1/webhooks/whk_none/rotate-secret'],
    ['GET', '/v1/webhooks/whk_none/deliveries'],
    ['GET', '/v1/webhooks/%00/deliveries'],
    ['POST', `/v1/webhooks/${await endpoint()}/deliveries/%00/replay`],
  ] as const) {
    expect([path, (await node.call(method, path, method === 'PATCH' ? {} : undefined)).status]).toEqual([path, 404])
  }
})

test('deliveries are listed page by page, and filtered', async () => {
  const id = await endpoint(['order.placed', 'order.cancelled'])
  const orders = await Promise.all(Array.from({ length: 5 }, () => node.call('POST', '/v1/orders', WISH)))
  await node.call('POST', `/v1/orders/${orders[0]?.body.order_id}/cancel`, { reason: 'no' })
  await until(() => receiver.taken.length === 6, 'all are told')
  const path = `/v1/webhooks/${id}/deliveries`
  const seen: unknown[] = []
  let cursor: unknown = ''
  do {
    const page: Answer = await node.call('GET', `${path}?limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`)
    seen.push(...(page.body.data as Body[]).map(({ delivery_id }) => delivery_id))
    cursor = page.body.next_cursor
  } while (cursor !== null)
  expect(new Set(seen).size).toBe(6)
  expect(seen).toHaveLength(6)
  expect(await deliveries(id, `?object_id=${orders[0]?.body.order_id}`)).toHaveLength(2)
  expect(await deliveries(id, '?type=order.cancelled')).toHaveLength(1)
  expect(await deliveries(id, '?state=dead')).toHaveLength(0)
  expect(await deliveries(id, '?created_before=2020-01-01T00:00:00Z')).toHaveLength(0)
  expect((await node.call('GET', `${path}?cursor=nonsense`)).status).toBe(422)
})

test('a server of the company looks after endpoints and makes none', async () => {
  const id = await endpoint(['order.placed'])
  const service = await callerAs(node, 'service', 'svc_1')
  expect((await service.call('GET', `/v1/webhooks/${id}/deliveries`)).status).toBe(200)
  expect((await service.call('POST', `/v1/webhooks/${id}/test`)).status).toBe(202)
  expect((await service.call('POST', '/v1/webhooks', { url: receiver.url, events: ['*'] })).status).toBe(403)
  expect((await service.call('PATCH', `/v1/webhooks/${id}`, { url: 'http://127.0.0.1:1/' })).status).toBe(403)
})
