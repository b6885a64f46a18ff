/** Ratings summed up. The rows are written out of the journal, by a trigger: see `migrations/0010-bookings.sql`. */
import type { DriverId } from '../domain/ids.ts'
import type { Mode } from '../domain/mode.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'
import { isOfMode } from './records-orders.ts'

export interface RatingSum {
  readonly count: number
  /** Null where there is none. */
  readonly average: number | null
}

export const NO_RATINGS: RatingSum = { count: 0, average: null }

/** What customers thought of each: those that nobody has rated are missing. @throws {StoreUnavailableError} */
export async function ratingsOfDrivers(
  sql: Sql,
  driverIds: readonly DriverId[],
): Promise<ReadonlyMap<DriverId, RatingSum>> {
  const rows = await answered(sql<{ driverId: DriverId; count: number; average: number }[]>`
    select driver_id as "driverId", count(*)::int as count, avg(stars)::float8 as average from ratings
    where side = 'customer' and driver_id = any(${[...driverIds]}::text[]) group by driver_id`)
  return new Map(rows.map(({ driverId, count, average }) => [driverId, { count, average }]))
}

/**
 * A customer may be the same person in tests: what drivers thought of it there is not what they think.
 * @returns null for a customer that never ordered anything in that mode. @throws {StoreUnavailableError}
 */
export async function ratingsOfCustomer(sql: Sql, mode: Mode, customerId: string): Promise<RatingSum | null> {
  const [row] = await answered(sql<{ known: boolean; count: number; average: number | null }[]>`
    select exists (select from orders where customer_id = ${customerId} and ${isOfMode(sql, mode)}) as known,
      count(*)::int as count, avg(stars)::float8 as average
    from ratings where side = 'driver' and customer_id = ${customerId} and ${isOfMode(sql, mode)}`)
  return row?.known ? { count: row.count, average: row.average } : null
}
