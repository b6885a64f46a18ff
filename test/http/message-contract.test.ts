/**
 * Every message of the sockets that the AsyncAPI document names, driven on a whole node: each frame that is sent or comes is as the
 * document says, none comes that it does not name, and none that it names is left out.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readDocuments } from '../../src/contract/documents.ts'
import { cellAt, MATCHING_RES, PRICE_RES } from '../../src/domain/h3.ts'
import { disc } from '../../src/domain/zones/zones.fixtures.ts'
import { MessageBook } from '../support/message-book.ts'
import { StalledWatcher } from '../support/stalled-watcher.ts'
import { until } from '../support/until.ts'
import { callerAs, pathOf, TOKEN_ENV } from './callers.ts'
import { ADMIN_KEY, type Body, startTestNode, type TestNode } from './node.ts'
import { type Client, openClient } from './socket.ts'

const SOCKETS = ['stream', 'live', 'orderDriverLocation']
/** What goes over NATS: test/cluster/message-contract.test.ts. */
const SUBJECTS = ['orderEvents', 'driverEvents', 'replayedEvents', 'positions']

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const BY_HAND = { pickup: HERE, dropoff: THERE, vehicle_type: 'nobody_has_it' }
/** More than what the kernel holds for a reader that does not read. */
const FLOOD_FIXES = 120_000
const FLOOD_DRIVERS = 1_000

let node: TestNode
let book: MessageBook
const opened: { readonly channel: string; readonly client: Client }[] = []

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_RATE_LIMITS: 'off' })
  book = new MessageBook((await readDocuments(node.url)).asyncApi)
})

afterAll(async () => {
  for (const { client } of opened) await client.close()
  await node.stop()
})

/** A client whose frames are written down both ways. */
async function open(channel: string, path: string, protocol?: string, token?: string): Promise<Client> {
  const client = await openClient(node, path, protocol, token)
  opened.push({ channel, client })
  return {
    ...client,
    send(message) {
      book.note(channel, 'received', message)
      client.send(message)
    },
  }
}

async function made(path: string, body: object): Promise<Body> {
  const { status, body: answer, text } = await node.call('POST', path, body)
  if (status >= 300) throw new Error(`${path} answered ${status}: ${text}`)
  return answer
}

async function onDuty(driverId: string): Promise<void> {
  await made('/v1/drivers', { driver_id: driverId, capacity: 1 })
  await made(`/v1/drivers/${driverId}/location`, HERE)
  await node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'available' })
}

test('the document has these channels and no other', () => {
  expect(book.channels.sort()).toEqual([...SOCKETS, ...SUBJECTS].sort())
})

test('a phone: positions, offers and what becomes of them', async () => {
  await onDuty('ada')
  const phone = await open('stream', '/v1/stream?driver_id=ada')
  phone.send({ type: 'location', seq: 1, ...HERE, speed: 3, heading: 90, accuracy: 5 })
  await phone.next(({ type, seq }) => type === 'ack' && seq === 1)
  phone.send({ type: 'locations', seq: 2, points: [{ ...HERE, recorded_at: new Date().toISOString() }] })
  await phone.next(({ type, seq }) => type === 'ack' && seq === 2)

  const trip = { pickup: HERE, dropoff: THERE }
  const refused = await made('/v1/orders', trip)
  const declined = await phone.nextOf('offer')
  phone.send({ type: 'decline', offer_id: declined.offer_id })
  await phone.nextOf('declined')
  // Or somebody else would be asked in the tests below.
  await made(`/v1/orders/${refused.order_id}/cancel`, { reason: 'changed my mind' })

  await node.call('PUT', '/v1/drivers/ada/availability', { status: 'available' })
  const taken = await made('/v1/orders', trip)
  const { offer_id } = await phone.next(
    ({ type, order }) => type === 'offer' && (order as Body).order_id === taken.order_id,
  )
  phone.send({ type: 'accept', offer_id })
  await phone.nextOf('accepted')
  await phone.nextOf('assignment')
  await made(`/v1/orders/${taken.order_id}/cancel`, { reason: 'changed my mind' })
  await phone.nextOf('order_cancelled')

  const revoked = await made('/v1/orders', trip)
  const open_ = await phone.next(({ type, order }) => type === 'offer' && (order as Body).order_id === revoked.order_id)
  await made(`/v1/orders/${revoked.order_id}/cancel`, { reason: 'changed my mind' })
  await phone.nextOf('offer_revoked')
  phone.send({ type: 'accept', offer_id: open_.offer_id })
  await phone.nextOf('offer_closed')
})

test('a server with positions of many, in either encoding, and what is wrong with a row', async () => {
  for (const protocol of ['waggle.json', 'waggle.msgpack']) {
    const stream = await open('stream', '/v1/stream', protocol)
    stream.send({ type: 'locations', seq: 1, points: [1, 2].map(i => ({ driver_id: `many_${i}`, ...HERE })) })
    await stream.nextOf('ack')
    // Sent as it is: the document would not let it pass.
    opened.at(-1)?.client.send({ type: 'location', seq: 2, driver_id: 'many_1', latitude: 91, longitude: 0 })
    await stream.nextOf('error')
  }
})

