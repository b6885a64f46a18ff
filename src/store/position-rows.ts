/** How fixes that may be there already are written: as one element of each column's array, for an insert. */
import type { FixRow } from '../actors/runtime/ports.ts'
import { isInRun } from './driver-positions.ts'
import { laneOf } from './position-lanes.ts'
import type { Sql } from './postgres.ts'

export const LATE = 1
export const CLAMPED = 2

export const POSITION_COLUMNS =
  'driver_id, recorded_at, received_at, latitude, longitude, speed, heading, accuracy, order_id, flags' as const

/**
 * What is packed is looked into; of a position that is being packed at the same time whoever reads sees one. The tail is asked once for each
 * driver, for what it has of the span of these fixes.
 */
const INSERT_POSITIONS = `
  with given as materialized (
    select *
    from unnest($1::text[], $2::text[]::timestamptz[], $3::text[]::timestamptz[], $4::float8[], $5::float8[],
      $6::real[], $7::real[], $8::real[], $9::text[], $10::smallint[], $11::smallint[]) as given (${POSITION_COLUMNS}, lane)
  ),
  in_tail as materialized (
    select span.driver_id, t.recorded_at[place.n] as recorded_at
    from (
      select driver_id, lane, min(recorded_at) as from_at, max(recorded_at) as to_at from given group by driver_id, lane
    ) as span
    join position_tail t on t.lane = span.lane and t.to_at >= span.from_at and t.from_at <= span.to_at,
      unnest(array_positions(t.driver_id, span.driver_id)) as place (n)
  )
  insert into positions (${POSITION_COLUMNS})
  select ${POSITION_COLUMNS} from given
  where not ${isInRun('given.driver_id', 'given.recorded_at')}
    and not exists (select from in_tail where in_tail.driver_id = given.driver_id and in_tail.recorded_at = given.recorded_at)
  on conflict do nothing
  returning driver_id, (extract(epoch from recorded_at) * 1000)::float8 as recorded_at_ms`

/** What makes a fix unique. */
export function positionKey(driverId: string, recordedAtMs: number): string {
  return `${driverId.toWellFormed()} ${Math.floor(recordedAtMs)}`
}

/** @returns the keys of the rows that were not there before; two rows with one key count once. */
export async function insertPositions(sql: Sql, rows: readonly FixRow[]): Promise<Set<string>> {
  const stored = await sql.unsafe<{ driver_id: string; recorded_at_ms: number }[]>(
    INSERT_POSITIONS,
    [
      rows.map(row => row.driverId),
      rows.map(row => instant(row.recordedAtMs)),
      rows.map(row => instant(row.receivedAtMs)),
      rows.map(row => row.latitude),
      rows.map(row => row.longitude),
      rows.map(row => real(row.speed)),
      rows.map(row => real(row.heading)),
      rows.map(row => real(row.accuracy)),
      rows.map(row => row.orderId),
      rows.map(flagsOf),
      rows.map(row => laneOf(row.driverId)),
    ],
    { prepare: true },
  )
  return new Set(stored.map(row => positionKey(row.driver_id, row.recorded_at_ms)))
}

export function flagsOf(row: FixRow): number {
  return (row.late ? LATE : 0) | (row.clamped ? CLAMPED : 0)
}

/** Postgres reads 'infinity' as a time, so what is no time must not become one: 'NaN' is refused. */
function instant(atMs: number): string {
  return Number.isFinite(atMs) && Math.abs(atMs) <= 8.64e15 ? new Date(atMs).toISOString() : 'NaN'
}

/** Postgres refuses what a `real` would round to zero; here it is zero. */
function real(value: number | null): number | null {
  return value !== null && Math.abs(value) < 1e-37 ? 0 : value
}
