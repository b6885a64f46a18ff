/** Whoever comes too often is told when to come again, and nobody else feels it. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { assignedOrder, callerAs, pathOf, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Answer, startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const TRIP = { pickup: HERE, dropoff: { latitude: 37.79, longitude: -122.41 }, vehicle_type: 'nobody_has_it' }

let node: TestNode

beforeAll(async () => {
  const limits = 'customer.write=3,customer.socket=2,driver.position=5,link.read=4,address.refused=6'
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_RATE_LIMITS: limits })
  await workingDriver(node, 'drv_1')
})

afterAll(async () => {
  await node.stop()
})

async function statuses(count: number, send: () => Promise<Answer>): Promise<number[]> {
  const answers: number[] = []
  for (let i = 0; i < count; i++) answers.push((await send()).status)
  return answers
}

test('beyond its rate a caller gets 429 with the time to wait; another caller, and another kind of request, do not', async () => {
  const [ann, bob] = [await callerAs(node, 'customer', 'ann'), await callerAs(node, 'customer', 'bob')]
  const order = () => ann.call('POST', '/v1/orders', TRIP)
  expect(await statuses(3, order)).toEqual([201, 201, 201])
  const { status, headers, body } = await order()
  expect([status, body.code]).toEqual([429, 'rate_limited'])
  expect(Number(headers.get('retry-after'))).toBeWithin(1, 61)
  expect((await ann.call('GET', '/v1/orders')).status).toBe(200)
  expect((await bob.call('POST', '/v1/orders', TRIP)).status).toBe(201)
  expect(await statuses(10, () => node.call('POST', '/v1/orders', TRIP))).toEqual(Array(10).fill(201))
  expect(await node.metric('waggle_http_requests_total{method="POST",route="/v1/orders",status="429"}')).toBe(1)
})

test('each key is held by itself, whoever’s it is', async () => {
  const key = async () => {
    const { body } = await node.call('POST', '/v1/keys', { name: 'phone', role: 'driver', sub: 'drv_1' })
    return { authorization: `Bearer ${body.secret}` }
  }
  const [one, two] = [await key(), await key()]
  const post = (headers: Record<string, string>) => node.call('POST', '/v1/drivers/drv_1/location', HERE, headers)
  expect(await statuses(6, () => post(one))).toEqual([202, 202, 202, 202, 202, 429])
  expect((await post(two)).status).toBe(202)
})

test('the holder of a link is held, and so are the sockets that somebody opens', async () => {
  const { trackingUrl } = await assignedOrder(node, 'ann', 'drv_1')
  const path = pathOf(trackingUrl)
  const read = () => node.call('GET', path, undefined, { authorization: '' })
  expect(await statuses(5, read)).toEqual([200, 200, 200, 200, 429])
  const { token } = await callerAs(node, 'customer', 'ann')
  const open = async () => {
    const headers = { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-version': '13' }
    return (await fetch(`${node.url}/v1/live?token=${token}`, { headers })).status
  }
  const opened = [await open(), await open(), await open()]
  expect(opened[2]).toBe(429)
})

test('an address that shows wrong credentials again and again is told to slow down; a good one passes', async () => {
  const wrong = () => node.call('GET', '/v1/orders', undefined, { authorization: 'Bearer wrong' })
  const told = await statuses(8, wrong)
  expect(told.slice(-2)).toEqual([429, 429])
  expect(told[0]).toBe(401)
  expect((await node.call('GET', '/v1/orders')).status).toBe(200)
  // Nothing is looked up for it any more: a key that this node has not met must wait, one that it knows goes on.
  const { body } = await node.call('POST', '/v1/keys', { name: 'new', role: 'service' })
  const asNew = () => node.call('GET', '/v1/orders', undefined, { authorization: `Bearer ${body.secret}` })
  const { status, headers } = await asNew()
  expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true])
})

describe('with rates of a socket and of an address', () => {
  const EACH = 30
  let held: TestNode

  beforeAll(async () => {
    const limits = `WS /v1/live=2,address.request=${EACH}`
    held = await startTestNode({ ...TOKEN_ENV, WAGGLE_RATE_LIMITS: limits })
  })

  afterAll(async () => {
    await held.stop()
  })

  const upgrade = { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-version': '13' }
  const open = () => held.call('GET', '/v1/live', undefined, upgrade)

  test('a route that is a socket is held as it is configured, and everything that comes from an address counts', async () => {
    expect(await statuses(3, open)).toEqual([426, 426, 429])
    const nowhere = () => held.call('GET', '/nowhere')
    expect((await statuses(EACH - 3, nowhere)).every(status => status === 404)).toBe(true)
    for (const next of [nowhere, open, () => held.call('GET', '/health')]) {
      const { status, headers, body } = await next()
      expect([status, body.code, Number(headers.get('retry-after')) > 0]).toEqual([429, 'rate_limited', true])
    }
  })
})
