/** What a dispatcher is shown of the last hour, from a whole node, and after it is another one. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../support/until.ts'
import { startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const STEPS = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']

interface Figures {
  readonly hour: Readonly<Record<string, number | null>>
  readonly data: readonly Readonly<Record<string, unknown>>[]
}

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ WAGGLE_ACCEPT: 'auto' })
}, 60_000)

afterAll(async () => {
  await node.stop()
})

const figures = async () => (await node.call('GET', '/v1/figures')).body as unknown as Figures

test('the life of an order is in the figures of the hour', async () => {
  await node.call('POST', '/v1/drivers/drv_a/location', HERE)
  await node.call('PUT', '/v1/drivers/drv_a/availability', { status: 'available' })
  const { order_id } = (await node.call('POST', '/v1/orders', { pickup: HERE, dropoff: THERE })).body
  const status = async () => (await node.call('GET', `/v1/orders/${order_id}`)).body.status
  await until(async () => (await status()) === 'assigned', 'the driver has it')
  await until(async () => ((await figures()).hour.utilisation_ratio ?? 0) > 0, 'a look has found it at work', 30_000)
  for (const step of STEPS) {
    expect((await node.call('POST', `/v1/orders/${order_id}/status`, { status: step })).status).toBe(200)
  }
  await until(async () => (await figures()).hour.orders_delivered === 1, 'it is seen delivered', 30_000)
  const { hour, data } = await figures()
  expect(hour).toMatchObject({ orders_placed: 1, served_ratio: 1, pickups: 1, positions_acknowledged: 1 })
  expect(hour.acknowledgement_p99_ms).toBeGreaterThan(0)
  expect(data.length).toBe(60)
  const sum = data.reduce((total, minute) => total + Number(minute.orders_placed), 0)
  expect(sum).toBe(1)
}, 90_000)

test('a restart takes nothing from them', async () => {
  const before = (await figures()).hour
  await node.end()
  node = await startTestNode({}, node.postgresUrl)
  expect((await figures()).hour).toMatchObject({
    orders_placed: 1,
    orders_delivered: 1,
    pickup_p50_s: before.pickup_p50_s ?? -1,
    positions_acknowledged: 1,
  })
}, 60_000)
