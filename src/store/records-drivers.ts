import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, ShardId, UnixMs } from '../domain/ids.ts'
import { type Mode, TEST_DRIVER_PREFIX } from '../domain/mode.ts'
import { checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import type { Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

export interface DriverRecord {
  readonly driverId: DriverId
  readonly homeShard: ShardId
  readonly epoch: number
  readonly version: number
  readonly status: string
  readonly capacity: number
  readonly load: number
  readonly loadVersion: number
  readonly createdAtMs: UnixMs
  readonly updatedAtMs: UnixMs
  /** Empty for a driver that was seen and has not been through a durable turn yet. */
  readonly state: JsonObject
}

interface DriverRow extends Omit<DriverRecord, 'createdAtMs' | 'updatedAtMs'> {
  readonly createdAt: Date
  readonly updatedAt: Date
}

function driverOf({ createdAt, updatedAt, ...row }: DriverRow): DriverRecord {
  return { ...row, createdAtMs: createdAt.getTime(), updatedAtMs: updatedAt.getTime() }
}

const columns = (sql: Sql) => sql`
  driver_id as "driverId", home_shard as "homeShard", epoch, version, status, capacity, load,
  load_version as "loadVersion", created_at as "createdAt", updated_at as "updatedAt", state`

/** @throws {StoreUnavailableError} */
export async function driverById(sql: Sql, driverId: DriverId): Promise<DriverRecord | null> {
  const [row] = await answered(sql<DriverRow[]>`select ${columns(sql)} from drivers where driver_id = ${driverId}`)
  return row ? driverOf(row) : null
}

/** A range of ids: of tests those that begin as theirs do. */
function isOfMode(sql: Sql, mode: Mode) {
  const isTest = sql`starts_with(driver_id, ${TEST_DRIVER_PREFIX})`
  // The range lets the index find them, the function tells the mode.
  return mode === 'test' ? sql`driver_id >= ${TEST_DRIVER_PREFIX} and ${isTest}` : sql`not ${isTest}`
}

/** By id. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listDrivers(
  sql: Sql,
  filter: { readonly mode: Mode; readonly status?: string | undefined },
  page: PageRequest,
): Promise<Page<DriverRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('drivers', ['string'], page.cursor)
  const rows = await answered(sql<DriverRow[]>`
    select ${columns(sql)} from drivers
    where ${isOfMode(sql, filter.mode)}
      ${filter.status === undefined ? sql`` : sql`and status = ${filter.status}`}
      ${after === null ? sql`` : sql`and driver_id > ${after[0]}`}
    order by driver_id
    limit ${page.limit + 1}`)
  return pageOf(rows.map(driverOf), page.limit, row => encodeCursor('drivers', [row.driverId]))
}
