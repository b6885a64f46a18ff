import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cellAt } from '../../src/domain/h3.ts'
import { until } from '../support/until.ts'
import { encode } from './msgpack.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }

let node: TestNode

beforeAll(async () => {
  node = await startTestNode()
})

afterAll(async () => {
  await node.stop()
})

async function available(driverId: string): Promise<void> {
  await node.call('POST', '/v1/drivers', { driver_id: driverId })
  await node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'available' })
}

async function order(): Promise<string> {
  return String((await node.call('POST', '/v1/orders', { pickup: HERE, dropoff: THERE })).body.order_id)
}

test.each(['waggle.json', 'waggle.msgpack', undefined])(
  'a stream (%p) is acknowledged once committed',
  async protocol => {
    const client = await openClient(node, '/v1/stream', protocol)
    expect(client.socket.protocol).toBe(protocol ?? '')
    client.send({ type: 'location', seq: 1, driver_id: '777', ...HERE })
    await client.next(({ type, seq }) => type === 'ack' && seq === 1)
    const points = [1, 2, 3].map(i => ({ driver_id: `s_${protocol?.length}_${i}`, ...HERE, speed: i, extra: true }))
    client.send({ type: 'locations', seq: 2, points })
    await client.next(({ type, seq }) => type === 'ack' && seq === 2)

    const route = await node.call('GET', `/v1/drivers/s_${protocol?.length}_3/route`)
    expect(route.body.data).toMatchObject([{ ...HERE, speed: 3 }])
    await client.close()
  },
)

test('acknowledgements are cumulative: hundreds of frames need far fewer', async () => {
  const client = await openClient(node, '/v1/stream')
  const startMs = Date.now() - 60_000
  for (let seq = 1; seq <= 300; seq++) {
    client.send({
      type: 'location',
      seq,
      driver_id: 'many',
      ...HERE,
      recorded_at: new Date(startMs + seq * 10).toISOString(),
    })
  }
  await client.next(({ type, seq }) => type === 'ack' && seq === 300)
  const acks = client.messages.filter(({ type }) => type === 'ack').map(({ seq }) => Number(seq))

  expect(acks).toEqual([...acks].sort((a, b) => a - b))
  expect(acks.length).toBeLessThan(300)
  expect((await node.call('GET', '/v1/drivers/many/route?limit=1000')).body.data).toHaveLength(300)
  await client.close()
})

test('bad rows are named, the good ones of the frame are committed, and the frame is settled', async () => {
  const client = await openClient(node, '/v1/stream')
  client.send({
    type: 'locations',
    seq: 1,
    points: [
      { driver_id: 'row_1', ...HERE },
      { driver_id: 'row_2', ...HERE, latitude: 91 },
      { ...HERE },
      { driver_id: 'row_3', ...HERE, recorded_at: '1999-01-01T00:00:00Z' },
    ],
  })
  const error = await client.next(({ code }) => code === 'invalid')
  expect(error).toMatchObject({ type: 'error', seq: 1 })
  expect((error.errors as { path: string }[]).map(({ path }) => path)).toEqual([
    '/points/1/latitude',
    '/points/2/driver_id',
  ])
  expect(await client.next(({ code }) => code === 'unstorable')).toMatchObject({ seq: 1 })
  await client.nextOf('ack')
  expect((await node.call('GET', '/v1/drivers/row_1/route')).body.data).toHaveLength(1)
  await client.close()
})

test.each<[string, string | Uint8Array<ArrayBuffer>, string, string | undefined]>([
  ['broken JSON', '{"type":"loc', 'malformed', undefined],
  ['no object', '5', 'invalid', undefined],
  ['no type', '{}', 'invalid', undefined],
  ['no seq', JSON.stringify({ type: 'location', driver_id: 'x', ...HERE }), 'invalid', undefined],
  ['seq 0', JSON.stringify({ type: 'location', seq: 0, driver_id: 'x', ...HERE }), 'invalid', undefined],
  [
    'a seq far ahead',
    JSON.stringify({ type: 'location', seq: 1e9, driver_id: 'x', ...HERE }),
    'out_of_order',
    undefined,
  ],
  ['1 MB', JSON.stringify({ type: 'location', seq: 1, x: 'x'.repeat(1_000_000) }), 'too_large', undefined],
  ['an accept without a driver', JSON.stringify({ type: 'accept', offer_id: 'off_1' }), 'invalid', undefined],
  ['bytes on a JSON stream', new Uint8Array([1, 2, 3]), 'malformed', undefined],
  [
    'half a msgpack frame',
    encode({ type: 'location', seq: 1, driver_id: 'x', ...HERE }).slice(0, 20),
    'malformed',
    'waggle.msgpack',
  ],
  [
    'a msgpack NaN',
    encode({ type: 'location', seq: 1, driver_id: 'x', latitude: Number.NaN, longitude: 1 }),
    'invalid',
    'waggle.msgpack',
  ],
  [
    'a msgpack infinity',
    encode({ type: 'location', seq: 1, driver_id: 'x', latitude: 1, longitude: -1 / 0 }),
    'invalid',
    'waggle.msgpack',
  ],
])('%s is answered with an error, and the connection lives on', async (_, frame, code, protocol) => {
  const client = await openClient(node, '/v1/stream', protocol)
  client.send(frame)
  expect((await client.nextOf('error')).code).toBe(code)
  client.send({ type: 'location', seq: 1, driver_id: 'alive', ...HERE })
  if (code === 'invalid' && protocol !== undefined)
    client.send({ type: 'location', seq: 2, driver_id: 'alive', ...HERE })
  await client.nextOf('ack')
  await client.close()
})

