/** Test mode: what virtual couriers do. Each has an order that only it may have, so all are at work at once. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../support/until.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import type { Body } from './node.ts'
import { NEAR, TestMode, WISH } from './test-mode-rig.ts'

let mode: TestMode

beforeAll(async () => {
  mode = await TestMode.start()
})
afterAll(() => mode.stop())

test.concurrent('accept: an order goes through its whole life, driven, and its webhook is told of it as of a test', async () => {
  const receiver = new WebhookReceiver()
  const hook = await mode.tester.call('POST', '/v1/webhooks', { url: receiver.url, events: ['order.*'] })
  receiver.secret = String(hook.body.secret)
  const live = await mode.node.call('POST', '/v1/webhooks', { url: `${receiver.url}/live`, events: ['*'] })
  const { driverId, orderId } = await mode.courierAndOrder('accept')
  await until(async () => (await mode.read(orderId)).status === 'delivered', 'it is delivered', 25_000)

  const steps = (await mode.events(orderId)).map(({ status }) => status)
  expect(steps.filter((status, i) => status !== steps[i - 1])).toEqual([
    'placed',
    'assigned',
    'en_route_to_pickup',
    'at_pickup',
    'en_route_to_dropoff',
    'delivered',
  ])
  expect((await mode.read(orderId)).driver).toMatchObject({ driver_id: driverId })
  // It has driven there, and not been put there.
  const { body } = await mode.tester.call('GET', `/v1/drivers/${driverId}/route`)
  expect((body.data as Body[]).length).toBeGreaterThan(3)
  await until(() => receiver.taken.some(({ type }) => type === 'order.delivered'), 'the webhook has heard')
  expect(receiver.taken.every(({ mode, isSigned }) => mode === 'test' && isSigned)).toBe(true)
  const deliveries = await mode.node.call('GET', `/v1/webhooks/${live.body.webhook_id}/deliveries`)
  expect(
    (deliveries.body.data as Body[]).filter(({ object_id }) => [orderId, driverId].includes(String(object_id))),
  ).toEqual([])
  await mode.tester.call('DELETE', `/v1/webhooks/${hook.body.webhook_id}`)
  await mode.node.call('DELETE', `/v1/webhooks/${live.body.webhook_id}`)
  await receiver.stop()
}, 60_000)

test.concurrent('decline: the offer is refused, and the order looks on', async () => {
  const { orderId, driverId } = await mode.courierAndOrder('decline')
  const closed = await mode.hasHappened(orderId, 'offer_closed', 'it is declined')
  expect(closed).toMatchObject({ driver_id: driverId, reason: 'declined' })
  expect((await mode.read(orderId)).status).toBe('placed')
  // Another one takes it.
  const { vehicle_type } = await mode.read(orderId)
  await mode.tester.call('POST', '/v1/test/drivers', { behaviour: 'accept', near: NEAR, vehicle_type, speed_mps: 50 })
  await until(async () => (await mode.read(orderId)).status === 'delivered', 'another one delivers it', 60_000)
}, 90_000)

test.concurrent('stall: the offer is not answered, and expires', async () => {
  const { orderId } = await mode.courierAndOrder('stall')
  const closed = await mode.hasHappened(orderId, 'offer_closed', 'it has expired')
  expect(closed).toMatchObject({ reason: 'expired' })
  expect((await mode.read(orderId)).status).toBe('placed')
}, 30_000)

test.concurrent('no_show: it takes the order, sets out and never arrives; the order can be taken back', async () => {
  const { orderId } = await mode.courierAndOrder('no_show')
  await until(async () => (await mode.read(orderId)).status === 'en_route_to_pickup', 'it has set out', 20_000)
  await Bun.sleep(3_000)
  expect((await mode.read(orderId)).status).toBe('en_route_to_pickup')
  const back = await mode.tester.call('POST', `/v1/orders/${orderId}/unassign`, { reason: 'did not show' })
  expect([back.status, back.body.status]).toEqual([200, 'placed'])
}, 40_000)

test.concurrent('drop_out: it gives the order back at the pickup', async () => {
  const { orderId, driverId } = await mode.courierAndOrder('drop_out')
  const dropped = await mode.hasHappened(orderId, 'unassigned', 'it drops out')
  expect(dropped).toMatchObject({ driver_id: driverId, status: 'placed', by: { role: 'driver', id: driverId } })
}, 40_000)

test.concurrent('a courier behaves otherwise from now on, and goes home', async () => {
  const { driverId, vehicle_type } = await mode.courierAndOrder('stall')
  const patched = await mode.tester.call('PATCH', `/v1/test/drivers/${driverId}`, { behaviour: 'accept' })
  expect(patched.body).toMatchObject({ driver_id: driverId, behaviour: 'accept' })
  const { body } = await mode.tester.call('POST', '/v1/orders', { ...WISH, vehicle_type })
  await until(async () => (await mode.read(String(body.order_id))).status === 'delivered', 'it delivers', 60_000)
  expect((await mode.tester.call('DELETE', `/v1/test/drivers/${driverId}`)).status).toBe(204)
  expect((await mode.tester.call('GET', `/v1/drivers/${driverId}`)).body.status).toBe('offline')
  await Bun.sleep(1_500)
  expect((await mode.tester.call('GET', `/v1/drivers/${driverId}`)).body.status).toBe('offline')
  expect((await mode.tester.call('GET', '/v1/test/drivers')).text).not.toContain(driverId)
}, 90_000)

test.concurrent('one whose time is over goes home by itself', async () => {
  const { driverId } = await mode.courierAndOrder('stall')
  await mode.sql`update virtual_couriers set expires_at = now() where driver_id = ${driverId}`
  await until(async () => !(await mode.tester.call('GET', '/v1/test/drivers')).text.includes(driverId), 'it is gone')
  expect((await mode.tester.call('GET', `/v1/drivers/${driverId}`)).body.status).toBe('offline')
}, 30_000)
