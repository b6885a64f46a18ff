/** What users of other systems report about the edge: each as it was told, over the public API of a real node. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cellAt } from '../../src/domain/h3.ts'
import { until } from '../support/until.ts'
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

test('no phone rings for an order that is gone: however soon it is cancelled, each offer that a socket heard of is revoked there', async () => {
  await node.call('POST', '/v1/drivers', { driver_id: 'phone' })
  await node.call('PUT', '/v1/drivers/phone/availability', { status: 'available' })
  const phone = await openClient(node, '/v1/stream?driver_id=phone')
  phone.send({ type: 'location', seq: 1, ...HERE })
  await phone.nextOf('ack')
  const of = (type: string) => phone.messages.filter(m => m.type === type).map(m => m.offer_id)
  for (let n = 0; n < 12; n++) {
    const { order_id } = (await node.call('POST', '/v1/orders', { pickup: HERE, dropoff: THERE })).body
    // From at once, before it was proposed to anybody, to after it rings.
    await Bun.sleep(4 * n)
    expect((await node.call('POST', `/v1/orders/${order_id}/cancel`, { reason: 'changed my mind' })).status).toBe(200)
  }
  await until(async () => of('offer').every(id => of('offer_revoked').includes(id)), 'the phone is silent')
  expect(of('offer').length).toBeGreaterThan(0)
  expect((await node.call('GET', '/v1/offers?driver_id=phone')).body.data).toEqual([])
  for (const offerId of of('offer')) {
    expect((await node.call('POST', `/v1/offers/${offerId}/accept`)).body.code).toBe('offer_closed')
  }
  expect(phone.messages.filter(m => m.type === 'assignment')).toEqual([])
  await phone.close()
})

test('a public location service: an all-digit order id, an absent field and a latitude above 85° take no batch down, and all of it is acknowledged', async () => {
  const rows = [
    { driver_id: 'digits', ...HERE, order_id: '12345678901234567890' },
    { driver_id: 'absent', ...HERE },
    { driver_id: 'null', ...HERE, speed: null, heading: null, accuracy: null, order_id: null, recorded_at: null },
    { driver_id: 'pole', latitude: 89.99, longitude: 0 },
    { driver_id: 'south_pole', latitude: -90, longitude: 180 },
  ]
  expect((await node.call('POST', '/v1/locations', { locations: rows })).body).toEqual({
    committed: rows.length,
    late: 0,
    ignored: 0,
    rejected: [],
  })
  const client = await openClient(node, '/v1/stream')
  client.send({ type: 'locations', seq: 1, points: rows.map(row => ({ ...row, speed: 1 })) })
  client.send({ type: 'location', seq: 2, driver_id: '4711', ...HERE, order_id: '4712' })
  await client.next(({ type, seq }) => type === 'ack' && seq === 2)
  expect(client.messages.filter(({ type }) => type === 'error')).toEqual([])
  await client.close()
  for (const { driver_id } of [...rows, { driver_id: '4711' }]) {
    expect((await node.call('GET', `/v1/drivers/${driver_id}/route`)).body.data).not.toEqual([])
  }
})

test('traccar-web 932: 2,500 vehicles are one snapshot, and whoever looks at one place hears of that place only', async () => {
  const at = (n: number) => ({ latitude: 40 + (n % 50) * 0.01, longitude: -100 + Math.floor(n / 50) * 0.01 })
  for (let from = 0; from < 2_500; from += 500) {
    const locations = Array.from({ length: 500 }, (_, i) => ({ driver_id: `map_${from + i}`, ...at(from + i) }))
    expect((await node.call('POST', '/v1/locations', { locations })).body.committed).toBe(500)
  }
  const fleet = await openClient(node, '/v1/live')
  fleet.send({ type: 'subscribe', topics: ['fleet'] })
  const { drivers, truncated } = (await fleet.nextOf('subscribed')).snapshot as Body
  expect((drivers as Body[]).filter(d => String(d.driver_id).startsWith('map_')).length).toBe(2_500)
  expect(truncated).toBe(false)

  const near = await openClient(node, '/v1/live')
  const cell = cellAt(at(0), 8)
  near.send({ type: 'subscribe', topics: [`cell:${cell}`] })
  const { snapshot } = await near.nextOf('subscribed')
  expect(((snapshot as Body).drivers as Body[]).map(d => d.driver_id)).toEqual(['map_0'])
  for (const n of [1_200, 0, 2_499]) await node.call('POST', `/v1/drivers/map_${n}/location`, { ...at(n), speed: 1 })
  await fleet.next(m => (m.data as Body | undefined)?.driver_id === 'map_2499')
  expect((await near.nextOf('location')).data).toMatchObject({ driver_id: 'map_0' })
  expect(near.messages.filter(m => m.type === 'location').length).toBe(1)
  await Promise.all([fleet.close(), near.close()])
})