test('a frame sent again is acknowledged again and stored once; a missing one holds the number back', async () => {
  const client = await openClient(node, '/v1/stream')
  const startMs = Date.now() - 60_000
  const frame = (seq: number) => ({
    type: 'location',
    seq,
    driver_id: 'again',
    ...HERE,
    recorded_at: new Date(startMs + seq).toISOString(),
  })
  const first = frame(1)
  client.send(first)
  await client.nextOf('ack')
  client.send(first)
  expect((await client.nextOf('ack')).seq).toBe(1)

  client.send(frame(3))
  const notice = await client.nextOf('error')
  expect([notice.code, notice.seq]).toEqual(['out_of_order', undefined])
  client.send(frame(2))
  await client.next(({ type, seq }) => type === 'ack' && seq === 3)
  expect((await node.call('GET', '/v1/drivers/again/route')).body.data).toHaveLength(3)
  await client.close()
})

test('on its own connection a driver is offered an order, told it again, accepts, and hears of the cancellation', async () => {
  await available('phone_1')
  const phone = await openClient(node, '/v1/stream?driver_id=phone_1', 'waggle.msgpack')
  phone.send({ type: 'location', seq: 1, ...HERE })
  await phone.nextOf('ack')
  const orderId = await order()
  const offer = await phone.nextOf('offer')
  expect(offer).toMatchObject({ order: { order_id: orderId, status: 'placed' }, pickup_eta_s: expect.any(Number) })
  expect(Date.parse(String(offer.expires_at))).toBeGreaterThan(Date.now())

  const again = await openClient(node, '/v1/stream?driver_id=phone_1')
  expect((await again.nextOf('offer')).offer_id).toBe(offer.offer_id)
  await phone.close()

  again.send({ type: 'accept', offer_id: offer.offer_id })
  expect(await again.nextOf('accepted')).toMatchObject({
    order: { order_id: orderId, status: 'assigned', driver: { driver_id: 'phone_1' } },
  })
  expect(await again.nextOf('assignment')).toMatchObject({ order: { order_id: orderId } })
  again.send({ type: 'accept', offer_id: offer.offer_id })
  expect((await again.nextOf('accepted')).offer_id).toBe(offer.offer_id)

  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'changed my mind' })
  expect(await again.nextOf('order_cancelled')).toMatchObject({ order_id: orderId, reason: 'changed my mind' })
  again.send({ type: 'accept', offer_id: offer.offer_id })
  await again.next(({ type }) => type === 'offer_closed' || type === 'accepted')
  again.send({ type: 'accept', offer_id: 'nonsense' })
  expect((await again.nextOf('error')).code).toBe('invalid')
  await again.close()
  await node.call('PUT', '/v1/drivers/phone_1/availability', { status: 'offline' })
})

test('a declined offer is closed, for another driver’s connection too', async () => {
  await available('phone_2')
  const phone = await openClient(node, '/v1/stream?driver_id=phone_2')
  const stranger = await openClient(node, '/v1/stream?driver_id=phone_3')
  phone.send({ type: 'location', seq: 1, ...HERE })
  await phone.nextOf('ack')
  const orderId = await order()
  const { offer_id } = await phone.nextOf('offer')
  stranger.send({ type: 'accept', offer_id })
  expect(await stranger.nextOf('offer_closed')).toEqual({ type: 'offer_closed', offer_id })
  phone.send({ type: 'decline', offer_id })
  expect(await phone.nextOf('declined')).toMatchObject({ offer_id })
  phone.send({ type: 'accept', offer_id })
  expect(await phone.nextOf('offer_closed')).toMatchObject({ offer_id })
  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'x' })
  await node.call('PUT', '/v1/drivers/phone_2/availability', { status: 'offline' })
  await Promise.all([phone.close(), stranger.close()])
})

