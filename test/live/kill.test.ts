/**
 * `kill -9` of a node under load, and a restart on the same data directory: its embedded Postgres is found again, every
 * acknowledged order and position is there exactly once, an offer that was open can still be accepted, orders go on.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit } from '../../src/store/audit.ts'
import { discardEmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { ORDERS_WITH_TERMS } from '../../src/store/order-document.ts'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { orderIdOf } from '../support/answer.ts'
import { NodeProcess } from '../support/node-process.ts'
import { until } from '../support/until.ts'

const SF = { latitude: 37.775, longitude: -122.418 }
const DROPOFF = { latitude: 37.79, longitude: -122.4 }
const DRIVERS = 100
const LOAD_MS = 3_000
const ORDERS_MIN = 20
const ORDERS_MAX_MS = 30_000
/** From the start of the process to the first accepted offer. */
const RECOVERY_MAX_MS = 5_000

let dataDir: string
let node: NodeProcess
let load: Load

beforeAll(async () => {
  load = new Load()
  dataDir = await mkdtemp(join(tmpdir(), 'waggle-kill-'))
  node = await start()
}, 60_000)

afterAll(async () => {
  await node.stop()
  await discardEmbeddedPostgres(dataDir)
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

function start(): Promise<NodeProcess> {
  return NodeProcess.start({ WAGGLE_DATA_DIR: dataDir, WAGGLE_WORKERS: '2', WAGGLE_OFFER_TTL_S: '30' })
}

/** Books and reports until the node is gone, and remembers what was acknowledged. */
class Load {
  readonly orders = new Map<string, { key: string; orderId: string }>()
  readonly fixes: { driverId: string; recordedAt: string }[] = []
  readonly unanswered: { key: string; body: unknown }[] = []
  #running = true
  #seq = 0

  async run(): Promise<void> {
    await Promise.all([this.#report(), this.#book(), this.#book()])
  }

  stop(): void {
    this.#running = false
  }

  async #report(): Promise<void> {
    while (this.#running) {
      const recordedAt = new Date().toISOString()
      const locations = Array.from({ length: DRIVERS }, (_, i) => ({
        driver_id: `kill_${i}`,
        latitude: SF.latitude + (i % 10) * 0.001,
        longitude: SF.longitude + Math.floor(i / 10) * 0.001,
        recorded_at: recordedAt,
      }))
      const answer = await this.#try('POST', '/v1/locations', { locations })
      if (answer?.status === 202) {
        expect(answer.body.rejected).toEqual([])
        this.fixes.push(...locations.map(l => ({ driverId: l.driver_id, recordedAt })))
      }
    }
  }

  async #book(): Promise<void> {
    while (this.#running) {
      const key = `kill-${process.pid}-${this.#seq++}`
      const body = { pickup: SF, dropoff: DROPOFF, reference: key }
      const answer = await this.#try('POST', '/v1/orders', body, { 'idempotency-key': key })
      if (answer?.status === 201) this.orders.set(key, { key, orderId: orderIdOf(answer) })
      else this.unanswered.push({ key, body })
    }
  }

  async #try(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
    try {
      return await node.ask(method, path, body, headers)
    } catch {
      // The node was killed under this request: not acknowledged, so nothing is claimed for it.
      return null
    }
  }
}

test('everything acknowledged before a kill -9 is there exactly once afterwards, and an open offer can be accepted', async () => {
  const ids = Array.from({ length: DRIVERS }, (_, i) => `kill_${i}`)
  const running = load.run()
  await until(() => load.fixes.length >= DRIVERS, 'the fleet has reported')
  for (const id of ids) await node.ask('PUT', `/v1/drivers/${id}/availability`, { status: 'available' })
  await Bun.sleep(LOAD_MS)
  await until(() => load.orders.size > ORDERS_MIN, 'enough is booked', ORDERS_MAX_MS)
  const offer = await firstOpenOffer(ids)
  await node.kill()
  load.stop()
  await running

  const restartedAtMs = performance.now()
  node = await start()
  const accepted = await node.ask('POST', `/v1/offers/${offer}/accept`)
  const recoveredInMs = performance.now() - restartedAtMs
  expect([200, 409]).toContain(accepted.status)
  expect(accepted.status === 200 ? accepted.body.status : accepted.body.code).toBe('assigned')
  process.stdout.write(`an open offer was accepted ${Math.round(recoveredInMs)} ms after the restart\n`)
  expect(recoveredInMs).toBeLessThan(RECOVERY_MAX_MS)

  expect(load.orders.size).toBeGreaterThan(ORDERS_MIN)
  for (const { orderId } of load.orders.values()) {
    expect((await node.ask('GET', `/v1/orders/${orderId}`)).status).toBe(200)
  }
  // The same key again is the same order, whether or not its first answer was seen.
  for (const { key, body } of load.unanswered) {
    const answer = await node.ask('POST', '/v1/orders', body, { 'idempotency-key': key })
    expect(answer.status).toBe(201)
    const again = await node.ask('POST', '/v1/orders', body, { 'idempotency-key': key })
    expect(again.body.order_id).toBe(answer.body.order_id)
  }
}, 60_000)

test('orders go on: a new one finds a driver', async () => {
  const driver = { driver_id: 'after', latitude: SF.latitude, longitude: SF.longitude + 0.2 }
  await node.ask('POST', '/v1/locations', { locations: [driver] })
  await node.ask('PUT', '/v1/drivers/after/availability', { status: 'available' })
  const pickup = { latitude: driver.latitude, longitude: driver.longitude }
  const placed = await node.ask('POST', '/v1/orders', { pickup, dropoff: DROPOFF })
  await until(async () => (await offersOf('after')).length > 0, 'the new order is offered')
  const [offer] = await offersOf('after')
  const accepted = await node.ask('POST', `/v1/offers/${offer}/accept`)
  expect(accepted.status).toBe(200)
  expect(placed.status).toBe(201)
}, 30_000)

test('the record agrees: nothing lost, nothing twice, nobody with two orders', async () => {
  await node.stop()
  const server = await startEmbeddedPostgres({ dataDir })
  const sql = connect(server.url, { max: 1, applicationName: 'audit' })
  const report = await audit(sql)
  expect(report.violations).toEqual([])
  const [keys] = await sql<{ orders: number; keys: number }[]>`
    select count(*)::int as orders, count(distinct terms ->> 'reference')::int as keys
    from ${sql.unsafe(ORDERS_WITH_TERMS)} as o where terms ->> 'reference' is not null`
  expect(keys?.orders).toBe(keys?.keys ?? -1)
  const [fixes] = await sql<{ stored: number }[]>`
    select count(*)::int as stored from position_history join unnest(
      ${load.fixes.map(f => f.driverId)}::text[], ${load.fixes.map(f => f.recordedAt)}::timestamptz[]
    ) as acked (driver_id, recorded_at) using (driver_id, recorded_at)`
  expect(fixes?.stored).toBe(load.fixes.length)
  await disconnect(sql)
  await server.stop()
  node = await start()
}, 60_000)

async function offersOf(driverId: string): Promise<string[]> {
  const read = await node.ask('GET', `/v1/offers?driver_id=${driverId}`)
  return (read.body.data as { offer_id: string }[]).map(o => o.offer_id)
}

async function firstOpenOffer(ids: readonly string[]): Promise<string> {
  for (const id of ids) {
    const [offer] = await offersOf(id)
    if (offer !== undefined) return offer
  }
  throw new Error('no offer is open')
}
