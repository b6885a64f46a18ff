/** The tracking page as a browser gets it: what stands in it, what its headers forbid, and that nothing of a link gets elsewhere. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { OrderState } from '../../src/actors/order/order.state.ts'
import { TrackingLinks } from '../../src/http/access/tracking-link.ts'
import { assignedOrder, pathOf, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Answer, type Body, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const SECRET = 'a-secret-of-tracking-links-0123456789'
const BROWSER = { authorization: '', accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const CLIENT = { authorization: '', accept: '*/*' }

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_TRACKING_SECRET: SECRET })
  await workingDriver(node, 'drv_1')
})

afterAll(async () => {
  await node.stop()
})

const opened = (path: string, headers: Record<string, string> = BROWSER): Promise<Answer> =>
  node.call('GET', path, undefined, headers)

/** What a link was answered stands in the page as data. */
function dataIn({ text }: Answer): { status: number; body: Body } | null {
  const found = /<script type="application\/json" id="answer">(.*?)<\/script>/.exec(text)?.[1]
  return found === undefined ? null : (JSON.parse(found) as { status: number; body: Body })
}

/** Good until a moment ago. */
function expiredLink(orderId: string): string {
  const links = new TrackingLinks({ secrets: [SECRET], ttlMs: 60_000 })
  const terms = { orderId, scheduledAtMs: null } as unknown as OrderState['terms']
  const token = links.tokenFor({ terms, createdAtMs: Date.now() - 61_000 })
  return `/v1/orders/${orderId}/driver-location?token=${token}`
}

test('a browser that opens a tracking link gets the page, with the answer in it; every other client the answer', async () => {
  const { orderId, trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  const path = pathOf(trackingUrl)
  const [page, answer] = [await opened(path), await opened(path, CLIENT)]
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(dataIn(page)).toMatchObject({ status: 200, body: { order_id: orderId, status: 'assigned' } })
  expect(answer.body).toMatchObject({
    order_id: orderId,
    pickup: { latitude: 37.77, longitude: -122.42 },
    dropoff: { latitude: 37.79, longitude: -122.41 },
    timeline: [
      { status: 'placed', at: expect.any(String) },
      { status: 'assigned', at: expect.any(String) },
    ],
  })
  for (const words of ['Secret Street', 'ring twice', 'Name of', 'cus_1']) expect(page.text).not.toContain(words)
})

test('the page is kept by nobody, names itself to nobody, and runs nothing but its own files', async () => {
  const { trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  const { headers, text } = await opened(pathOf(trackingUrl))
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-robots-tag')).toBe('noindex')
  expect(headers.get('vary')).toContain('Accept')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
  // Neither the link nor anything of another origin stands in it.
  expect(text).not.toContain('trk_')
  expect(text).not.toMatch(/https?:\/\//)
  for (const [, name = ''] of text.matchAll(/"(\/assets\/[^"]+)"/g)) {
    expect([name, (await opened(name)).status]).toEqual([name, 200])
  }
})

test('/track is the same for everybody: what it shows is behind its #', async () => {
  const page = await opened('/track')
  expect([page.status, page.headers.get('cache-control'), dataIn(page)]).toEqual([200, 'no-cache', null])
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
})

test('a link that is over, forged or of nothing is a page as well, which says nothing of the order', async () => {
  const { orderId, trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  const path = pathOf(trackingUrl)
  const [plain = ''] = path.split('?')
  for (const wrong of [expiredLink(orderId), `${path.slice(0, -1)}!`, plain, `${plain}?token=${node.key}`]) {
    const page = await opened(wrong)
    expect([page.status, dataIn(page)?.status]).toEqual([401, 401])
    expect(dataIn(page)?.body).toMatchObject({ code: 'unauthorized' })
    expect(page.text).not.toContain('"status":"assigned"')
    expect(page.headers.get('cache-control')).toBe('no-store')
  }
})

test('an order that is over shows how and when, and no longer from where to where', async () => {
  await node.call('POST', '/v1/drivers/drv_1/location', { latitude: 37.77, longitude: -122.42 })
  const { orderId, trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  const path = pathOf(trackingUrl)
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']) {
    expect((await node.call('POST', `/v1/orders/${orderId}/status`, { status })).status).toBe(200)
  }
  const { body } = await opened(path, CLIENT)
  expect(body).toMatchObject({
    status: 'delivered',
    pickup: null,
    dropoff: null,
    location: null,
    pin: null,
    proof: null,
  })
  expect((body.timeline as Body[]).map(({ status }) => status)).toEqual([
    'placed',
    'assigned',
    'en_route_to_pickup',
    'at_pickup',
    'en_route_to_dropoff',
    'delivered',
  ])
})

test('with what it was delivered is said, and not where the photo is', async () => {
  const wish = { pickup: { latitude: 37.77, longitude: -122.42 }, dropoff: { latitude: 37.79, longitude: -122.41 } }
  const asked = { ...wish, vehicle_type: 'nobody_has_it', proof: ['pin', 'photo'] }
  const { body: made } = await node.call('POST', '/v1/orders', asked)
  await node.call('POST', `/v1/orders/${made.order_id}/assign`, { driver_id: 'drv_1' })
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff']) {
    await node.call('POST', `/v1/orders/${made.order_id}/status`, { status })
  }
  const pin = String((made.proof as Body).pin)
  const proof = { pin, photo: { ref: 'https://photos.example/door-17', sha256: 'b'.repeat(64) } }
  const given = await node.call('POST', `/v1/orders/${made.order_id}/status`, { status: 'delivered', proof })
  expect(given.status).toBe(200)
  const page = await opened(pathOf(String(made.tracking_url)))
  expect(dataIn(page)?.body).toMatchObject({ proof: { pin: true, photo: true, signature: false }, pin: null })
  for (const secret of [pin, 'photos.example', 'b'.repeat(64)]) expect(page.text).not.toContain(`"${secret}`)
})

test('the live topic says both ends, too, and the link opens its read as a bearer', async () => {
  const { orderId, trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  const token = new URL(trackingUrl).searchParams.get('token') ?? ''
  const read = await opened(`/v1/orders/${orderId}/driver-location`, { authorization: `Bearer ${token}` })
  expect([read.status, read.body.order_id]).toEqual([200, orderId])
  const client = await openClient(node, '/v1/live', undefined, token)
  // As the page asks whether its socket is still one.
  client.send({ type: 'unsubscribe', topics: ['probe'] })
  expect(await client.nextOf('unsubscribed')).toMatchObject({ topic: 'probe' })
  client.send({ type: 'subscribe', topics: [`order:${orderId}`] })
  expect(await client.nextOf('subscribed')).toMatchObject({
    snapshot: { dropoff: { latitude: 37.79, longitude: -122.41 }, scheduled_at: null, proof: null },
  })
  await client.close()
})
