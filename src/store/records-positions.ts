import type { AdmittedFix } from '../domain/fix.ts'
import type { DriverId, UnixMs } from '../domain/ids.ts'
import { boundAt, checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import { lastInTail, newestOf, routeSql } from './driver-positions.ts'
import { laneOf } from './position-lanes.ts'
import { CLAMPED, LATE } from './position-rows.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'

const ROUTE_PAGE_MAX = 10_000

export interface PositionRecord extends AdmittedFix {
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

interface RouteRow extends PositionRow {
  readonly hasMore: boolean
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

const COLUMNS = `
  recorded_at as "recordedAt", received_at as "receivedAt", latitude, longitude, speed, heading, accuracy,
  order_id as "orderId", flags`
export const ROUTE = `select ${COLUMNS}, "hasMore" from (${routeSql({ driver: '$1', lane: '$2', from: '$3::timestamptz', to: '$4::timestamptz', limit: '$5::int' })}) as route order by recorded_at`
const ASKED = { driver: '$1', lane: '$2' }
export const NEWEST = `select ${COLUMNS} from (${newestOf({ ...ASKED, tailId: `(${lastInTail(ASKED)})` })}) as newest`

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
  let fromMs = after === null ? startMs : Math.max(startMs, after[0] + 1)
  const rows: PositionRecord[] = []
  for (let hasMore = true; hasMore && rows.length <= limit; ) {
    const wanted = [driverId, laneOf(driverId), boundAt(fromMs), boundAt(endMs), limit + 1 - rows.length]
    const some = await answered(sql.unsafe<RouteRow[]>(ROUTE, wanted, { prepare: true }))
    rows.push(...some.map(({ hasMore: _, ...row }) => positionOf(row)))
    fromMs = (rows.at(-1)?.recordedAtMs ?? endMs) + 1
    hasMore = some.at(-1)?.hasMore ?? false
  }
  return pageOf(rows, limit, row => encodeCursor('route', [row.recordedAtMs]))
}

/** The newest in the history; null for a driver never seen within the retention. @throws {StoreUnavailableError} */
export async function lastFix(sql: Sql, driverId: DriverId): Promise<PositionRecord | null> {
  const [row] = await answered(sql.unsafe<PositionRow[]>(NEWEST, [driverId, laneOf(driverId)], { prepare: true }))
  return row ? positionOf(row) : null
}
