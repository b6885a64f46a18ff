/** A past of positions, made by the server itself: so many drivers, each working the same shift of each of the last days. */
import { DAY_MS, type Day, dayOf } from '../../src/actors/runtime/history-day.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import type { Sql } from '../../src/store/postgres.ts'

export interface Past {
  readonly rows: number
  readonly drivers: number
  readonly days: readonly Day[]
  /** Of one driver on one day. */
  readonly points: number
  readonly everyMs: number
}

export const DRIVER_PREFIX = 'past_'
const SHIFT_STARTS_MS = 8 * 3_600_000
const SHIFT_MS = 8 * 3_600_000
/** Of one statement: its transaction is short enough for the log of the record to be recycled behind it. */
const ROWS_PER_STATEMENT = 500_000

export function pastOf(options: { rows: number; drivers: number; days: number }, nowMs: number): Past {
  const points = Math.max(1, Math.floor(options.rows / (options.drivers * options.days)))
  return {
    rows: points * options.drivers * options.days,
    drivers: options.drivers,
    days: Array.from({ length: options.days }, (_, i) => dayOf(nowMs) - 1 - i),
    points,
    everyMs: Math.floor(SHIFT_MS / points),
  }
}

export function shiftStartMs(day: Day): number {
  return day * DAY_MS + SHIFT_STARTS_MS
}

/** In the order in which they would have come: one driver's rows lie as far apart as they do in life. */
export async function generate(sql: Sql, past: Past, progress: (rows: number) => void): Promise<void> {
  await ensurePartitions(sql, past.days)
  const step = Math.max(1, Math.floor(ROWS_PER_STATEMENT / past.drivers))
  let done = 0
  for (const day of past.days) {
    for (let from = 0; from < past.points; from += step) {
      const to = Math.min(from + step, past.points)
      await sql`
        insert into positions (driver_id, recorded_at, received_at, latitude, longitude, speed, heading, accuracy, order_id, flags)
        select ${DRIVER_PREFIX} || d, at, at, 37.7 + (d % 100) * 0.001 + i * 0.000001, -122.4 + i * 0.000001, 8, 90, 5, null, 0
        from generate_series(${from}::int, ${to - 1}::int) as i,
          lateral (select to_timestamp((${shiftStartMs(day)}::float8 + i * ${past.everyMs}::float8) / 1000) as at) as t,
          generate_series(0, ${past.drivers - 1}::int) as d`
      done += (to - from) * past.drivers
      progress(done)
    }
  }
  await sql`analyze positions`
}
