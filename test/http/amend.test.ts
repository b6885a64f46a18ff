/** Changes of orders: what may be changed when, what it costs, and who may. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { QuoteId } from '../../src/domain/ids.ts'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { recomputeAll } from '../../src/store/recompute-order.ts'
import { forgetUnusedQuotes } from '../../src/store/upkeep.ts'
import { callerAs, TOKEN_ENV } from './callers.ts'
import { type Answer, type Body, startTestNode, type TestNode } from './node.ts'

const PICKUP = { latitude: 37.77, longitude: -122.42 }
const DROPOFF = { latitude: 37.79, longitude: -122.41 }
const FARTHER = { latitude: 37.8, longitude: -122.4, address: 'Farther 1' }
const DAY_MS = 86_400_000

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_QUOTE_TTL_S: '2' })
})

afterAll(async () => {
  await node.stop()
})

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()

async function booked(more: Body = {}): Promise<Body> {
  const wish = { pickup: PICKUP, dropoff: DROPOFF, scheduled_at: inMs(DAY_MS), customer_id: 'cus_1', ...more }
  const { status, body } = await node.call('POST', '/v1/orders', wish)
  expect(status).toBe(201)
  return body
}

const patch = (order: Body, change: Body): Promise<Answer> => node.call('PATCH', `/v1/orders/${order.order_id}`, change)
const quoteOf = ({ body }: Answer) => body.quote as { quote_id: string; amount: number }

test('words are changed, cleared, and left alone', async () => {
  const order = await booked({ notes: 'ring', items: [{ name: 'soup', quantity: 1 }] })
  const changed = await patch(order, { notes: 'ring twice', items: [{ name: 'soup', quantity: 2 }] })
  expect(changed.status).toBe(200)
  expect(changed.body).toMatchObject({ notes: 'ring twice', items: [{ name: 'soup', quantity: 2 }], version: 2 })
  expect((await patch(order, { notes: 'ring twice' })).body.version).toBe(2)
  expect((await patch(order, { notes: null })).body).toMatchObject({
    notes: null,
    items: [{ name: 'soup', quantity: 2 }],
  })
  const { data } = (await node.call('GET', `/v1/orders/${order.order_id}/events`)).body as { data: Body[] }
  expect(data.map(({ type, status }) => [type, status])).toEqual([
    ['placed', 'scheduled'],
    ['amended', 'scheduled'],
    ['amended', 'scheduled'],
  ])
})

test('another trip at another price is changed once that was agreed to', async () => {
  const order = await booked()
  const refused = await patch(order, { dropoff: FARTHER })
  expect([refused.status, refused.body.code]).toEqual([409, 'price_changed'])
  const { quote_id, amount } = quoteOf(refused)
  const before = order.price as { amount: number }
  expect(amount).toBeGreaterThan(before.amount)
  expect((await node.call('GET', `/v1/orders/${order.order_id}`)).body).toMatchObject({ version: 1, price: before })

  const agreed = await patch(order, { dropoff: FARTHER, quote_id })
  expect(agreed.body).toMatchObject({
    dropoff: FARTHER,
    quote_id,
    price: { amount, quoted_amount: amount },
    version: 2,
  })
  expect(await patch(order, { dropoff: FARTHER, quote_id })).toMatchObject({ status: 200, body: { version: 2 } })
})

test('another time at the same price is changed at once', async () => {
  const order = await booked()
  const later = inMs(2 * DAY_MS)
  expect((await patch(order, { scheduled_at: later })).body).toMatchObject({ status: 'scheduled', scheduled_at: later })
  const now = await patch(order, { scheduled_at: null })
  expect(now.body).toMatchObject({ status: 'placed', scheduled_at: null })
  expect((await patch(order, { scheduled_at: later })).body.code).toBe('invalid_transition')
})

describe('the quote of a change', () => {
  test('is for that change of that order, until it expires', async () => {
    const [order, other] = [await booked(), await booked()]
    const { quote_id } = quoteOf(await patch(order, { dropoff: FARTHER }))
    expect((await patch(other, { dropoff: FARTHER, quote_id })).body.code).toBe('not_found')
    expect((await node.call('POST', '/v1/orders', { quote_id })).body.code).toBe('not_found')
    const elsewhere = await patch(order, { dropoff: { ...FARTHER, latitude: 37.81 }, quote_id })
    expect([elsewhere.status, elsewhere.body.errors]).toEqual([422, [expect.objectContaining({ path: '/quote_id' })]])
    await Bun.sleep(2_050)
    expect((await patch(order, { dropoff: FARTHER, quote_id })).body.code).toBe('quote_expired')
  })

  test('that was agreed to is kept, and the others are forgotten', async () => {
    const order = await booked()
    const first = quoteOf(await patch(order, { dropoff: FARTHER })).quote_id
    const second = quoteOf(await patch(order, { dropoff: FARTHER })).quote_id
    expect((await patch(order, { dropoff: FARTHER, quote_id: second })).status).toBe(200)
    const sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
    try {
      const walk = {
        mode: 'live' as const,
        from: '' as QuoteId,
        beforeMs: Date.now() + DAY_MS,
        shards: 8,
        limit: 1_000,
      }
      await forgetUnusedQuotes(sql, walk)
      const kept = await sql<
        { id: string }[]
      >`select quote_id as id from quotes where quote_id in (${first}, ${second})`
      expect(kept.map(({ id }) => id)).toEqual([second])
      expect(await recomputeAll(sql)).toMatchObject({ differing: 0 })
    } finally {
      await disconnect(sql)
    }
  })
})

test('of two who change one version one wins, and the other is told which it is now', async () => {
  const order = await booked()
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map(notes => patch(order, { notes, version: 1 })))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  const lost = answers.filter(({ status }) => status === 409)
  expect(lost.map(({ body }) => [body.code, body.version])).toEqual(Array(3).fill(['version_conflict', 2]))
})

test('a customer changes its own order, a driver none', async () => {
  const order = await booked()
  const path = `/v1/orders/${order.order_id}`
  expect((await (await callerAs(node, 'customer', 'cus_1')).call('PATCH', path, { notes: 'mine' })).status).toBe(200)
  expect((await (await callerAs(node, 'customer', 'cus_2')).call('PATCH', path, { notes: 'x' })).status).toBe(404)
  expect((await (await callerAs(node, 'driver', 'drv_1')).call('PATCH', path, { notes: 'x' })).status).toBe(403)
})

test.each([
  [{ notess: 'x' }, '/notess'],
  [{ scheduled_at: '2020-01-01T00:00:00Z' }, '/scheduled_at'],
  [{ pickup: null }, '/pickup'],
  [{ version: 0 }, '/version'],
  [{ dropoff: { latitude: -37, longitude: 100 } }, '/dropoff'],
  [{ items: [{ name: '', quantity: 1 }] }, '/items/0/name'],
])('%j is 422 and names %s', async (change, path) => {
  const { status, body } = await patch(await booked(), change)
  expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([422, path])
})
