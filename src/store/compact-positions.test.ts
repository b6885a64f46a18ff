import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import fc from 'fast-check'
import { testDatabase } from '../../test/support/postgres.ts'
import { fixRow } from '../actors/runtime/fix-row.fixtures.ts'
import { DAY_MS, dayOf } from '../actors/runtime/history-day.ts'
import type { FixRow } from '../actors/runtime/ports.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { compactLane, POSITIONS_PER_STEP } from './compact-positions.ts'
import { CopyLane } from './copy.ts'
import { migrate } from './migrations/migrate.ts'
import { COPY_TAIL, packPositions } from './pack-positions.ts'
import { ensurePartitions } from './partitions.ts'
import { LANES, laneOf } from './position-lanes.ts'
import { connect, type Sql } from './postgres.ts'
import { PostgresJournal } from './postgres-journal.ts'
import { PostgresLocationLog } from './postgres-location-log.ts'
import { lastFix, routeOf } from './records-positions.ts'

/** 2025-06-15T12:00:00Z */
const NOW = 1_749_988_800_000
const HOUR_MS = 3_600_000
const A = 'drv_a' as DriverId
const B = 'drv_b' as DriverId

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
let lane: CopyLane
let log: PostgresLocationLog

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 2, applicationName: 'test' })
  await migrate(sql)
  lane = new CopyLane(() => connect(database.url, { max: 1, applicationName: 'test copy', use: 'copy' }))
  log = new PostgresLocationLog({ sql, copy: lane, clock: { nowMs: () => NOW }, retentionDays: 30 })
}, 30_000)

beforeEach(async () => {
  await sql`truncate positions, position_runs, position_tail`
  await ensurePartitions(sql, [dayOf(NOW)])
})

afterAll(async () => {
  await lane.close()
  await sql.end({ timeout: 5 })
  await database.drop()
})

const fix = (driverId: DriverId, afterMs: number, more: Partial<FixRow> = {}) =>
  fixRow(driverId, NOW + afterMs, {
    receivedAtMs: NOW + afterMs + 7,
    latitude: 37.77 + (afterMs % 1_000) / 1e6,
    ...more,
  })
const fixes = (driverId: DriverId, times: readonly number[]) => times.map(afterMs => fix(driverId, afterMs))
/** As a thread that knows no better. */
const intoTail = (rows: readonly FixRow[]) => lane.copyIn({ statement: COPY_TAIL, ...packPositions(rows) })
const compact = (driverId: DriverId) => compactLane(sql, { lane: laneOf(driverId), napMs: 0 })

async function routeTimes(driverId: DriverId, limit = 10_000): Promise<number[]> {
  const page = await routeOf(sql, {
    driverId,
    startMs: NOW - 40 * DAY_MS,
    endMs: NOW + 3 * DAY_MS,
    limit,
    cursor: null,
  })
  return page.data.map(row => row.recordedAtMs - NOW)
}

async function counts(): Promise<{ rows: number; runs: number; tail: number; history: number }> {
  const [row] = await sql<{ rows: number; runs: number; tail: number; history: number }[]>`
    select (select count(*)::int from positions) as rows, (select count(*)::int from position_runs) as runs,
      (select count(*)::int from position_tail) as tail, (select count(*)::int from position_history) as history`
  return row ?? { rows: -1, runs: -1, tail: -1, history: -1 }
}

test('what is in the tail becomes one run of each driver, and reads as before', async () => {
  const rows = [
    fix(A, 1, { speed: 3.5, heading: 10, accuracy: 4, orderId: 'ord_1', clamped: true }),
    fix(A, 2, { orderId: 'größe_配送_🚚' }),
    fix(A, 5),
  ]
  await intoTail(rows)
  await intoTail(fixes(B, [3]))
  const before = await routeOf(sql, { driverId: A, startMs: NOW, endMs: NOW + 9, limit: 10, cursor: null })
  expect(before.data).toMatchObject(rows.map(({ driverId: _, ...row }) => row))

  expect(await compact(A)).toEqual({ rows: 1, positions: 3, runs: 1 })
  await compact(B)
  expect(await counts()).toEqual({ rows: 0, runs: 2, tail: 0, history: 4 })
  expect(await routeOf(sql, { driverId: A, startMs: NOW, endMs: NOW + 9, limit: 10, cursor: null })).toEqual(before)
  expect(await lastFix(sql, A)).toEqual(before.data[2] ?? null)
})

