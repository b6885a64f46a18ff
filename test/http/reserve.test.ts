/** Drivers named ahead of time, over the public API. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Caller, callerAs, TOKEN_ENV } from './callers.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

const TRIP = { pickup: { latitude: 37.77, longitude: -122.42 }, dropoff: { latitude: 37.79, longitude: -122.41 } }

let node: TestNode
let ann: Caller

beforeAll(async () => {
  node = await startTestNode(TOKEN_ENV)
  await node.call('POST', '/v1/drivers', { driver_id: 'ann', name: 'Ann' })
  await node.call('PUT', '/v1/drivers/ann/availability', { status: 'available' })
  await node.call('POST', '/v1/drivers/ann/location', TRIP.pickup)
  ann = await callerAs(node, 'driver', 'ann')
})

afterAll(async () => {
  await node.stop()
})

async function booked(aheadH: number): Promise<string> {
  const scheduled_at = new Date(Date.now() + aheadH * 3_600_000).toISOString()
  const { body } = await node.call('POST', '/v1/orders', { ...TRIP, scheduled_at })
  return `/v1/orders/${body.order_id}`
}

test('a scheduled order is promised to a driver, who sees it among its own, stays free, and may let it go', async () => {
  const path = await booked(24)
  const { status, body } = await node.call('POST', `${path}/assign`, { driver_id: 'ann' })
  expect(status).toBe(200)
  expect(body).toMatchObject({ status: 'scheduled', driver: { driver_id: 'ann', name: 'Ann' }, attempts: 1 })
  expect((await node.call('GET', '/v1/drivers/ann')).body).toMatchObject({ status: 'available', load: 0 })
  const own = (await ann.call('GET', '/v1/orders?status=scheduled')).body.data as Body[]
  expect(own.map(({ order_id }) => `/v1/orders/${order_id}`)).toEqual([path])
  expect((await ann.call('GET', path)).status).toBe(200)

  const overlapping = await node.call('POST', `${await booked(24.05)}/assign`, { driver_id: 'ann' })
  expect([overlapping.status, overlapping.body.code]).toEqual([409, 'driver_unavailable'])

  const letGo = await ann.call('POST', `${path}/unassign`, { reason: 'ill' })
  expect(letGo.body).toMatchObject({ status: 'scheduled', driver: null })
  expect((await ann.call('GET', path)).status).toBe(404)
  const { data } = (await node.call('GET', `${path}/events`)).body as { data: Body[] }
  expect(data.map(({ type, status }) => [type, status])).toEqual([
    ['placed', 'scheduled'],
    ['offered', 'scheduled'],
    ['reserved', 'scheduled'],
    ['unreserved', 'scheduled'],
  ])
})

test('a promise survives the node', async () => {
  const path = await booked(48)
  await node.call('POST', `${path}/assign`, { driver_id: 'ann' })
  await node.end()
  node = await startTestNode(TOKEN_ENV, node.postgresUrl)
  expect((await node.call('GET', path)).body).toMatchObject({ status: 'scheduled', driver: { driver_id: 'ann' } })
  const overlapping = await node.call('POST', `${await booked(48.05)}/assign`, { driver_id: 'ann' })
  expect(overlapping.body.code).toBe('driver_unavailable')
})
