/** What the worker threads know of themselves is seen at /metrics, each thread by its number. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { until } from '../support/until.ts'
import { startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ WAGGLE_WORKERS: '2' })
})

afterAll(async () => {
  await node.stop()
})

async function sum(name: string, labels = ''): Promise<number> {
  const { text } = await node.call('GET', '/metrics')
  const samples = [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))]
  return samples.filter(([, own = '']) => own.includes(labels)).reduce((total, [, , value]) => total + Number(value), 0)
}

test('a position that the history cannot hold is a dead letter of its thread', async () => {
  const before = await sum('waggle_dead_letters_total')
  const old = await node.call('POST', '/v1/drivers/drv_old/location', { ...HERE, recorded_at: '1999-12-31T23:59:59Z' })
  expect(old.body).toMatchObject({ status: 422, code: 'unstorable' })
  expect(await sum('waggle_dead_letters_total')).toBe(before + 1)
  expect(await sum('waggle_positions_total', 'result="dead"')).toBe(1)
})

test('each thread tells its mailboxes, its gate and its event loop', async () => {
  const { text } = await node.call('GET', '/metrics')
  for (const name of ['waggle_mailbox_messages', 'waggle_mailbox_deepest_messages', 'waggle_gate_turns']) {
    expect(text).toMatch(new RegExp(`^${name}\\{thread="0"\\} \\d+$`, 'm'))
    expect(text).toMatch(new RegExp(`^${name}\\{thread="1"\\} \\d+$`, 'm'))
  }
  expect(text).toMatch(/^waggle_event_loop_lag_seconds_count\{thread="gateway"\} \d+$/m)
  expect(text).toMatch(/^waggle_event_loop_lag_seconds_count\{thread="1"\} \d+$/m)
})

test('an order is counted in its turns, its commits and its answer', async () => {
  const commits = await sum('waggle_gate_wait_seconds_count')
  expect((await node.call('POST', '/v1/orders', { pickup: HERE, dropoff: THERE })).status).toBe(201)
  expect(await sum('waggle_orders_total', 'event="placed"')).toBe(1)
  expect(await sum('waggle_gate_wait_seconds_count')).toBeGreaterThan(commits)
  expect(await sum('waggle_ask_duration_seconds_count', 'actor="order"')).toBe(1)
  const route = 'method="POST",route="/v1/orders"'
  expect(await sum('waggle_http_request_duration_seconds_count', route)).toBe(1)
  await until(async () => (await sum('waggle_actors', 'actor="order"')) >= 1, 'the order is in memory')
})

test('a commit in which a turn does not fit the record is counted as judged', async () => {
  const { order_id } = (await node.call('POST', '/v1/orders', { pickup: HERE, dropoff: THERE })).body
  const before = await sum('waggle_commits_judged_total')
  const sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  await sql`update orders set version = version + 1 where order_id = ${order_id as string}`
  await disconnect(sql)
  // Its actor has never heard of that version.
  await node.call('POST', `/v1/orders/${order_id}/cancel`, { reason: 'no need' })
  expect(await sum('waggle_commits_judged_total')).toBeGreaterThan(before)
})
