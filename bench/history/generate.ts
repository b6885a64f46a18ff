/**
 * A past of positions: so many drivers, each working the same shift of each of the last days. It is stored as positions are: packed, into the
 * tail, and compacted into the partitions of the node whenever a lane is as full as a node lets it become.
 */
import { DAY_MS, type Day, dayOf } from '../../src/actors/runtime/history-day.ts'
import type { FixRow } from '../../src/actors/runtime/ports.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { compactLane } from '../../src/store/compact-positions.ts'
import { CopyLane } from '../../src/store/copy.ts'
import { COMPACTION_LIMITS, COMPACTION_SESSION } from '../../src/store/keep-compacted.ts'
import { COPY_TAIL, packPositions } from '../../src/store/pack-positions.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import { LANES as TAIL_LANES } from '../../src/store/position-lanes.ts'
import { type ConnectOptions, connect, disconnect, type Sql } from '../../src/store/postgres.ts'

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
const TAIL_MAX = COMPACTION_LIMITS.positionsMax * TAIL_LANES

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
  const copy = new CopyLane(() => connect(postgresUrl, SESSION))
  const compacting = connect(postgresUrl, { ...COMPACTION_SESSION, applicationName: 'bench history compaction' })
  let done = 0
  let waiting = 0
  try {
    // The oldest first, as they would have come.
    for (const day of past.days.toReversed()) {
      await storeDay(copy, past, day, async rows => {
        done += rows
        waiting += rows
        if (waiting >= TAIL_MAX) waiting -= await compactAll(compacting)
        progress(done)
      })
      waiting -= await compactAll(compacting)
    }
  } finally {
    await Promise.all([copy.close(), disconnect(compacting)])
  }
  await sql`checkpoint`
  await sql`analyze position_runs`
}

async function compactAll(sql: Sql): Promise<number> {
  let compacted = 0
  for (let lane = 0; lane < TAIL_LANES; lane++) {
    // The node beside it may be at the same lane: then its positions are the next time's.
    for (let positions = 1; positions > 0; compacted += positions)
      positions = (await compactLane(sql, { lane, napMs: 0 }))?.positions ?? 0
  }
  await sql`vacuum position_tail`
  return compacted
}

/** Nobody relies on these rows yet, so a commit need not wait for the disk; the checkpoint behind the last one does. */
const SESSION: ConnectOptions = {
  max: 1,
  applicationName: 'bench history copy',
  use: 'copy',
  settings: { synchronous_commit: 'off' },
}

/** In the order in which they would have come: one driver's rows lie as far apart as they do in life. */
async function storeDay(copy: CopyLane, past: Past, day: Day, stored: (rows: number) => Promise<void>): Promise<void> {
  const rows = past.points * past.drivers
  for (let from = 0; from < rows; from += ROWS_PER_COPY) {
    const some = Array.from({ length: Math.min(ROWS_PER_COPY, rows - from) }, (_, i) => rowOf(past, day, from + i))
    await copy.copyIn({ statement: COPY_TAIL, ...packPositions(some) })
    await stored(some.length)
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
