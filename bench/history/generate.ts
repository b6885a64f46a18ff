/**
 * A past of positions: so many drivers, each working the same shift of each of the last days. It is stored as positions are, by binary
 * COPY into the partitions of the node, index and checks included; two days at a time, since one connection keeps a core of
 * the server busy.
 */
import { DAY_MS, type Day, dayOf } from '../../src/actors/runtime/history-day.ts'
import type { FixRow } from '../../src/actors/runtime/ports.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { CopyLane } from '../../src/store/copy.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import { COPY_POSITIONS, copyBytes } from '../../src/store/position-copy.ts'
import { type ConnectOptions, connect, type Sql } from '../../src/store/postgres.ts'

export interface Past {
  readonly rows: number
  readonly drivers: number
  readonly days: readonly Day[]
  /** Of one driver on one day. */
  readonly points: number
  readonly everyMs: number
}

export interface Generation {
  readonly sql: Sql
  readonly postgresUrl: string
  readonly past: Past
  readonly progress: (rows: number) => void
}

export const DRIVER_PREFIX = 'past_'
const SHIFT_STARTS_MS = 8 * 3_600_000
const SHIFT_MS = 8 * 3_600_000
const ROWS_PER_COPY = 50_000
const LANES = 2

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

export async function generate({ sql, postgresUrl, past, progress }: Generation): Promise<void> {
  await ensurePartitions(sql, past.days)
  const waiting = [...past.days]
  let done = 0
  const stored = (rows: number): void => {
    done += rows
    progress(done)
  }
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const copy = new CopyLane(() => connect(postgresUrl, sessionOf(lane)))
      try {
        for (let day = waiting.shift(); day !== undefined; day = waiting.shift())
          await storeDay(copy, past, day, stored)
      } finally {
        await copy.close()
      }
    }),
  )
  await sql`checkpoint`
  await sql`analyze positions`
}

/** Nobody relies on these rows yet, so a commit need not wait for the disk; the checkpoint behind the last one does. */
function sessionOf(lane: number): ConnectOptions {
  return {
    max: 1,
    applicationName: `bench history copy ${lane}`,
    use: 'copy',
    settings: { synchronous_commit: 'off' },
  }
}

/** In the order in which they would have come: one driver's rows lie as far apart as they do in life. */
async function storeDay(copy: CopyLane, past: Past, day: Day, stored: (rows: number) => void): Promise<void> {
  const rows = past.points * past.drivers
  for (let from = 0; from < rows; from += ROWS_PER_COPY) {
    const some = Array.from({ length: Math.min(ROWS_PER_COPY, rows - from) }, (_, i) => rowOf(past, day, from + i))
    await copy.copyIn({ statement: COPY_POSITIONS, bytes: copyBytes(some), rows: some.length })
    stored(some.length)
  }
}

function rowOf({ drivers, everyMs }: Past, day: Day, n: number): FixRow {
  const driver = n % drivers
  const point = Math.floor(n / drivers)
  const atMs = shiftStartMs(day) + point * everyMs
  return {
    driverId: `${DRIVER_PREFIX}${driver}` as DriverId,
    recordedAtMs: atMs,
    receivedAtMs: atMs,
    latitude: 37.7 + (driver % 100) * 0.001 + point * 0.000001,
    longitude: -122.4 + point * 0.000001,
    speed: 8,
    heading: 90,
    accuracy: 5,
    orderId: null,
    late: false,
    clamped: false,
  }
}
