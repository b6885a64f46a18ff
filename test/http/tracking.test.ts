/** A tracking link: what it shows, on which ways, and what it does not. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { assignedOrder, callerAs, pathOf, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Answer, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.7701, longitude: -122.42 }
/** Of other people, and of no business of whoever waits for a parcel. */
const PERSONAL = ['Secret Street', 'ring twice', 'Name of', 'cus_1', 'amount', 'reference']

let node: TestNode

beforeAll(async () => {
  node = await startTestNode(TOKEN_ENV)
  await workingDriver(node, 'drv_1')
})

afterAll(async () => {
  await node.stop()
})

function anonymously(path: string): Promise<Answer> {
  return node.call('GET', path, undefined, { authorization: '' })
}

function tokenIn(url: string): string {
  return new URL(url).searchParams.get('token') ?? ''
}

test('a read shows how the order stands from the beginning to the end, and nothing personal', async () => {
  const wish = { pickup: { ...HERE, address: 'Secret Street 1' }, dropoff: THERE, vehicle_type: 'nobody_has_it' }
  const { body } = await node.call('POST', '/v1/orders', { ...wish, customer_id: 'cus_1', notes: 'ring twice' })
  const path = pathOf(String(body.tracking_url))
  const shown: Answer[] = [await anonymously(path)]
  expect(shown[0]?.body).toMatchObject({ order_id: body.order_id, status: 'placed', driver: null, location: null })

  await node.call('POST', `/v1/orders/${body.order_id}/assign`, { driver_id: 'drv_1' })
  shown.push(await anonymously(path))
  expect(shown[1]?.body).toMatchObject({
    status: 'assigned',
    driver: { driver_id: 'drv_1' },
    eta: { pickup_at: expect.any(String), dropoff_at: expect.any(String) },
    location: { ...HERE, stale: false },
  })
  await node.call('POST', `/v1/orders/${body.order_id}/cancel`, { reason: 'x' })
  shown.push(await anonymously(path))
  // Where its driver is now is none of this order's business any more.
  expect(shown[2]?.body).toMatchObject({ status: 'cancelled', location: null })
  for (const { text } of shown) for (const words of PERSONAL) expect(text).not.toContain(words)
})

test('the live topic of the order is the only one, and shows as little', async () => {
  const { orderId, trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  const client = await openClient(node, '/v1/live', undefined, tokenIn(trackingUrl))
  client.send({ type: 'subscribe', topics: [`order:${orderId}`, 'driver:drv_1', 'fleet'] })
  expect(await client.nextOf('subscribed')).toMatchObject({
    topic: `order:${orderId}`,
    snapshot: { status: 'assigned' },
  })
  expect((await client.nextOf('error')).code).toBe('forbidden')
  expect((await client.nextOf('error')).code).toBe('forbidden')

  await node.call('POST', '/v1/drivers/drv_1/location', { ...THERE, order_id: 'ord_of_somebody_else' })
  expect(await client.nextOf('location')).toMatchObject({ data: { ...THERE, order_id: orderId } })
  await node.call('POST', `/v1/orders/${orderId}/status`, { status: 'en_route_to_pickup' })
  expect(await client.nextOf('order')).toMatchObject({ data: { order_id: orderId, status: 'en_route_to_pickup' } })
  for (const words of [...PERSONAL, 'somebody_else']) expect(JSON.stringify(client.messages)).not.toContain(words)
  await client.close()
})

test('the link itself is the socket’s address too', async () => {
  const { orderId, trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  const [path = ''] = pathOf(trackingUrl).split('?')
  const client = await openClient(node, path, undefined, tokenIn(trackingUrl))
  expect(await client.nextOf('connected')).toMatchObject({ order_id: orderId })
  expect(await client.nextOf('location_update')).toMatchObject({ data: { order_id: orderId, driver_id: 'drv_1' } })
  await client.close()
})

test('a customer is not told of the other orders of its driver either', async () => {
  const { orderId } = await assignedOrder(node, 'cus_1', 'drv_1')
  const customer = await callerAs(node, 'customer', 'cus_1')
  const client = await openClient(node, '/v1/live', undefined, customer.token)
  client.send({ type: 'subscribe', topics: [`order:${orderId}`] })
  await client.nextOf('subscribed')
  await node.call('POST', '/v1/drivers/drv_1/location', { ...HERE, order_id: 'ord_of_somebody_else' })
  expect(await client.nextOf('location')).toMatchObject({ data: { ...HERE, order_id: orderId } })
  const read = await customer.call('GET', `/v1/orders/${orderId}/driver-location`)
  expect(read.body).toMatchObject({ ...HERE, order_id: orderId })
  await client.close()
})

test('a link is part of the order wherever that is shown, and always the same', async () => {
  const { orderId, trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  expect((await node.call('GET', `/v1/orders/${orderId}`)).body.tracking_url).toBe(trackingUrl)
  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'x' })
  expect((await node.call('GET', `/v1/orders/${orderId}`)).body.tracking_url).toBe(trackingUrl)
})

test('a link that has been changed, or is over, is 401', async () => {
  const { trackingUrl } = await assignedOrder(node, 'cus_1', 'drv_1')
  const path = pathOf(trackingUrl)
  for (const wrong of [path.slice(0, -1), path.replace('token=trk_', 'token=trk_0'), path.split('?')[0] ?? '']) {
    expect((await anonymously(wrong)).status).toBe(401)
  }
  const key = path.replace(/token=.*/, `token=${node.key}`)
  // A key in an address ends up in logs and histories: it does not open a plain read.
  expect((await anonymously(key)).status).toBe(401)
})
