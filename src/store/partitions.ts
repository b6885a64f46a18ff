/**
 * The daily partitions of the history: of `positions` and of `position_runs`.
 *
 * What can go wrong: several threads and nodes make or drop the same day at once, and partition DDL queues behind the
 * writers while every later writer queues behind it. What makes it right: one advisory lock for all partition work; a
 * day is made apart and *attached*, an old one is *detached concurrently* before it is dropped — neither takes a lock
 * that a COPY into the other days would wait for — and every lock wait is short and tried again.
 */
import { InvariantError, StoreUnavailableError } from '../actors/runtime/errors.ts'
import { DAY_MS, DAYS_AHEAD, type Day, dayOf, oldestDay } from '../actors/runtime/history-day.ts'
import type { Cancel, Clock } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'
import { PACKED_COLUMNS } from './driver-positions.ts'
import type { Querying, Sql } from './postgres.ts'
import { Upkeep, type UpkeepOptions } from './upkeep.ts'

/** For making and for dropping; any numbers that nothing else in the database locks. */
const MAKING_KEY = 7_214_001
const DROPPING_KEY = 7_214_002
const LOCK_TIMEOUT_MS = 500
const TRIES_MAX = 8
const KEEP_EVERY_MS = 3_600_000
const KEEP_RETRY_MS = 60_000
/**
 * Rows are only added, and nearly all are dropped with their day before they would have to be frozen: to vacuum what was inserted, every few
 * seconds at a high rate, is a twelfth of what storing it costs, and nobody is helped. A day that lives past the server's
 * `autovacuum_freeze_max_age` in transactions is vacuumed once, by then.
 */
const STORAGE = 'autovacuum_vacuum_insert_threshold = -1'
/** By table. A run keeps to its page as long as it fits there. */
const STORAGE_OF = { positions: STORAGE, position_runs: `${STORAGE}, toast_tuple_target = 8160` } as const
const UNCOUNTED = PACKED_COLUMNS.map(column => `alter ${column} set statistics 0`).join(', ')
type Table = keyof typeof STORAGE_OF
const TABLES = Object.keys(STORAGE_OF) as readonly Table[]

/** A table's part of a day. */
interface Part {
  readonly table: Table
  readonly day: Day
}

/**
 * Makes the partitions of these days where they are missing.
 * @throws {StoreUnavailableError} when another has kept the tables locked all the time. Retryable.
 */
export async function ensurePartitions(sql: Sql, days: readonly Day[]): Promise<void> {
  if (days.length === 0 || (await missing(sql, days)).length === 0) return
  for (let tries = 1; ; tries++) {
    try {
      await sql.begin(transaction => attachMissing(transaction, days))
      return
    } catch (error) {
      if (codeOf(error) !== '55P03') throw error
      if (tries === TRIES_MAX) throw new StoreUnavailableError('The tables of positions are locked', { cause: error })
    }
  }
}

