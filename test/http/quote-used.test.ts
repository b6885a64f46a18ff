/** A quote is good for one order. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTestNode, type TestNode } from './node.ts'

const TRIP = { pickup: { latitude: 37.77, longitude: -122.42 }, dropoff: { latitude: 37.79, longitude: -122.41 } }

let node: TestNode

beforeAll(async () => {
  node = await startTestNode()
})

afterAll(async () => {
  await node.stop()
})

async function quote(): Promise<unknown> {
  return (await node.call('POST', '/v1/quotes', TRIP)).body.quote_id
}

function order(quoteId: unknown, key?: string, more: object = {}) {
  const headers = key === undefined ? undefined : { 'idempotency-key': key }
  return node.call('POST', '/v1/orders', { quote_id: quoteId, ...more }, headers)
}

test('a second order of a quote is 409, and names the first one', async () => {
  const quoteId = await quote()
  const first = await order(quoteId)
  expect([first.status, first.body.quote_id]).toEqual([201, quoteId])
  const second = await order(quoteId)
  expect([second.status, second.body.code, second.body.order_id]).toEqual([409, 'already_exists', first.body.order_id])
  expect(second.headers.get('content-type')).toBe('application/problem+json')

  await node.call('POST', `/v1/orders/${first.body.order_id}/cancel`, { reason: 'no need' })
  expect((await order(quoteId)).body.code).toBe('already_exists')
})

test('the same idempotency key gets the same answer, another key does not', async () => {
  const quoteId = await quote()
  const first = await order(quoteId, 'mine')
  expect(first.status).toBe(201)
  expect(await order(quoteId, 'mine')).toMatchObject({ status: 201, body: first.body })
  const other = await order(quoteId, 'yours')
  expect([other.status, other.body.order_id]).toEqual([409, first.body.order_id])
  // That was refused, so the key is free for another quote.
  expect((await order(await quote(), 'yours')).status).toBe(201)
  expect((await order(quoteId, 'mine', { reference: 'x' })).body.code).toBe('idempotency_mismatch')
})

test('of many that order one quote at once, with keys and without, one has it', async () => {
  const quoteId = await quote()
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => order(quoteId, n % 3 === 0 ? undefined : `crowd ${n}`)),
  )
  const made = answers.filter(({ status }) => status === 201).map(({ body }) => body.order_id)
  expect(made.length).toBe(1)
  const others = answers.filter(({ status }) => status !== 201).map(({ body }) => [body.code, body.order_id])
  expect(others).toEqual(Array.from({ length: 29 }, () => ['already_exists', made[0]]))
  const { body } = await node.call('GET', '/v1/orders?limit=100')
  expect((body.data as { quote_id: unknown }[]).filter(o => o.quote_id === quoteId).length).toBe(1)
})

test('orders without a quote are as many as are asked for', async () => {
  const orders = await Promise.all([1, 2].map(() => node.call('POST', '/v1/orders', TRIP)))
  expect(new Set(orders.map(({ status, body }) => status === 201 && body.order_id)).size).toBe(2)
})