test('watchers: an order, its driver, a fence, the fleet, prices, and what is refused', async () => {
  await onDuty('bob')
  await made('/v1/zones', {
    zone_id: 'yard',
    name: 'Yard',
    kind: 'geofence',
    geometry: { type: 'Polygon', coordinates: disc(THERE, 300)[0] },
  })
  const order = await made('/v1/orders', { ...BY_HAND, notes: 'ring', items: [{ name: 'soup', quantity: 1 }] })
  const price = cellAt(HERE, PRICE_RES)
  const live = await open('live', '/v1/live')
  const topics = [`order:${order.order_id}`, 'driver:bob', 'zone:yard', 'fleet', `cell:${price}`]
  live.send({ type: 'subscribe', topics })
  for (const topic of topics) await live.next(message => message.type === 'subscribed' && message.topic === topic)
  live.send({ type: 'subscribe', topics: ['driver:'] })
  await live.nextOf('error')

  await made(`/v1/orders/${order.order_id}/assign`, { driver_id: 'bob' })
  await live.nextOf('order')
  await live.nextOf('driver')
  // Zones are read twice a second.
  await until(async () => {
    await made('/v1/drivers/bob/location', { ...THERE, latitude: THERE.latitude + Math.random() * 1e-4 })
    return live.messages.some(({ type }) => type === 'geofence')
  }, 'the driver is seen to enter')
  await live.nextOf('location')

  const customer = await callerAs(node, 'customer', 'cus_1')
  const own = await customer.call('POST', '/v1/orders', BY_HAND)
  const link = new URL(String(own.body.tracking_url), node.url).searchParams.get('token') ?? ''
  const guest = await open('live', '/v1/live', undefined, link)
  guest.send({ type: 'subscribe', topics: [`order:${own.body.order_id}`] })
  await guest.nextOf('subscribed')
  await made(`/v1/orders/${own.body.order_id}/cancel`, { reason: 'x' })
  await guest.nextOf('order')

  live.send({ type: 'unsubscribe', topics: ['fleet'] })
  await live.nextOf('unsubscribed')
})

test('prices that rise are told to whoever watches the cell', async () => {
  const lyon = { latitude: 45.764, longitude: 4.8357 }
  await made('/v1/pricing/rulesets', {
    version: 'lyon',
    currency: 'EUR',
    base_minor: 300,
    per_km_minor: 150,
    per_minute_minor: 30,
    minimum_minor: 700,
    round_to_minor: 10,
    surge: { round_s: 1, window_s: 60, smoothing_permille: 1_000, slope_permille: 1_000 },
    cells: [cellAt(lyon, MATCHING_RES)],
  })
  const live = await open('live', '/v1/live')
  live.send({ type: 'subscribe', topics: [`cell:${cellAt(lyon, PRICE_RES)}`] })
  await live.nextOf('subscribed')
  for (let n = 1; n <= 13; n++) {
    await made('/v1/quotes', { pickup: lyon, dropoff: { ...lyon, latitude: lyon.latitude + 0.02 * n } })
  }
  await live.nextOf('surge')
}, 30_000)

test('where the driver of an order is, for whoever has its link', async () => {
  await onDuty('cy')
  const order = await made('/v1/orders', BY_HAND)
  await made(`/v1/orders/${order.order_id}/assign`, { driver_id: 'cy' })
  const { pathname, searchParams } = new URL(pathOf(String(order.tracking_url)), node.url)
  expect(pathname).toContain(String(order.order_id))
  for (const path of [
    `/v1/orders/${order.order_id}/driver-location`,
    `/api/v1/drivers/orders/${order.order_id}/driver-location`,
  ]) {
    const socket = await open('orderDriverLocation', path, undefined, searchParams.get('token') ?? ADMIN_KEY)
    await socket.nextOf('connected')
    await made('/v1/drivers/cy/location', { ...HERE, latitude: HERE.latitude + Math.random() * 1e-4 })
    await socket.nextOf('location_update')
  }
})

test('a watcher that does not read is told what it has missed', async () => {
  const watcher = await StalledWatcher.open(node.url, ADMIN_KEY)
  watcher.send({ type: 'subscribe', topics: ['fleet'] })
  await until(() => watcher.messages.length > 0, 'it has subscribed')
  watcher.stall()
  for (let from = 0; from < FLOOD_FIXES; from += FLOOD_DRIVERS) {
    const locations = Array.from({ length: FLOOD_DRIVERS }, (_, i) => ({
      driver_id: `flood_${i}`,
      ...HERE,
      longitude: HERE.longitude + from * 1e-8,
    }))
    await made('/v1/locations', { locations })
    if ((await node.metric('waggle_live_dropped_total')) > 2 * FLOOD_DRIVERS) break
  }
  watcher.readOn()
  await until(() => watcher.messages.some(message => (message as Body).type === 'gap'), 'it is told of the gap')
  await until(() => (watcher.messages.at(-1) as Body).type !== 'gap', 'the latest follows')
  watcher.close()
  for (const message of watcher.messages) book.note('live', 'sent', message)
}, 60_000)

test('each frame was as the document says, and each kind that it names has gone or come', () => {
  for (const { channel, client } of opened) {
    for (const message of client.messages) book.note(channel, 'sent', message)
  }
  expect(book.broken.slice(0, 20)).toEqual([])
  expect(book.unseen(SOCKETS)).toEqual([])
})
