/** nammayatri 7866, 8111, 8112, 9485: two drivers accept one ride, one driver accepts two. Over HTTP, on real processes. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { audit } from '../../src/store/audit.ts'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { orderIdOf } from '../support/answer.ts'
import { NodeProcess } from '../support/node-process.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'

const DRIVERS = 1_000
const SF = { latitude: 37.775, longitude: -122.418 }
const DROPOFF = { latitude: 37.79, longitude: -122.4 }

let database: Awaited<ReturnType<typeof testDatabase>>
let node: NodeProcess

beforeAll(async () => {
  database = await testDatabase()
  node = await NodeProcess.start({
    WAGGLE_POSTGRES_URL: database.url,
    WAGGLE_DATA_DIR: `/tmp/waggle-storm-${process.pid}`,
    WAGGLE_WORKERS: '2',
    WAGGLE_OFFERS: `broadcast:${DRIVERS}`,
    WAGGLE_OFFER_TTL_S: '60',
    WAGGLE_MATCH_WINDOW_MS: '200',
  })
}, 60_000)

afterAll(async () => {
  await node.stop()
  await database.drop()
}, 60_000)

async function onDuty(ids: readonly string[]): Promise<void> {
  const locations = ids.map((driver_id, i) => ({
    driver_id,
    latitude: SF.latitude + (i % 32) * 0.0002,
    longitude: SF.longitude + Math.floor(i / 32) * 0.0002,
  }))
  const taken = await node.ask('POST', '/v1/locations', { locations })
  expect(taken.body.committed).toBe(ids.length)
  const answers = await Promise.all(
    ids.map(id => node.ask('PUT', `/v1/drivers/${id}/availability`, { status: 'available' })),
  )
  expect(answers.every(a => a.status === 200)).toBe(true)
}

async function place(): Promise<string> {
  const placed = await node.ask('POST', '/v1/orders', { pickup: SF, dropoff: DROPOFF })
  expect(placed.status).toBe(201)
  return orderIdOf(placed)
}

function count<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

test('a thousand drivers accept one broadcast order at once: one wins, the others are told that it is closed', async () => {
  const ids = Array.from({ length: DRIVERS }, (_, i) => `storm_${i}`)
  await onDuty(ids)
  const orderId = await place()
  const tail = orderId.slice(4)
  const offers = ids.map((_, i) => `off_${tail}-${i + 1}`)
  await until(async () => {
    const read = await node.ask('GET', `/v1/offers?driver_id=${ids[DRIVERS - 1]}`)
    return read.body.data?.length === 1
  }, 'every driver is asked')

  const answers = await Promise.all(offers.map(offer => node.ask('POST', `/v1/offers/${offer}/accept`)))
  expect(count(answers.map(a => `${a.status} ${a.body.code ?? a.body.status}`))).toEqual(
    new Map([
      ['200 assigned', 1],
      ['409 offer_closed', DRIVERS - 1],
    ]),
  )

  const winner = answers.findIndex(a => a.status === 200)
  const repeats = await Promise.all(
    Array.from({ length: 50 }, () => node.ask('POST', `/v1/offers/${offers[winner]}/accept`)),
  )
  expect(count(repeats.map(a => a.status))).toEqual(new Map([[200, 50]]))
  expect(new Set(repeats.map(a => a.body.driver?.driver_id)).size).toBe(1)
  await node.ask('POST', `/v1/orders/${orderId}/cancel`, { reason: 'test' })
}, 60_000)

test('one driver is given fifty orders at once: exactly one is taken', async () => {
  await onDuty(['lonely'])
  const orders = await Promise.all(Array.from({ length: 50 }, place))
  const answers = await Promise.all(
    orders.map(id => node.ask('POST', `/v1/orders/${id}/assign`, { driver_id: 'lonely' })),
  )
  const outcome = count(answers.map(a => `${a.status} ${a.body.code ?? a.body.status}`))
  expect(outcome.get('200 assigned')).toBe(1)
  expect(outcome.get('409 driver_unavailable')).toBe(49)
}, 60_000)

test('SQL over the record finds nobody with two orders and no order with two drivers', async () => {
  const sql = connect(database.url, { max: 1, applicationName: 'audit' })
  const report = await audit(sql)
  await disconnect(sql)
  expect(report.violations).toEqual([])
  expect(report.assignments).toBeGreaterThanOrEqual(2)
}, 60_000)
