/** Ratings over the public API: once per side, who reads what, and what they come to. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { assignedOrder, type Caller, callerAs, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

let node: TestNode
let customer: Caller
let driver: Caller

beforeAll(async () => {
  node = await startTestNode(TOKEN_ENV)
  await workingDriver(node, 'drv_1')
  customer = await callerAs(node, 'customer', 'cus_1')
  driver = await callerAs(node, 'driver', 'drv_1')
})

afterAll(async () => {
  await node.stop()
})

async function delivered(): Promise<string> {
  const { orderId } = await assignedOrder(node, 'cus_1', 'drv_1')
  const path = `/v1/orders/${orderId}`
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']) {
    expect((await driver.call('POST', `${path}/status`, { status })).status).toBe(200)
  }
  return `${path}/ratings`
}

const sum = async (path: string) => (await node.call('GET', path)).body.ratings
const listed = async (by: Pick<Caller, 'call'>, path: string) => (await by.call('GET', path)).body.data as Body[]

test('each side rates once; its words are for itself and for dispatchers', async () => {
  const path = await delivered()
  const kind = await customer.call('POST', path, { stars: 5, comment: 'so kind' })
  expect([kind.status, kind.body]).toEqual([
    201,
    expect.objectContaining({ side: 'customer', stars: 5, comment: 'so kind' }),
  ])
  expect((await customer.call('POST', path, { stars: 5, comment: 'so kind' })).status).toBe(201)
  const other = await customer.call('POST', path, { stars: 1 })
  expect([other.status, other.body.code]).toEqual([409, 'already_exists'])
  expect((await driver.call('POST', path, { stars: 2, comment: 'never tips' })).status).toBe(201)

  expect((await listed(customer, path)).map(({ comment }) => comment)).toEqual(['so kind'])
  expect((await listed(driver, path)).map(({ comment }) => comment)).toEqual(['never tips'])
  const dispatcher = await callerAs(node, 'dispatcher', 'dis_1')
  expect((await listed(dispatcher, path)).map(({ comment }) => comment)).toEqual(['so kind', 'never tips'])
  for (const by of [customer, driver]) {
    const seen = [
      await by.call('GET', path.replace('/ratings', '')),
      await by.call('GET', path.replace('ratings', 'events')),
    ]
    for (const { text } of seen) expect(text).not.toMatch(/so kind|never tips|stars/)
  }
})

test('drivers and customers are read with what others thought of them, summed up', async () => {
  const before = (await sum('/v1/drivers/drv_1')) as { count: number }
  for (const stars of [4, 3]) {
    const path = await delivered()
    await customer.call('POST', path, { stars })
    await driver.call('POST', path, { stars: 1 })
  }
  const after = (await sum('/v1/drivers/drv_1')) as { count: number; average: number }
  expect(after.count).toBe(before.count + 2)
  expect(after.average).toBe(Math.round(((5 * before.count + 7) / (before.count + 2)) * 100) / 100)
  const { data } = (await node.call('GET', '/v1/drivers')).body as { data: Body[] }
  expect(data.find(({ driver_id }) => driver_id === 'drv_1')?.ratings).toEqual(after)
  expect(await sum('/v1/customers/cus_1')).toMatchObject({ count: 3 })
  expect((await customer.call('GET', '/v1/customers/cus_1')).status).toBe(200)
  expect((await customer.call('GET', '/v1/customers/cus_2')).status).toBe(404)
  expect((await node.call('GET', '/v1/customers/nobody')).status).toBe(404)
  expect((await driver.call('GET', '/v1/customers/cus_1')).status).toBe(403)
})

test('an order that is not over is not rated, nor one of others, nor for the other side', async () => {
  const { orderId } = await assignedOrder(node, 'cus_1', 'drv_1')
  const path = `/v1/orders/${orderId}/ratings`
  expect((await customer.call('POST', path, { stars: 5 })).body.code).toBe('invalid_transition')
  expect((await (await callerAs(node, 'customer', 'cus_2')).call('POST', path, { stars: 5 })).status).toBe(404)
  expect((await customer.call('POST', path, { stars: 5, side: 'driver' })).status).toBe(403)
  expect((await node.call('POST', path, { stars: 5 })).body.errors).toMatchObject([{ path: '/side' }])
  for (const stars of [0, 6, 4.5]) expect((await customer.call('POST', path, { stars })).status).toBe(422)
})

test('of many that rate at once with one key or with many, one rating is made', async () => {
  const path = await delivered()
  const send = (n: number) => customer.call('POST', path, { stars: 4 }, { 'idempotency-key': `key ${n % 2}` })
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => send(n)))
  expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(2)
  expect(answers.every(({ status, body }) => status === 201 || body.code === 'idempotency_in_progress')).toBe(true)
  const events = (await node.call('GET', path.replace('ratings', 'events'))).body.data as Body[]
  expect(events.filter(({ type }) => type === 'rated')).toHaveLength(1)
  expect(await send(0)).toMatchObject({ status: 201, body: { stars: 4 } })
})
