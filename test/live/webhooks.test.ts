/**
 * `kill -9` of a node that is telling an endpoint what happens, and a restart: every event of every acknowledged order arrives, and
 * those of one order arrive first in the order in which they happened, although one in ten is refused once.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discardEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { NodeProcess } from '../support/node-process.ts'
import { until } from '../support/until.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'

const WISH = {
  pickup: { latitude: 37.775, longitude: -122.418 },
  dropoff: { latitude: 37.79, longitude: -122.4 },
  vehicle_type: 'nobody_has_it',
}
const KILLS = 2
const LOAD_MS = 1_500
/** Before each kill, however long a busy machine takes to book them. */
const ORDERS_MIN = 30
const ORDERS_MAX_MS = 30_000

let dataDir: string
let node: NodeProcess
let receiver: WebhookReceiver

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waggle-webhooks-'))
  receiver = new WebhookReceiver()
  node = await start()
}, 60_000)
afterAll(async () => {
  await node.stop()
  await receiver.stop()
  await discardEmbeddedPostgres(dataDir)
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

function start(): Promise<NodeProcess> {
  return NodeProcess.start({ WAGGLE_DATA_DIR: dataDir, WAGGLE_WORKERS: '1', WAGGLE_WEBHOOKS_ALLOW_PRIVATE: 'true' })
}

/** Books and cancels until the node is gone. @param orders  those that were acknowledged. */
async function load(orders: string[]): Promise<void> {
  for (;;) {
    try {
      const { status, body } = await node.ask('POST', '/v1/orders', WISH)
      if (status !== 201) return
      const orderId = String((body as { order_id: string }).order_id)
      orders.push(orderId)
      await node.ask('POST', `/v1/orders/${orderId}/cancel`, { reason: 'changed my mind' })
    } catch {
      // The connection went with the node.
      return
    }
  }
}

test('nothing is lost by kill -9, and each object’s events arrive in their order', async () => {
  const made = await node.ask('POST', '/v1/webhooks', { url: receiver.url, events: ['order.*'] })
  receiver.secret = String((made.body as { secret: string }).secret)
  const refused = new Set<string>()
  receiver.answer = ({ id }) => {
    if (Number(id.replace(/\D/g, '')) % 10 !== 0 || refused.has(id)) return new Response('ok')
    refused.add(id)
    return new Response(null, { status: 500 })
  }
  const orders: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const before = orders.length
    const loads = [load(orders), load(orders)]
    await Bun.sleep(LOAD_MS)
    await until(() => orders.length >= before + ORDERS_MIN, 'enough is booked', ORDERS_MAX_MS)
    await node.kill()
    await Promise.all(loads)
    node = await start()
  }
  expect(orders.length).toBeGreaterThan(50)

  const wanted = new Map<string, number>()
  for (const orderId of orders) {
    const { body } = await node.ask('GET', `/v1/orders/${orderId}/events`)
    wanted.set(orderId, (body as { data: unknown[] }).data.length)
  }
  const takenOf = (orderId: string): number[] =>
    receiver.taken.filter(({ data }) => data.order_id === orderId).map(({ sequence }) => sequence)
  const isAll = () => orders.every(orderId => takenOf(orderId).length >= (wanted.get(orderId) ?? 0))
  // A node that died was sending: that comes up again after half a minute.
  await until(isAll, 'every event has arrived', 60_000)

  for (const orderId of orders) {
    const sequences = takenOf(orderId)
    expect(sequences).toEqual(Array.from({ length: wanted.get(orderId) ?? 0 }, (_, i) => i + 1))
  }
  expect(refused.size).toBeGreaterThan(0)
  expect(receiver.received.every(({ isSigned }) => isSigned)).toBe(true)
}, 180_000)
