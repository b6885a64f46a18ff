/** With keys nothing personal stands in the record; with the next keys, and with none, nothing is lost. */
import { afterAll, expect, test } from 'bun:test'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { TOKEN_ENV } from './callers.ts'
import { startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42, address: 'Hidden Street 7' }
const THERE = { latitude: 37.79, longitude: -122.41, address: 'Hidden Avenue 9' }
const PERSONAL = ['Hidden', 'Anneliese', '+49 30 555', 'ring thrice', 'Insulin']
const PROFILE = { driver_id: 'drv_1', name: 'Anneliese', phone: '+49 30 555' }
const OLD = `old:${Buffer.alloc(32, 1).toString('base64')}`
const NEW = `new:${Buffer.alloc(32, 2).toString('base64')}`

const stops: (() => Promise<void>)[] = []

afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

/** Every table as text, and what of it nobody should read. */
async function leaks(url: string): Promise<string[]> {
  const sql = connect(url, { max: 1, applicationName: 'test' })
  try {
    const tables = await sql<{ name: string }[]>`
      select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`
    const found: string[] = []
    for (const { name } of tables) {
      for (const words of PERSONAL) {
        const [row] = await sql`select 1 from ${sql(name)} as t where t::text like ${`%${words}%`} limit 1`
        if (row !== undefined) found.push(`${name}: ${words}`)
      }
    }
    return found
  } finally {
    await disconnect(sql)
  }
}

async function useEverything(node: TestNode): Promise<{ orderId: string; quoteId: string }> {
  await node.call('POST', '/v1/drivers', PROFILE, { 'idempotency-key': 'a driver' })
  await node.call('POST', '/v1/drivers/drv_1/location', HERE)
  await node.call('PUT', '/v1/drivers/drv_1/availability', { status: 'available' })
  const quote = await node.call(
    'POST',
    '/v1/quotes',
    { pickup: HERE, dropoff: THERE },
    { 'idempotency-key': 'a quote' },
  )
  const wish = { pickup: HERE, dropoff: THERE, vehicle_type: 'nobody_has_it', notes: 'ring thrice' }
  const items = [{ name: 'Insulin', quantity: 1 }]
  const order = await node.call('POST', '/v1/orders', { ...wish, items }, { 'idempotency-key': 'an order' })
  await node.call('POST', `/v1/orders/${order.body.order_id}/assign`, { driver_id: 'drv_1' })
  return { orderId: String(order.body.order_id), quoteId: String(quote.body.quote_id) }
}

test('names, phones, addresses and notes are sealed at rest, survive a restart and a new key, and are never lost', async () => {
  const node = await startTestNode({ ...TOKEN_ENV, WAGGLE_PERSONAL_KEYS: OLD })
  stops.push(() => node.stop())
  const { orderId, quoteId } = await useEverything(node)
  const shown = await node.call('GET', `/v1/orders/${orderId}`)
  expect(shown.body).toMatchObject({
    pickup: HERE,
    notes: 'ring thrice',
    items: [{ name: 'Insulin' }],
    driver: { name: 'Anneliese' },
  })
  expect(await leaks(node.postgresUrl)).toEqual([])
  const repeated = await node.call('POST', '/v1/drivers', PROFILE, { 'idempotency-key': 'a driver' })
  expect(repeated.body).toMatchObject({ name: 'Anneliese', phone: '+49 30 555' })

  // The actors of the next node know nothing but the record.
  await node.end()
  const rotated = await startTestNode({ ...TOKEN_ENV, WAGGLE_PERSONAL_KEYS: `${NEW},${OLD}` }, node.postgresUrl)
  // Its link has the address of the node that shows it.
  const same = { ...shown.body, tracking_url: expect.any(String) }
  expect((await rotated.call('GET', `/v1/orders/${orderId}`)).body).toEqual(same)
  expect((await rotated.call('GET', '/v1/drivers/drv_1')).body).toMatchObject({
    name: 'Anneliese',
    phone: '+49 30 555',
  })
  const byQuote = await rotated.call('POST', '/v1/orders', { quote_id: quoteId })
  expect(byQuote.body).toMatchObject({ pickup: HERE, dropoff: THERE })
  await rotated.call('POST', `/v1/orders/${orderId}/status`, { status: 'en_route_to_pickup' })
  expect(await leaks(rotated.postgresUrl)).toEqual([])
  await rotated.end()

  const without = await startTestNode(TOKEN_ENV, node.postgresUrl)
  const sealed = await without.call('GET', `/v1/orders/${orderId}`)
  // What was agreed to is written once, and so under the key of then.
  expect(sealed.body).toMatchObject({ notes: expect.stringMatching(/^enc:1:old:/) })
  await without.call('POST', `/v1/orders/${orderId}/status`, { status: 'at_pickup' })
  await without.end()

  const again = await startTestNode({ ...TOKEN_ENV, WAGGLE_PERSONAL_KEYS: `${NEW},${OLD}` }, node.postgresUrl)
  stops.push(() => again.end())
  expect((await again.call('GET', `/v1/orders/${orderId}`)).body).toMatchObject({
    status: 'at_pickup',
    notes: 'ring thrice',
  })
})