test('drivers that come back bring their newest position from wherever it lies, be they few or many', async () => {
  const journal = new PostgresJournal(sql)
  const shard = 3 as ShardId
  const [epoch = 0] = await journal.takeShards([shard], 'node')
  const drivers = Array.from({ length: 40 }, (_, i) => `drv_many_${i}` as DriverId)
  const compacted = drivers.filter((_, i) => i % 4 < 2)
  await intoTail(compacted.flatMap(driverId => fixes(driverId, [1, 2])))
  for (let lane = 0; lane < LANES; lane++) await compactLane(sql, { lane, napMs: 0 })
  // Of a quarter each: in the tail behind a run, in a run, in the tail in two rows, nowhere.
  await intoTail(drivers.filter((_, i) => i % 2 === 0).flatMap(driverId => fixes(driverId, [5])))
  await intoTail(drivers.filter((_, i) => i % 4 === 2).flatMap(driverId => fixes(driverId, [6, 7])))
  const expected = drivers.map((_, i) => [5, 2, 7, null][i % 4])

  const newest = async (some: readonly DriverId[]) => {
    const asks = some.map(driverId => ({ driverId, shard, shardEpoch: epoch, create: true }))
    const outcomes = await journal.activateDrivers(asks)
    return outcomes.map(outcome => (outcome.kind === 'active' ? (outcome.driver.lastFix?.recordedAtMs ?? null) : NaN))
  }
  // The first time makes them, and looks for nothing.
  await newest(drivers)
  const atMs = expected.map(afterMs => (afterMs == null ? null : NOW + afterMs))
  expect(await newest(drivers)).toEqual(atMs)
  expect(await newest(drivers.slice(0, 8))).toEqual(atMs.slice(0, 8))
  expect(await Promise.all(drivers.map(async id => (await lastFix(sql, id))?.recordedAtMs ?? null))).toEqual(atMs)
})

test('many drivers who are not in a long tail of small rows are read in the time of one look through it', async () => {
  const journal = new PostgresJournal(sql)
  const shard = 3 as ShardId
  const [epoch = 0] = await journal.takeShards([shard], 'node')
  const asks = Array.from({ length: 1_000 }, (_, i) => ({
    driverId: `drv_away_${i}` as DriverId,
    shard,
    shardEpoch: epoch,
    create: true,
  }))
  await journal.activateDrivers(asks)
  await intoTail(fixes(A, [1]))
  // Some minutes of a fleet whose groups are small; each row copied from the one that is there.
  await sql`
    insert into position_tail (lane, points, from_at, to_at, driver_id, recorded_at, lag_ms, latitude, longitude, speed, heading, accuracy, flags)
    select i % ${LANES}, points, from_at, to_at, driver_id, recorded_at, lag_ms, latitude, longitude, speed, heading, accuracy, flags
    from position_tail, generate_series(1, 80000) as i`
  const beganMs = performance.now()
  const outcomes = await journal.activateDrivers(asks)
  // As long as a statement may take; each driver by itself would be looked for in ten million rows together.
  expect(performance.now() - beganMs).toBeLessThan(4_000)
  expect(outcomes.every(outcome => outcome.kind === 'active' && outcome.driver.lastFix === null)).toBe(true)
}, 60_000)

test('a lane is compacted with naps as without, and takes its time', async () => {
  const times = Array.from({ length: 5_000 }, (_, n) => n)
  await intoTail(fixes(A, times))
  const beganMs = performance.now()
  // A run of more than is worked through between two naps is followed by one.
  expect(await compactLane(sql, { lane: laneOf(A), napMs: 300 })).toMatchObject({ positions: 5_000, runs: 1 })
  expect(performance.now() - beganMs).toBeGreaterThan(290)
  expect(await counts()).toEqual({ rows: 0, runs: 1, tail: 0, history: 5_000 })
})

test('a lane in which nothing is, and one of other drivers, are left as they are', async () => {
  await intoTail(fixes(A, [1]))
  expect(await compactLane(sql, { lane: (laneOf(A) + 1) % LANES, napMs: 0 })).toEqual({
    rows: 0,
    positions: 0,
    runs: 0,
  })
  expect(await counts()).toMatchObject({ runs: 0, tail: 1 })
})

test('a group that was sent twice is read once: in the tail, across a compaction, and after it', async () => {
  await intoTail(fixes(A, [1, 2, 3]))
  await intoTail(fixes(A, [1, 2, 3]))
  expect(await routeTimes(A)).toEqual([1, 2, 3])
  await compact(A)
  await intoTail(fixes(A, [1, 2, 3, 4]))
  expect(await routeTimes(A)).toEqual([1, 2, 3, 4])
  await compact(A)
  expect(await routeTimes(A)).toEqual([1, 2, 3, 4])
  expect((await counts()).history).toBe(4)
  const [{ overlaps } = { overlaps: -1 }] = await sql<{ overlaps: number }[]>`
    select count(*)::int as overlaps from position_runs a join position_runs b
      on a.driver_id = b.driver_id and a.ctid <> b.ctid and a.from_at <= b.to_at and b.from_at <= a.to_at`
  expect(overlaps).toBe(0)
})

test('what a thread writes that has lost its shard is kept, behind what its successor wrote', async () => {
  await intoTail(fixes(A, [10, 11, 12]))
  await compact(A)
  await intoTail(fixes(A, [8, 9, 13]))
  await compact(A)
  expect(await routeTimes(A)).toEqual([8, 9, 10, 11, 12, 13])
  expect((await lastFix(sql, A))?.recordedAtMs).toBe(NOW + 13)
})

test('what was recorded over more than a day is kept as rows', async () => {
  const times = [-2 * DAY_MS, -DAY_MS, 0]
  await intoTail(fixes(A, times))
  await compact(A)
  expect(await counts()).toMatchObject({ rows: 3, runs: 0 })
  expect(await routeTimes(A)).toEqual(times)
})

