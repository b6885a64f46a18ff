import { afterAll, beforeAll, expect, test } from 'bun:test'
import { locationLogConformance } from '../../test/conformance/location-log.conformance.ts'
import { answerLosingProxy } from '../../test/support/answer-losing-proxy.ts'
import { testDatabase } from '../../test/support/postgres.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { fixRow } from '../actors/runtime/fix-row.fixtures.ts'
import type { FixRow } from '../actors/runtime/ports.ts'
import { CopyLane } from './copy.ts'
import { migrate } from './migrations/migrate.ts'
import { CLAMPED, LATE } from './position-rows.ts'
import { connect, type Sql } from './postgres.ts'
import { PostgresLocationLog } from './postgres-location-log.ts'

const TEST_TIMEOUT_MS = 30_000

interface Bench {
  readonly log: PostgresLocationLog
  readonly sql: Sql
  /** Of the connection that COPY uses. */
  copyPid(): Promise<number>
  close(): Promise<void>
}

interface Opening {
  readonly url: string
  readonly copyUrl?: string
  readonly nowMs: number
  readonly copyName: string
}

function open({ url, copyUrl = url, nowMs, copyName }: Opening): Bench {
  const sql = connect(url, { max: 2, applicationName: 'test' })
  const lane = new CopyLane(() => connect(copyUrl, { max: 1, applicationName: copyName, use: 'copy' }))
  return {
    sql,
    log: new PostgresLocationLog({ sql, copy: lane, clock: { nowMs: () => nowMs }, retentionDays: 30 }),
    copyPid: async () => {
      const [row] = await sql<{ pid: number }[]>`select pid from pg_stat_activity where application_name = ${copyName}`
      return row?.pid ?? 0
    },
    close: async () => {
      await lane.close()
      await sql.end({ timeout: 5 })
    },
  }
}

interface PositionRow {
  readonly recorded_at: Date
  readonly latitude: number
  readonly order_id: string | null
  readonly flags: number
}

locationLogConformance('PostgresLocationLog', async ({ nowMs }) => {
  const database = await testDatabase()
  const admin = connect(database.url, { max: 1, applicationName: 'test admin' })
  await migrate(admin)
  const proxy = await answerLosingProxy(database.url, 'COPY ')
  const one = open({ url: database.url, copyUrl: proxy.url, nowMs, copyName: 'copy one' })
  const two = open({ url: database.url, nowMs, copyName: 'copy two' })
  return {
    log: one.log,
    other: two.log,
    route: async driverId => {
      const rows = await admin<PositionRow[]>`
        select recorded_at, latitude, order_id, flags from position_history where driver_id = ${driverId} order by recorded_at`
      return rows.map(row => ({
        recordedAtMs: row.recorded_at.getTime(),
        latitude: row.latitude,
        orderId: row.order_id,
        late: (row.flags & LATE) !== 0,
        clamped: (row.flags & CLAMPED) !== 0,
      }))
    },
    deadReasons: async () =>
      (await admin<{ reason: string }[]>`select reason from dead_letters order by id`).map(row => row.reason),
    loseNextAnswer: async () => proxy.arm(),
    close: async () => {
      await one.close()
      await two.close()
      proxy.close()
      await admin.end({ timeout: 5 })
      await database.drop()
    },
  }
})

let database: Awaited<ReturnType<typeof testDatabase>>
let admin: Sql
let bench: Bench
const NOW = 1_749_988_800_000

beforeAll(async () => {
  database = await testDatabase()
  admin = connect(database.url, { max: 3, applicationName: 'test admin' })
  await migrate(admin)
  bench = open({ url: database.url, nowMs: NOW, copyName: 'copy' })
  await bench.log.append([fix('drv_first', 0)])
}, TEST_TIMEOUT_MS)

afterAll(async () => {
  await bench.close()
  await admin.end({ timeout: 5 })
  await database.drop()
})

const fix = (driverId: string, afterMs: number, more: Partial<FixRow> = {}) => fixRow(driverId, NOW + afterMs, more)