test('a subscription begins with how things stand and goes on with what changes, without a hole', async () => {
  const orderId = await order()
  const live = await openClient(node, '/v1/live')
  const cell = `cell:${cellAt(HERE, 7)}`
  const topics = [`order:${orderId}`, 'driver:live_1', cell, 'fleet']
  live.send({ type: 'subscribe', topics })
  for (const topic of topics) await live.next(m => m.type === 'subscribed' && m.topic === topic)

  await available('live_1')
  await node.call('POST', '/v1/drivers/live_1/location', HERE)
  for (const topic of ['driver:live_1', cell, 'fleet']) {
    const message = await live.next(m => m.type === 'location' && m.topic === topic)
    expect(message.data).toMatchObject({ driver_id: 'live_1', ...HERE })
  }
  await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: 'live_1' })
  await live.next(m => m.topic === `order:${orderId}` && (m.data as Body | undefined)?.status === 'assigned')
  await node.call('POST', '/v1/drivers/live_1/location', { ...HERE, speed: 2 })
  await live.next(m => m.topic === `order:${orderId}` && m.type === 'location')
  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'x' })
  await live.next(m => (m.data as Body | undefined)?.status === 'cancelled')

  const last = new Map<unknown, number>()
  for (const { type, topic, seq, to } of live.messages) {
    const before = last.get(topic)
    if (before !== undefined && type !== 'gap') expect(Number(seq)).toBe(before + 1)
    last.set(topic, Number(type === 'gap' ? to : seq))
  }
  live.send({ type: 'unsubscribe', topics: ['fleet'] })
  expect(await live.nextOf('unsubscribed')).toEqual({ type: 'unsubscribed', topic: 'fleet' })
  await live.close()
})

test.each<[string, object | string | Uint8Array<ArrayBuffer>, string]>([
  ['broken JSON', '{', 'malformed'],
  ['nothing', '', 'malformed'],
  ['bytes', new Uint8Array([123, 125]), 'malformed'],
  ['a long message', { type: 'subscribe', topics: ['x'.repeat(70_000)] }, 'too_large'],
  ['null', 'null', 'invalid'],
  ['another type', { type: 'hello' }, 'invalid'],
  ['no topics', { type: 'subscribe', topics: [] }, 'invalid'],
  ['a topic that is none', { type: 'subscribe', topics: ['weather'] }, 'invalid'],
  ['101 topics', { type: 'subscribe', topics: new Array(101).fill('fleet') }, 'invalid'],
])('on the live socket, %s is answered with an error', async (_, message, code) => {
  const live = await openClient(node, '/v1/live')
  live.send(message)
  expect((await live.nextOf('error')).code).toBe(code)
  live.send({
    type: 'subscribe',
    topics: ['fleet', 'order:ord_0001m7ybkwqy9p8mkyj0vw', 'order:ord_0001m7ybkwqy9p8mkyj0vwab'],
  })
  expect(await live.nextOf('subscribed')).toMatchObject({ topic: 'fleet' })
  await live.close()
})

test.each(['/v1/orders/ID/driver-location', '/api/v1/drivers/orders/ID/driver-location'])(
  '%s follows the driver of an order as the seeds’ clients expect',
  async path => {
    const driverId = path.startsWith('/api') ? 'seed_1' : 'seed_2'
    await available(driverId)
    const orderId = await order()
    const follower = await openClient(node, path.replace('ID', orderId))
    expect(await follower.nextOf('connected')).toEqual({ type: 'connected', order_id: orderId })
    await node.call('POST', `/v1/drivers/${driverId}/location`, { ...HERE, speed: 1, heading: 90 })
    await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: driverId })
    const update = await follower.nextOf('location_update')
    expect(update.data).toMatchObject({ driver_id: driverId, ...HERE, speed: 1, heading: 90, order_id: orderId })
    await node.call('POST', `/v1/drivers/${driverId}/location`, { ...HERE, speed: 2 })
    await follower.next(m => (m.data as Body | undefined)?.speed === 2)
    await follower.close()
    await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'x' })
  },
)

test('sockets need the key, a driver’s id that can be one, and an order that exists', async () => {
  const opened = (path: string) =>
    fetch(`${node.url}${path}`, { headers: { upgrade: 'websocket', connection: 'upgrade' } })

  for (const path of ['/v1/live', '/v1/stream?token=wrong']) expect((await opened(path)).status).toBe(401)
  expect((await opened(`/v1/stream?driver_id=a%20b&token=${node.key}`)).status).toBe(422)
  expect((await opened(`/v1/orders/ord_1/driver-location?token=${node.key}`)).status).toBe(404)
})

test('a thousand sockets opened and dropped leave nothing behind', async () => {
  const orderId = await order()
  const paths = ['/v1/stream', '/v1/stream?driver_id=drop', '/v1/live', `/v1/orders/${orderId}/driver-location`]
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(
      Array.from({ length: 100 }, (_, i) => openClient(node, paths[i % paths.length] ?? '')),
    )
    for (const client of clients)
      client.send({ type: 'subscribe', topics: ['fleet', 'driver:drop', `order:${orderId}`] })
    for (const client of clients) client.socket.terminate()
  }
  for (const kind of ['stream', 'live', 'order_location']) {
    await until(async () => (await node.metric(`waggle_sockets_open{kind="${kind}"}`)) === 0, `no ${kind} is open`)
  }
  await until(async () => (await node.metric('waggle_live_subscriptions')) === 0, 'nobody watches')
  expect(await node.metric('waggle_live_topics')).toBe(0)
  expect(await node.metric('waggle_unexpected_errors_total')).toBe(0)
}, 30_000)