test('a run over midnight is found from both days', async () => {
  const midnight = DAY_MS / 2
  await ensurePartitions(sql, [dayOf(NOW + DAY_MS)])
  await intoTail(fixes(A, [midnight - 2, midnight + 3]))
  await compact(A)
  expect((await counts()).runs).toBe(1)
  const between = async (from: number, to: number) =>
    (await routeOf(sql, { driverId: A, startMs: NOW + from, endMs: NOW + to, limit: 5, cursor: null })).data.length
  expect(await between(midnight - 9, midnight - 1)).toBe(1)
  expect(await between(midnight, midnight + 9)).toBe(1)
  expect(await between(midnight - 1, midnight + 2)).toBe(0)
})

test('while another session is at it a lane is left to that', async () => {
  await intoTail(fixes(A, [1]))
  await sql.begin(async other => {
    await other`select pg_advisory_xact_lock(7214003)`
    expect(await compact(A)).toBeNull()
  })
  expect(await compact(A)).toMatchObject({ positions: 1 })
})

test('of a lane that has grown large the older part is taken, and then the rest', async () => {
  const times = Array.from({ length: 2.5 * POSITIONS_PER_STEP }, (_, n) => n)
  for (let from = 0; from < times.length; from += 20_000) await intoTail(fixes(A, times.slice(from, from + 20_000)))
  const first = await compact(A)
  expect(first?.positions).toBeGreaterThanOrEqual(POSITIONS_PER_STEP)
  expect(first?.positions).toBeLessThan(POSITIONS_PER_STEP + 64)
  expect(await routeTimes(A)).toEqual(times.slice(0, 10_000))
  expect((await lastFix(sql, A))?.recordedAtMs).toBe(NOW + (times.at(-1) ?? 0))
  while (((await compact(A))?.positions ?? 0) > 0) expect((await counts()).history).toBe(times.length)
  expect(await counts()).toEqual({ rows: 0, runs: 3, tail: 0, history: times.length })
}, 30_000)

test('a day whose partition is not there is made', async () => {
  await intoTail(fixes(A, [-9 * DAY_MS]))
  expect(await compact(A)).toMatchObject({ runs: 1 })
  expect(await routeTimes(A)).toEqual([-9 * DAY_MS])
})

test('a late position is not stored again beside a run or a tail that has it', async () => {
  await intoTail(fixes(A, [1, 2]))
  await compact(A)
  await intoTail(fixes(A, [5]))
  const late = [1, 2, 3, 5].map(afterMs => fix(A, afterMs, { late: true }))
  expect(await log.append(late)).toEqual(['repeated', 'repeated', 'stored', 'repeated'])
  expect((await counts()).rows).toBe(1)
})

test('whatever comes, and whenever it is compacted, each position is read once, in order, page by page', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('fresh' as const), points: fc.integer({ min: 1, max: 40 }) }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'again' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('late' as const), back: fc.integer({ min: 0, max: 60 }) }),
    },
    { weight: 3, arbitrary: fc.constant({ kind: 'compact' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('pause' as const), hours: fc.integer({ min: 1, max: 30 }) }),
    },
  )
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 14 }),
      fc.integer({ min: 1, max: 50 }),
      async (steps, limit) => {
        const driver = `drv_property_${++runs}` as DriverId
        const model = new Set<number>()
        let now = -12 * DAY_MS
        let fresh: FixRow[] = []
        for (const step of steps) {
          switch (step.kind) {
            case 'fresh':
              fresh = Array.from({ length: step.points }, (_, i) => fix(driver, now + (i + 1) * 250))
              now += step.points * 250
              await log.append(fresh)
              for (const row of fresh) model.add(row.recordedAtMs)
              break
            case 'again':
              await intoTail(fresh)
              break
            case 'late': {
              const late = fix(driver, now - step.back * 125, { late: true })
              await log.append([late])
              model.add(late.recordedAtMs)
              break
            }
            case 'compact':
              await compact(driver)
              break
            case 'pause':
              now += step.hours * HOUR_MS
          }
        }
        const expected = [...model].toSorted((a, b) => a - b)
        const read: number[] = []
        let cursor: string | null = null
        do {
          const page = await routeOf(sql, { driverId: driver, startMs: 0, endMs: NOW + DAY_MS, limit, cursor })
          read.push(...page.data.map(row => row.recordedAtMs))
          cursor = page.nextCursor
        } while (cursor !== null)
        expect(read).toEqual(expected)
        expect((await lastFix(sql, driver))?.recordedAtMs).toBe(expected.at(-1))
        const some = expected.filter((_, i) => i >= expected.length / 3 && i < (2 * expected.length) / 3)
        const [from = NOW, to = NOW] = [some[0], some.at(-1)]
        const span = await routeOf(sql, { driverId: driver, startMs: from, endMs: to, limit: 10_000, cursor: null })
        expect(span.data.map(row => row.recordedAtMs)).toEqual(some)
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)
