import type { StoredFix } from '../actors/runtime/ports.ts'
import type { DriverId, UnixMs } from '../domain/ids.ts'
import { boundAt, checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import { CLAMPED, LATE } from './position-rows.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'

export const ROUTE_PAGE_MAX = 10_000

export interface PositionRecord extends StoredFix {
  readonly late: boolean
  readonly clamped: boolean
}

interface PositionRow {
  readonly recordedAt: Date
  readonly receivedAt: Date
  readonly latitude: number
  readonly longitude: number
  readonly speed: number | null
  readonly heading: number | null
  readonly accuracy: number | null
  readonly orderId: string | null
  readonly flags: number
}

function positionOf({ recordedAt, receivedAt, flags, ...row }: PositionRow): PositionRecord {
  return {
    ...row,
    recordedAtMs: recordedAt.getTime(),
    receivedAtMs: receivedAt.getTime(),
    late: (flags & LATE) !== 0,
    clamped: (flags & CLAMPED) !== 0,
  }
}

const columns = (sql: Sql) => sql`
  recorded_at as "recordedAt", received_at as "receivedAt", latitude, longitude, speed, heading, accuracy,
  order_id as "orderId", flags`

export interface RouteQuery extends PageRequest {
  readonly driverId: DriverId
  /** Both inclusive; they bound the days that are looked into. */
  readonly startMs: UnixMs
  readonly endMs: UnixMs
}

/** Oldest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function routeOf(sql: Sql, query: RouteQuery): Promise<Page<PositionRecord>> {
  const { driverId, startMs, endMs, limit } = query
  checkLimit(limit, ROUTE_PAGE_MAX)
  const after = decodeCursor('route', ['number'], query.cursor)
  // A driver has one position per millisecond at most, so "after it" is "from the next one on".
  const fromMs = after === null ? startMs : Math.max(startMs, after[0] + 1)
  const rows = await answered(sql<PositionRow[]>`
    select ${columns(sql)} from positions
    where driver_id = ${driverId} and recorded_at between ${boundAt(fromMs)} and ${boundAt(endMs)}
    order by recorded_at
    limit ${limit + 1}`)
  return pageOf(rows.map(positionOf), limit, row => encodeCursor('route', [row.recordedAtMs]))
}

/** The newest in the history; null for a driver never seen within the retention. @throws {StoreUnavailableError} */
export async function lastFix(sql: Sql, driverId: DriverId): Promise<PositionRecord | null> {
  const [row] = await answered(sql<PositionRow[]>`
    select ${columns(sql)} from positions where driver_id = ${driverId} order by recorded_at desc limit 1`)
  return row ? positionOf(row) : null
}