async function missing(sql: Querying, days: readonly Day[]): Promise<Part[]> {
  const wanted = [...new Set(days)].flatMap(day => TABLES.map(table => ({ table, day })))
  const attached = await sql<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = any(${[...TABLES]}::text[]::regclass[]) and not i.inhdetachpending and c.relname = any(${wanted.map(partitionName)})`
  const there = new Set(attached.map(row => row.name))
  return wanted.filter(part => !there.has(partitionName(part)))
}

async function attachMissing(sql: Querying, days: readonly Day[]): Promise<void> {
  await sql.unsafe(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
  await sql`select pg_advisory_xact_lock(${MAKING_KEY}::bigint)`
  for (const part of await missing(sql, days)) {
    const { table, day } = part
    const name = partitionName(part)
    // It may be there and apart: detached as expired, not dropped yet, and then the retention was raised.
    await sql.unsafe(`create table if not exists ${name} (like ${table} including all) with (${STORAGE_OF[table]})`)
    // Not taken over from the table. To count what is in arrays takes an `analyze` seconds of a core, and helps no plan.
    if (table === 'position_runs') await sql.unsafe(`alter table ${name} ${UNCOUNTED}`)
    await sql.unsafe(
      `alter table ${table} attach partition ${name} for values from ('${startOf(day)}') to ('${startOf(day + 1)}')`,
    )
  }
}

/**
 * Drops the days before `oldest`, unless another node is doing it right now.
 *
 * Detaching concurrently refuses to run inside a transaction and waits for every older one, so the lock is the session's.
 * @param sql  with `max: 1`, so that lock and work share their session.
 * @returns the names of what was dropped.
 */
export async function dropExpired(sql: Sql, oldest: Day): Promise<string[]> {
  if (sql.options.max !== 1) throw new InvariantError('Dropping partitions needs one session: connect with max 1')
  const [lock] = await sql<{ taken: boolean }[]>`select pg_try_advisory_lock(${DROPPING_KEY}::bigint) as taken`
  if (!lock?.taken) return []
  try {
    return await dropBefore(sql, oldest)
  } finally {
    await sql`select pg_advisory_unlock(${DROPPING_KEY}::bigint)`
  }
}

async function dropBefore(sql: Sql, oldest: Day): Promise<string[]> {
  const dropped: string[] = []
  for (const table of TABLES) dropped.push(...(await dropPartsOf(sql, table, oldest)))
  return dropped
}

/** Each step can be the last one before a crash; the next round goes on where it stopped. */
async function dropPartsOf(sql: Sql, table: Table, oldest: Day): Promise<string[]> {
  const expired = await sql<{ name: string; attached: boolean; pending: boolean }[]>`
    select c.relname as name, i.inhrelid is not null as attached, coalesce(i.inhdetachpending, false) as pending
    from pg_class c left join pg_inherits i on i.inhrelid = c.oid and i.inhparent = ${table}::text::regclass
    where c.relnamespace = (select relnamespace from pg_class where oid = ${table}::text::regclass)
      and c.relkind = 'r' and c.relname ~ ${`^${table}_[0-9]{8}$`} and c.relname < ${partitionName({ table, day: oldest })}
    order by pending desc, name`
  for (const { name, attached, pending } of expired) {
    if (pending) await sql.unsafe(`alter table ${table} detach partition ${name} finalize`)
    else if (attached) await sql.unsafe(`alter table ${table} detach partition ${name} concurrently`)
    await sql.unsafe(`drop table ${name}`)
  }
  return expired.map(row => row.name)
}

export interface PartitionKeeping {
  /** A client with `max: 1`, for one round; ended after it. */
  readonly open: () => Sql
  readonly clock: Clock
  readonly upkeep: UpkeepOptions
  /** Told of a round that failed; the next is a minute later. */
  readonly onFailure: (error: unknown) => void
}

/** Makes today and the days after it before it returns; from then on does so, and forgets what has expired, every hour. */
export async function keepPartitions({ open, clock, upkeep: options, onFailure }: PartitionKeeping): Promise<Cancel> {
  const upkeep = new Upkeep(options)
  await using(open, sql => ensurePartitions(sql, daysAhead(clock.nowMs())))
  let stopped = false
  let cancel: Cancel = () => {}
  const round = async (): Promise<void> => {
    let nextMs = KEEP_EVERY_MS
    try {
      await using(open, async sql => {
        await keepOnce(sql, clock.nowMs(), options)
        await upkeep.round(sql, clock.nowMs())
      })
    } catch (error) {
      nextMs = KEEP_RETRY_MS
      if (!stopped) onFailure(error)
    }
    if (!stopped) cancel = clock.after(nextMs, round)
  }
  cancel = clock.after(0, round)
  return () => {
    stopped = true
    cancel()
  }
}

async function keepOnce(sql: Sql, nowMs: UnixMs, { retentionDays }: UpkeepOptions): Promise<void> {
  await ensurePartitions(sql, daysAhead(nowMs))
  await dropExpired(sql, oldestDay(nowMs, retentionDays))
}

async function using(open: () => Sql, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = open()
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function daysAhead(nowMs: number): Day[] {
  return Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => dayOf(nowMs) + ahead)
}

function partitionName({ table, day }: Part): string {
  return `${table}_${startOf(day).slice(0, 10).replaceAll('-', '')}`
}

function startOf(day: Day): string {
  return new Date(day * DAY_MS).toISOString()
}

/** Of a row for which there is no day. */
export function isMissingPartition(error: unknown): boolean {
  return (
    codeOf(error) === '23514' && error instanceof Error && 'routine' in error && error.routine === 'ExecFindPartition'
  )
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}
