import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { testDatabase } from '../../../test/support/postgres.ts'
import { Histogram, LATENCY_BOUNDS_S } from '../../actors/runtime/histogram.ts'
import type { Clock } from '../../actors/runtime/ports.ts'
import { durationSteps, quantile } from '../../domain/spread.ts'
import { migrate } from '../../store/migrations/migrate.ts'
import { forgetSamples, MINUTE_MS } from '../../store/minutes.ts'
import { connect, type Sql } from '../../store/postgres.ts'
import { Hour } from './hour.ts'
import { MinuteSampler } from './minute-sampler.ts'

/** Thirty seconds into a minute. */
const NOW = 1_749_988_800_000 + 30_000
const PLACES = LATENCY_BOUNDS_S.length + 1

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
let nowMs = NOW
const clock: Clock = { nowMs: () => nowMs, after: () => () => {} }

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 3, applicationName: 'figures' })
  await migrate(sql)
}, 30_000)

beforeEach(async () => {
  nowMs = NOW
  await sql`truncate journal, drivers, minute_samples`
})

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await database.drop()
})

let seq = 0

/** Events of one order, one after another. */
async function happened(
  orderId: string,
  ...events: readonly (readonly [agoMs: number, type: string, status?: string])[]
) {
  for (const [i, [agoMs, type, status]] of events.entries()) {
    await sql`insert into journal (shard, seq, at, actor_kind, actor_id, version, type, data) values
      (1, ${++seq}, ${new Date(NOW - agoMs)}, 'order', ${orderId}, ${i + 1}, ${type},
      ${JSON.stringify(status === undefined ? {} : { status })}::text::jsonb)`
  }
}

const hour = () => new Hour({ sql, clock, places: PLACES })
const last = async (from = hour()) => (await from.minutes()).at(-1)

test('an hour is sixty minutes up to the present one, with nothing in them where nothing happened', async () => {
  const minutes = await hour().minutes()
  expect(minutes.length).toBe(60)
  expect(minutes.at(-1)?.atMs).toBe(NOW - 30_000)
  expect(minutes.at(0)?.atMs).toBe(NOW - 30_000 - 59 * MINUTE_MS)
  expect(minutes.every(({ orders, onDuty }) => orders.placed + orders.delivered + onDuty === 0)).toBe(true)
})

test('a read that takes long is shared by whoever asks meanwhile, however late, and is fresh from its end on', async () => {
  const figures = hour()
  const first = figures.minutes()
  nowMs += 60_000
  expect(figures.minutes()).toBe(first)
  await first
  expect(figures.minutes()).toBe(first)
  nowMs += 60_000
  expect(figures.minutes()).not.toBe(first)
  await figures.minutes()
})

test('each event is in its own minute, and tests are in none', async () => {
  await happened('ord_001abc', [MINUTE_MS, 'placed'], [50_000, 'assigned'], [20_000, 'status', 'at_pickup'])
  await happened('ord_002abc', [3 * MINUTE_MS, 'placed'], [10_000, 'expired'])
  await happened('ord_00tabc', [MINUTE_MS, 'placed'], [10_000, 'cancelled'])
  const minutes = await hour().minutes()
  expect(minutes.at(-1)?.orders).toEqual({ placed: 0, delivered: 0, cancelled: 0, expired: 1 })
  expect(minutes.at(-2)?.orders.placed).toBe(1)
  expect(minutes.at(-4)?.orders.placed).toBe(1)
  const pickupS = quantile(durationSteps(minutes.at(-1)?.pickups ?? []), 0.5) ?? 0
  expect(Math.abs(pickupS - 30)).toBeLessThan(1)
})

test('a pickup counts from the assignment of the driver who has arrived, not from one of before', async () => {
  await happened(
    'ord_003abc',
    [600_000, 'assigned'],
    [500_000, 'unassigned'],
    [40_000, 'assigned'],
    [30_000, 'status', 'at_pickup'],
  )
  const pickupS = quantile(durationSteps((await last())?.pickups ?? []), 1) ?? 0
  expect(pickupS).toBeLessThan(11)
})

test('what comes into a minute that is just over is seen, and the record is asked once for whoever asks at a time', async () => {
  const figures = hour()
  expect(figures.minutes()).toBe(figures.minutes())
  await figures.minutes()
  await happened('ord_004abc', [70_000, 'status', 'delivered'])
  expect((await figures.minutes()).at(-2)?.orders.delivered).toBe(0)
  nowMs += 5_000
  expect((await figures.minutes()).at(-2)?.orders.delivered).toBe(1)
})

test('a minute that is long over is not read again', async () => {
  const figures = hour()
  await happened('ord_005abc', [10 * MINUTE_MS, 'placed'])
  expect((await figures.minutes()).at(-11)?.orders.placed).toBe(1)
  await sql`truncate journal`
  nowMs += 5_000
  expect((await figures.minutes()).at(-11)?.orders.placed).toBe(1)
})

test('while the record does not answer nobody is told an old hour, and the next one who asks is told', async () => {
  const away = connect('postgres://nobody@127.0.0.1:9/none', { max: 1, applicationName: 'away', connectTimeoutMs: 200 })
  const figures = new Hour({ sql: away, clock, places: PLACES })
  expect(figures.minutes()).rejects.toThrow()
  await figures.minutes().catch(() => undefined)
  expect(figures.minutes()).rejects.toThrow()
  await figures.minutes().catch(() => undefined)
  await away.end({ timeout: 1 })
})

test('notes of all processes add up, each position once', async () => {
  await sql`insert into drivers (driver_id, home_shard, epoch, status, load) values
    ('a', 1, 1, 'available', 1), ('b', 1, 1, 'available', 0), ('c', 1, 1, 'paused', 0), ('tdrv_x', 1, 1, 'available', 0)`
  const acknowledged = new Histogram(LATENCY_BOUNDS_S)
  const samplerOf = (source: string) =>
    new MinuteSampler({ sql, clock, source, acknowledgements: () => acknowledged.figures, log: () => {} })
  const one = samplerOf('one')
  acknowledged.observe(0.004, 7)
  await one.note()
  acknowledged.observe(0.2, 2)
  await one.note()
  await samplerOf('after a restart').note()
  const minute = await last()
  expect([minute?.acknowledged[2], minute?.acknowledged[7]]).toEqual([14, 4])
  expect([minute?.onDuty, minute?.busy]).toEqual([6, 3])
})

test('a note that could not be made is made with the next one', async () => {
  const away = connect('postgres://nobody@127.0.0.1:9/none', { max: 1, applicationName: 'away', connectTimeoutMs: 200 })
  const acknowledged = new Histogram(LATENCY_BOUNDS_S)
  let record = away
  const deps = { clock, source: 'one', acknowledgements: () => acknowledged.figures, log: () => {} }
  const sampler = new MinuteSampler({
    ...deps,
    get sql() {
      return record
    },
  })
  acknowledged.observe(0.004, 7)
  await sampler.note()
  record = sql
  await sampler.note()
  expect((await last())?.acknowledged[2]).toBe(7)
  await away.end({ timeout: 1 })
})

test('notes are forgotten by their age', async () => {
  await sql`insert into minute_samples values (${new Date(NOW - 1)}, 'one', '{1}', 0, 0), (${new Date(NOW)}, 'one', '{1}', 0, 0)`
  expect(await forgetSamples(sql, NOW, 10)).toBe(1)
})
