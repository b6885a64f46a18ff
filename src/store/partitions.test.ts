import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import { DAY_MS, dayOf } from '../actors/runtime/history-day.ts'
import type { Cancel } from '../actors/runtime/ports.ts'
import { bury } from './dead-letters.ts'
import { migrate } from './migrations/migrate.ts'
import { dropExpired, ensurePartitions, keepPartitions } from './partitions.ts'
import { connect, type Sql } from './postgres.ts'

/** 2025-06-15T12:00:00Z */
const NOW = 1_749_988_800_000
const TODAY = dayOf(NOW)

let database: Awaited<ReturnType<typeof testDatabase>>
let one: Sql
let two: Sql

beforeAll(async () => {
  database = await testDatabase()
  one = open()
  two = open()
  await migrate(one)
}, 30_000)

afterEach(() => dropExpired(one, TODAY + 100))

afterAll(async () => {
  await Promise.all([one.end({ timeout: 5 }), two.end({ timeout: 5 })])
  await database.drop()
})

const open = (): Sql => connect(database.url, { max: 1, applicationName: 'partitions' })

/** Of the rows; the runs have the same days. */
async function partitions(): Promise<string[]> {
  const [rows, runs] = await Promise.all(['positions', 'position_runs'].map(partitionsOf))
  expect(runs).toEqual((rows ?? []).map(name => name.replace('positions', 'position_runs')))
  return rows ?? []
}

async function partitionsOf(table: string): Promise<string[]> {
  const rows = await one<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent = ${table}::text::regclass order by name`
  return rows.map(row => row.name)
}

const put = (sql: Sql, day: number) =>
  sql`insert into positions values ('drv_1', ${new Date(day * DAY_MS)}, now(), 1, 2, null, null, null, null, 0)`

test('a day is made once, whoever asks for it and however often', async () => {
  const days = [TODAY, TODAY - 1, TODAY]
  await Promise.all([one, two, one, two, two, one].map(sql => ensurePartitions(sql, days)))
  expect(await partitions()).toEqual(['positions_20250614', 'positions_20250615'])
})

test('a day is made while another day is being written, without a wait', async () => {
  await ensurePartitions(one, [TODAY - 40, TODAY])
  await one.begin(async writer => {
    await writer`insert into positions values ('drv_2', ${new Date(NOW)}, now(), 1, 2, null, null, null, null, 0)`
    await ensurePartitions(two, [TODAY + 1])
  })
  expect(await partitions()).toEqual(['positions_20250506', 'positions_20250615', 'positions_20250616'])
})

test('what has expired is dropped, and the rest is kept', async () => {
  await ensurePartitions(one, [TODAY - 40, TODAY - 31, TODAY - 30, TODAY])
  await put(one, TODAY - 31)
  const expired = ['positions_20250506', 'positions_20250515']
  expect(await dropExpired(one, TODAY - 30)).toEqual([...expired, 'position_runs_20250506', 'position_runs_20250515'])
  expect(await partitions()).toEqual(['positions_20250516', 'positions_20250615'])
  const [left] = await one`select to_regclass('positions_20250515') as name`
  expect(left).toEqual({ name: null })
})

test('two nodes that drop at once do not disturb each other', async () => {
  await ensurePartitions(one, [TODAY - 50, TODAY - 40, TODAY])
  const dropped = await Promise.all([dropExpired(one, TODAY), dropExpired(two, TODAY)])
  const expired = ['positions_20250426', 'positions_20250506']
  expect(dropped.flat()).toEqual([...expired, 'position_runs_20250426', 'position_runs_20250506'])
  expect(await partitions()).toEqual(['positions_20250615'])
})

test('a drop that a crash has cut off is finished by the next one', async () => {
  await ensurePartitions(one, [TODAY - 50, TODAY - 40])
  await one.unsafe('alter table positions detach partition positions_20250426')
  // An open reader leaves the detaching half done when the session gives up.
  await two.begin(async reader => {
    await reader`select 1 from positions limit 1`
    const impatient = connect(database.url, { max: 1, applicationName: 'impatient', statementTimeoutMs: 200 })
    await expect(
      Promise.resolve(impatient.unsafe('alter table positions detach partition positions_20250506 concurrently')),
    ).rejects.toThrow('statement timeout')
    await impatient.end()
  })
  const runs = ['position_runs_20250426', 'position_runs_20250506']
  expect((await dropExpired(one, TODAY)).toSorted()).toEqual([...runs, 'positions_20250426', 'positions_20250506'])
  expect(await partitions()).toEqual([])
})

test('a day that was detached and not dropped is taken back with its rows', async () => {
  await ensurePartitions(one, [TODAY - 3])
  await put(one, TODAY - 3)
  await one.unsafe('alter table positions detach partition positions_20250612')
  await ensurePartitions(one, [TODAY - 3])
  expect(await one`select driver_id from positions`).toHaveLength(1)
})

test('keeping makes three days before it returns, and goes on every hour', async () => {
  let now = NOW
  const armed: { delayMs: number; fire: () => void }[] = []
  const failures: unknown[] = []
  await bury(one, 'test', [{ reason: 'old', payload: {} }])
  await one`update dead_letters set at = ${new Date(NOW - 40 * DAY_MS)}`
  const nextTimer = async () => {
    const deadline = performance.now() + 5_000
    while (armed.length === 0 && performance.now() < deadline) await one`select 1`
    return armed.shift()
  }
  const stop: Cancel = await keepPartitions({
    open,
    clock: {
      nowMs: () => now,
      after: (delayMs, fire) => {
        armed.push({ delayMs, fire })
        return () => armed.splice(0)
      },
    },
    upkeep: {
      shards: 16,
      retentionDays: 1,
      keyTtlMs: DAY_MS,
      decisionsKeptMs: DAY_MS,
      actsKeptMs: null,
      ordersKeptMs: null,
      isFeeding: false,
      quoteTtlMs: 300_000,
      deliveriesKeptMs: 7 * 86_400_000,
    },
    onFailure: error => failures.push(error),
  })
  expect(await partitions()).toEqual(['positions_20250615', 'positions_20250616', 'positions_20250617'])
  now += 2 * DAY_MS
  ;(await nextTimer())?.fire()
  expect((await nextTimer())?.delayMs).toBe(3_600_000)
  expect(await partitions()).toEqual([
    'positions_20250616',
    'positions_20250617',
    'positions_20250618',
    'positions_20250619',
  ])
  expect(await one`select 1 from dead_letters`).toHaveLength(0)
  expect(failures).toEqual([])
  stop()
})
