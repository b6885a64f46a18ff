/**
 * A past of positions: so many drivers, each working the same shift of each of the last days. It is stored as positions are: packed, into the
 * tail, and compacted into the partitions of the node whenever a lane is as old or as full as a node lets it become, by the time of
 * that past. So the runs are as long as a node makes them of such a fleet.
 */
import { DAY_MS, type Day, dayOf } from '../../src/actors/runtime/history-day.ts'
import type { FixRow } from '../../src/actors/runtime/ports.ts'
import type { DriverId, UnixMs } from '../../src/domain/ids.ts'
import { compactLane } from '../../src/store/compact-positions.ts'
import { CopyLane } from '../../src/store/copy.ts'
import { COMPACTION_LIMITS, COMPACTION_SESSION, dueOf } from '../../src/store/keep-compacted.ts'
import { COPY_TAIL, packPositions } from '../../src/store/pack-positions.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import { LANES, laneOf } from '../../src/store/position-lanes.ts'
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
const SHIFT_MAX_MS = 8 * 3_600_000
/** Of a courier's phone; more often where the shift would not do. */
const EVERY_MS = 5_000
/** Of the past, in one go. */
const STEP_MS = 10_000
const STEP_ROWS_MAX = 50_000

export function pastOf(options: { rows: number; drivers: number; days: number }, nowMs: number): Past {
  const points = Math.max(1, Math.floor(options.rows / (options.drivers * options.days)))
  return {
    rows: points * options.drivers * options.days,
    drivers: options.drivers,
    days: Array.from({ length: options.days }, (_, i) => dayOf(nowMs) - 1 - i),
    points,
    everyMs: Math.max(1, Math.min(EVERY_MS, Math.floor(SHIFT_MAX_MS / points))),
  }
}

export function shiftStartMs(day: Day): UnixMs {
  return day * DAY_MS + SHIFT_STARTS_MS
}

export async function generate({ sql, postgresUrl, past, progress }: Generation): Promise<void> {
  await ensurePartitions(sql, past.days)
  const copy = new CopyLane(() => connect(postgresUrl, SESSION))
  const compacting = connect(postgresUrl, { ...COMPACTION_SESSION, applicationName: 'bench history compaction' })
  const tail = new TailOfPast(compacting)
  let done = 0
  try {
    // The oldest first, as they would have come.
    for (const day of past.days.toReversed()) {
      for (const rows of stepsOf(past, day)) {
        await copy.copyIn({ statement: COPY_TAIL, ...packPositions(rows) })
        await tail.took(rows)
        done += rows.length
        progress(done)
      }
      await tail.compactAll()
    }
  } finally {
    await Promise.all([copy.close(), disconnect(compacting)])
  }
  await sql`checkpoint`
  await sql`analyze position_runs`
}

/** Its lanes are as old as what was recorded since, whatever the clock says. */
class TailOfPast {
  readonly #sql: Sql
  readonly #lanes = Array.from({ length: LANES }, () => ({ positions: 0, oldestMs: 0 }))
  #toVacuum = 0

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async took(rows: readonly FixRow[]): Promise<void> {
    for (const { driverId, recordedAtMs } of rows) {
      const lane = this.#lanes[laneOf(driverId)]
      if (lane === undefined) continue
      if (lane.positions++ === 0) lane.oldestMs = recordedAtMs
    }
    const nowMs = rows.at(-1)?.recordedAtMs ?? 0
    for (const [lane, { positions, oldestMs }] of this.#lanes.entries()) {
      const held = { lane, positions, ageMs: nowMs - oldestMs }
      if (positions > 0 && dueOf(held, COMPACTION_LIMITS) >= 1) await this.#compact(lane)
    }
  }

  async compactAll(): Promise<void> {
    for (const lane of this.#lanes.keys()) await this.#compact(lane)
    await this.#vacuum()
  }

  async #compact(lane: number): Promise<void> {
    // The node beside it may be at the same lane: then its positions are the next time's.
    for (let positions = 1; positions > 0; this.#toVacuum += positions)
      positions = (await compactLane(this.#sql, { lane, napMs: 0 }))?.positions ?? 0
    this.#lanes[lane] = { positions: 0, oldestMs: 0 }
    if (this.#toVacuum >= VACUUM_POSITIONS) await this.#vacuum()
  }

  async #vacuum(): Promise<void> {
    await this.#sql`vacuum position_tail`
    this.#toVacuum = 0
  }
}

/** Taken out of the tail, until their room is used again. */
const VACUUM_POSITIONS = 300_000

/** Nobody relies on these rows yet, so a commit need not wait for the disk; the checkpoint behind the last one does. */
const SESSION: ConnectOptions = {
  max: 1,
  applicationName: 'bench history copy',
  use: 'copy',
  settings: { synchronous_commit: 'off' },
}

/** In the order in which they would have come: one driver's rows lie as far apart as they do in life. */
function* stepsOf(past: Past, day: Day): Generator<FixRow[]> {
  const rows = past.points * past.drivers
  const step = Math.min(STEP_ROWS_MAX, Math.max(1, Math.floor(STEP_MS / past.everyMs)) * past.drivers)
  for (let from = 0; from < rows; from += step)
    yield Array.from({ length: Math.min(step, rows - from) }, (_, i) => rowOf(past, day, from + i))
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
