/** What the record says about a run: whether it may be believed, what it wrote, what it holds. */
import type { Querying, Sql } from '../../src/store/postgres.ts'
import { assertDurable, UnsafeServerError } from '../../src/store/postgres.ts'
import { NoResultError } from '../bench.ts'
import type { BenchFleet } from './fleet.ts'
import type { Batch, Ledger } from './ledger.ts'

export interface ServerSettings {
  readonly version: string
  readonly fsync: string
  readonly synchronous_commit: string
  readonly backendPid: number
}

/** @throws {NoResultError} the server may lose what it has acknowledged: nothing that is measured on it counts. */
export async function readSafeServer(sql: Sql): Promise<ServerSettings> {
  try {
    await assertDurable(sql)
  } catch (error) {
    if (error instanceof UnsafeServerError) throw new NoResultError(error.message, { cause: error })
    throw error
  }
  const [row] = await sql<ServerSettings[]>`
    select current_setting('server_version') as version, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as synchronous_commit, pg_backend_pid() as "backendPid"`
  if (!row) throw new NoResultError('the server does not say how it is set')
  return row
}

export interface WalCounters {
  readonly bytes: number
  readonly syncs: number
}

/** Backends report their counters at most once a second: read a little after what is to be counted. */
export async function readWal(sql: Sql): Promise<WalCounters> {
  const [version] = await sql<{ number: number }[]>`select current_setting('server_version_num')::int as number`
  // Postgres 18 moved the syncs of the log to the statistics of all I/O.
  const syncs =
    (version?.number ?? 0) >= 180_000
      ? "(select coalesce(sum(fsyncs), 0)::float8 from pg_stat_io where object = 'wal')"
      : '(select wal_sync::float8 from pg_stat_wal)'
  const [row] = await sql.unsafe<WalCounters[]>(`select wal_bytes::float8 as bytes, ${syncs} as syncs from pg_stat_wal`)
  return row ?? { bytes: 0, syncs: 0 }
}

export function walFigures(before: WalCounters, after: WalCounters) {
  return { wal_bytes: after.bytes - before.bytes, wal_syncs: after.syncs - before.syncs }
}

/** As every bench says it of the server that it wrote to. */
export function serverFigures({ fsync, synchronous_commit }: ServerSettings) {
  return { fsync, synchronous_commit }
}

export interface HistoryCount {
  readonly stored: number
  /** Acknowledged and not there. */
  readonly lost: number
  /** There more often than sent. */
  readonly repeated: number
}

/**
 * Positions that nobody has answered yet may be there or not; those that are pay for no acknowledged one. Both are read from one
 * snapshot: a node that is behind goes on storing, and what comes between two looks would count as lost.
 */
export async function countHistory(sql: Sql, fleet: BenchFleet, ledger: Ledger): Promise<HistoryCount> {
  const [storedOf, unanswered] = await sql.begin('isolation level repeatable read read only', async snapshot => [
    await rowsByDriver(snapshot, fleet),
    await storedUnanswered(snapshot, fleet, ledger.open),
  ])
  const result = { stored: 0, lost: 0, repeated: 0 }
  for (let driver = 0; driver < fleet.size; driver++) {
    const stored = storedOf.get(fleet.driverId(driver)) ?? 0
    result.stored += stored
    result.lost += Math.max(0, (ledger.ackedOf[driver] ?? 0) - (stored - (unanswered.get(driver) ?? 0)))
    result.repeated += Math.max(0, stored - (ledger.sentOf[driver] ?? 0))
  }
  return result
}

async function rowsByDriver(sql: Querying, fleet: BenchFleet): Promise<Map<string, number>> {
  const prefix = fleet.driverId(0).slice(0, -1)
  const rows = await sql<{ id: string; count: number }[]>`
    select driver_id as id, count(*)::float8 as count from position_history
    where driver_id >= ${prefix} and driver_id < ${`${prefix}:`} group by driver_id`
  return new Map(rows.map(({ id, count }) => [id, count]))
}

const KEYS_MAX = 10_000

async function storedUnanswered(
  sql: Querying,
  fleet: BenchFleet,
  open: ReadonlySet<Batch>,
): Promise<ReadonlyMap<number, number>> {
  const keys = [...open].flatMap(({ drivers, dueAtMs }) => drivers.map(driver => ({ driver, dueAtMs })))
  const found = new Map<number, number>()
  for (let from = 0; from < keys.length; from += KEYS_MAX) {
    const some = keys.slice(from, from + KEYS_MAX)
    const ids = some.map(key => fleet.driverId(key.driver))
    const times = some.map(key => new Date(key.dueAtMs).toISOString())
    const rows = await sql<{ place: number }[]>`
      select k.place::int as place from unnest(${ids}::text[], ${times}::text[]) with ordinality as k (id, at, place)
      join position_history p on p.driver_id = k.id and p.recorded_at = k.at::timestamptz`
    for (const { place } of rows) {
      const driver = some[place - 1]?.driver ?? -1
      found.set(driver, (found.get(driver) ?? 0) + 1)
    }
  }
  return found
}
