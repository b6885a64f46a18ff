import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import { until } from '../../test/support/until.ts'
import { dayOf } from '../actors/runtime/history-day.ts'
import type { DriverId } from '../domain/ids.ts'
import { COMPACTION_SESSION, type Compaction, type CompactionLimits, keepCompacted } from './keep-compacted.ts'
import { migrate } from './migrations/migrate.ts'
import { ensurePartitions } from './partitions.ts'
import { LANES, laneOf } from './position-lanes.ts'
import { connect, type Sql } from './postgres.ts'

/** 2025-06-15T12:00:00Z */
const NOW = 1_749_988_800_000
const AT_ONCE: CompactionLimits = { ageMaxMs: 1, positionsMax: 128_000 }
const NEVER: CompactionLimits = { ageMaxMs: 3_600_000, positionsMax: 128_000 }
const DRIVERS = Array.from({ length: 40 }, (_, n) => `drv_${n}` as DriverId)

const A = 'drv_0' as DriverId

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
let failures: unknown[]
const kept: Compaction[] = []

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 2, applicationName: 'test' })
  await migrate(sql)
}, 30_000)

beforeEach(async () => {
  failures = []
  await sql`truncate positions, position_runs, position_tail`
  await ensurePartitions(sql, [dayOf(NOW)])
})

afterEach(async () => {
  for (const compaction of kept.splice(0)) await compaction.stop()
})

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await database.drop()
})

function keep(limits: CompactionLimits, name = 'test compaction'): Compaction {
  const compaction = keepCompacted({
    open: () => connect(database.url, { ...COMPACTION_SESSION, applicationName: name }),
    // A hundred times as fast, so that nobody waits for the seconds between rounds.
    clock: {
      nowMs: () => Date.now(),
      after: (delayMs, fire) => {
        const timer = setTimeout(fire, delayMs / 100)
        return () => clearTimeout(timer)
      },
    },
    limits,
    onFailure: error => failures.push(error),
  })
  kept.push(compaction)
  return compaction
}

/** A row of the tail with so many positions of one driver. */
async function put(driverId: DriverId, positions = 1): Promise<void> {
  await sql`
    insert into position_tail (lane, points, from_at, to_at, driver_id, recorded_at, lag_ms, latitude, longitude, flags)
    select ${laneOf(driverId)}, count(*), ${new Date(NOW)}, ${new Date(NOW + positions)}, array_agg(${driverId}::text), array_agg(${new Date(NOW)}::timestamptz + n * interval '1 ms'),
      array_agg(3), array_agg(1::float8), array_agg(2::float8), array_agg(0::smallint)
    from generate_series(1, ${positions}::int) as n`
}

async function tailRows(): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from position_tail`
  return row?.rows ?? -1
}

async function history(): Promise<number> {
  const [row] = await sql<{ positions: number }[]>`select count(*)::int as positions from position_history`
  return row?.positions ?? -1
}

test('what is old enough is compacted, and counted', async () => {
  for (const driver of DRIVERS) await put(driver, 3)
  const compaction = keep(AT_ONCE)
  await until(async () => (await tailRows()) === 0, 'the tail is compacted')
  await until(async () => compaction.figures.tail?.positions === 0, 'it has looked once more')
  expect(compaction.figures).toMatchObject({ positions: 120, runs: 40, failures: 0 })
  expect(await history()).toBe(120)
})

test('what is neither old nor much stays, and of what is much each lane has its own measure', async () => {
  const low = DRIVERS.find(driver => laneOf(driver) < LANES / 4) ?? DRIVERS[0]
  const high = DRIVERS.find(driver => laneOf(driver) > (3 * LANES) / 4) ?? DRIVERS[0]
  if (!low || !high) throw new Error('no such driver')
  for (const driver of [low, high]) await put(driver, 700)
  const compaction = keep({ ...NEVER, positionsMax: 1_000 })
  await until(async () => compaction.figures.positions > 0, 'one is compacted')
  await Bun.sleep(50)
  expect(compaction.figures.positions).toBe(700)
  const [left] = await sql<{ lane: number }[]>`select lane from position_tail`
  expect(left?.lane).toBe(laneOf(high))
})

test('two nodes at it at the same time store nothing twice, and one goes on where the other ends', async () => {
  const one = keep(AT_ONCE, 'one')
  const two = keep(AT_ONCE, 'two')
  for (let round = 0; round < 5; round++) await Promise.all(DRIVERS.map(driver => put(driver)))
  await until(async () => (await tailRows()) === 0, 'all is compacted')
  expect(await history()).toBe(DRIVERS.length)
  expect(failures).toEqual([])
  await one.stop()
  await put('drv_new' as DriverId)
  await until(async () => (await tailRows()) === 0, 'the other goes on')
  expect(two.figures.failures).toBe(0)
})

test('a session that is ended is followed by another', async () => {
  const compaction = keep(AT_ONCE, 'ended')
  await until(async () => compaction.figures.tail !== null, 'it is at work')
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ended'`
  await put('drv_after' as DriverId)
  await until(async () => (await tailRows()) === 0, 'it goes on')
})

test('a round that fails is told of, and the next one goes on', async () => {
  const compaction = keep(AT_ONCE)
  await sql`alter table position_tail rename to gone`
  await until(async () => compaction.figures.failures > 0, 'it is told of')
  expect(failures.length).toBeGreaterThan(0)
  await sql`alter table gone rename to position_tail`
  await put('drv_after' as DriverId)
  await until(async () => (await tailRows()) === 0, 'it goes on')
})

test('a lane that cannot be compacted holds up no other, and its age goes on', async () => {
  const bad = A
  const good = DRIVERS.find(driver => laneOf(driver) !== laneOf(bad)) ?? A
  await sql`alter table position_runs add constraint refuses check (driver_id <> ${sql.unsafe(`'${bad}'`)})`
  await put(bad)
  await put(good)
  const compaction = keep(AT_ONCE)
  await until(async () => (await tailRows()) === 1, 'the other is compacted')
  await until(async () => compaction.figures.failures > 1, 'it is tried again')
  expect(compaction.figures.tail?.oldestS).toBeGreaterThan(0)
  await sql`alter table position_runs drop constraint refuses`
  await until(async () => (await tailRows()) === 0, 'it is compacted after all')
})

test('stopping does not wait for a lane that takes long, and is no failure', async () => {
  await sql`alter table position_runs add constraint slow check (pg_sleep(15)::text is not null)`
  await put(A)
  const compaction = keep(AT_ONCE, 'slow')
  const sessions = () => sql`select from pg_stat_activity where application_name = 'slow' and wait_event = 'PgSleep'`
  await until(async () => (await sessions()).length === 1, 'it is at it')
  const beganMs = performance.now()
  await compaction.stop()
  expect(performance.now() - beganMs).toBeLessThan(5_000)
  expect(failures).toEqual([])
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slow'`
  await until(async () => (await sessions()).length === 0, 'its session is gone')
  await sql`alter table position_runs drop constraint slow`
  expect(await tailRows()).toBe(1)
})

test('stopping ends its session', async () => {
  const compaction = keep(NEVER, 'to be stopped')
  await until(async () => compaction.figures.tail !== null, 'it is at work')
  await compaction.stop()
  await until(
    async () => (await sql`select from pg_stat_activity where application_name = 'to be stopped'`).length === 0,
    'the session is gone',
  )
})