async function countOf(driverId: string): Promise<number> {
  const [row] = await admin<{ count: number }[]>`select count(*) from position_history where driver_id = ${driverId}`
  return Number(row?.count)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('It did not come to that within 5 s')
  }
}

test('a session that is ended in the middle of a COPY is never taken for an acknowledgement', async () => {
  // Whoever has locked the tail holds the COPY.
  await bench.log.append([fix('drv_lost', 0)])
  const pid = await bench.copyPid()
  let appended: Promise<unknown> = Promise.resolve()
  await admin.begin(async holder => {
    await holder`lock table position_tail in exclusive mode`
    appended = bench.log.append([fix('drv_lost', 1), fix('drv_lost', 2)]).catch(error => error)
    await until(async () => {
      const [row] = await admin<{ waits: boolean }[]>`
        select wait_event_type = 'Lock' as waits from pg_stat_activity where pid = ${pid}`
      return row?.waits === true
    })
    await admin`select pg_terminate_backend(${pid})`
    expect(await appended).toBeInstanceOf(StoreUnavailableError)
  })
  expect(await countOf('drv_lost')).toBe(1)
})

test('after a COPY that was refused and a session that was lost, the next one is acknowledged only when it is stored', async () => {
  const rows = (from: number) => Array.from({ length: 50 }, (_, i) => fix('drv_after', from + i))
  await appendUntilStored(rows(0))
  expect(await bench.log.append(rows(25))).toEqual(rows(25).map(() => 'stored'))
  expect(await countOf('drv_after')).toBe(75)
  await admin`select pg_terminate_backend(${await bench.copyPid()})`
  await appendUntilStored(rows(100))
  expect(await countOf('drv_after')).toBe(125)
})

async function appendUntilStored(rows: readonly FixRow[]): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const outcome = await bench.log.append(rows).catch(error => error)
    if (!(outcome instanceof StoreUnavailableError)) {
      expect(outcome).toEqual(rows.map(() => 'stored'))
      return
    }
  }
  throw new Error('The store did not come back')
}

test('appends that are made at the same time take turns on the connection of COPY', async () => {
  const batches = Array.from({ length: 30 }, (_, b) => Array.from({ length: 20 }, (_, i) => fix(`drv_turn_${b}`, i)))
  const outcomes = await Promise.all(batches.map(batch => bench.log.append(batch)))
  expect(outcomes.flat()).toEqual(batches.flat().map(() => 'stored'))
})

test('more batches than may wait are refused as unavailable, and what was accepted is stored', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, i) => bench.log.append([fix(`drv_flood_${i}`, 0)]).catch(error => error)),
  )
  const refused = outcomes.filter(outcome => outcome instanceof StoreUnavailableError).length
  expect(refused).toBe(36)
  expect(outcomes.length - refused).toBe(64)
})

test('a partition that was dropped under the log is made again', async () => {
  const day = '2025-06-15'
  await appendUntilStored([fix('drv_dropped', 1, { late: true })])
  await admin.unsafe(`drop table positions_${day.replaceAll('-', '')}`)
  await appendUntilStored([fix('drv_dropped', 0, { late: true })])
  expect(await countOf('drv_dropped')).toBe(1)
})

test('what is dead says why, and keeps the row as far as it can be kept', async () => {
  expect(await bench.log.append([fix('drv_dead', 0, { latitude: Number.NaN, orderId: 'a\0b\uD800' })])).toEqual([
    'dead',
  ])
  const [letter] = await admin<{ source: string; reason: string; payload: Record<string, unknown> }[]>`
    select source, reason, payload from dead_letters order by id desc limit 1`
  expect(letter?.source).toBe('positions')
  expect(letter?.reason).toContain('0x00')
  expect(letter?.payload).toMatchObject({ driverId: 'drv_dead', latitude: 'NaN', orderId: 'a\uFFFDb\uFFFD' })
})

test('a batch above the size of one statement is stored whole', async () => {
  const rows = Array.from({ length: 20_001 }, (_, i) => fix('drv_big', i))
  expect(await bench.log.append(rows)).toHaveLength(20_001)
  expect(await countOf('drv_big')).toBe(20_001)
})
