import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from '../../src/store/postgres.ts'
import { startTestNode, type TestNode } from './node.ts'

const TRIP = { pickup: { latitude: 37.77, longitude: -122.42 }, dropoff: { latitude: 37.79, longitude: -122.41 } }

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ WAGGLE_QUOTE_TTL_S: '1', WAGGLE_AUTO_REGISTER: 'false' })
})

afterAll(async () => {
  await node.stop()
})

test('an expired quote is gone, but the order made of it in time is still answered to a repeat', async () => {
  const quoteId = (await node.call('POST', '/v1/quotes', TRIP)).body.quote_id
  const order = () => node.call('POST', '/v1/orders', { quote_id: quoteId }, { 'idempotency-key': 'in-time' })
  const inTime = await order()
  expect(inTime.status).toBe(201)
  await Bun.sleep(1_050)

  const late = await node.call('POST', '/v1/orders', { quote_id: quoteId })
  expect([late.status, late.body.code]).toEqual([410, 'quote_expired'])
  expect(await order()).toMatchObject({ status: 201, body: inTime.body })
})

test('where drivers must be registered, a position of an unknown one is 404', async () => {
  const here = { latitude: 37.77, longitude: -122.42 }
  const single = await node.call('POST', '/v1/drivers/stranger/location', here)
  expect([single.status, single.body.code]).toEqual([404, 'not_found'])
  const batch = await node.call('POST', '/v1/locations', { locations: [{ driver_id: 'stranger', ...here }] })
  expect(batch.body).toMatchObject({ committed: 0, rejected: [{ index: 0, code: 'not_found' }] })

  await node.call('POST', '/v1/drivers', { driver_id: 'stranger' })
  expect((await node.call('POST', '/v1/drivers/stranger/location', here)).body.status).toBe('committed')
})

test('a quote that was forgotten is still called expired, and one that never was is not found', async () => {
  const quoteId = String((await node.call('POST', '/v1/quotes', TRIP)).body.quote_id)
  const sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  await sql`delete from quotes where quote_id = ${quoteId}`
  await sql.end({ timeout: 5 })
  const order = async (id: string) => (await node.call('POST', '/v1/orders', { quote_id: id })).body.code
  expect(await order(quoteId)).toBe('not_found')
  await Bun.sleep(1_050)
  expect(await order(quoteId)).toBe('quote_expired')
  expect(await order('quo_1')).toBe('not_found')
})
