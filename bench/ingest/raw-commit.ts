/**
 * The floor: the same rows at the same rate into a table of the same shape by COPY, one group commit after the
 * other, with nothing around it. What the node takes beyond this is what the node costs.
 */
import type { FixRow } from '../../src/actors/runtime/ports.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { nowMs } from '../../src/sim/clock.ts'
import type { Histogram } from '../../src/sim/histogram.ts'
import { CopyLane } from '../../src/store/copy.ts'
import { POSITION_COLUMNS } from '../../src/store/position-rows.ts'
import { connect, type Sql } from '../../src/store/postgres.ts'
import { copyBytes } from '../position-copy.ts'
import type { BenchFleet } from './fleet.ts'

const TABLE = 'bench_positions'
/** As the intake does: beyond this a bigger group only waits longer. */
const GROUP_MAX = 20_000
const SETTLE_MS = 500

export interface RawCommitOptions {
  readonly sql: Sql
  readonly postgresUrl: string
  readonly fleet: BenchFleet
  readonly ratePerS: number
  readonly stepMs: number
  readonly durationS: number
  /** What is measured goes here; the first moments do not. */
  readonly into: Histogram
}

export async function measureRawCommits(options: RawCommitOptions): Promise<void> {
  const { sql, postgresUrl } = options
  await sql.unsafe(`create table ${TABLE} (like positions including all)`)
  const lane = new CopyLane(() => connect(postgresUrl, { max: 1, applicationName: 'bench raw commits', use: 'copy' }))
  try {
    await commitInGroups(options, lane)
  } finally {
    await lane.close()
    await sql.unsafe(`drop table ${TABLE}`)
  }
}

async function commitInGroups(options: RawCommitOptions, lane: CopyLane): Promise<void> {
  const { fleet, ratePerS, stepMs, durationS, into } = options
  const startMs = Math.ceil(nowMs())
  const endMs = startMs + SETTLE_MS + durationS * 1_000
  const statement = `copy ${TABLE} (${POSITION_COLUMNS}) from stdin with (format binary)`
  const rowMs = (row: number): number => startMs + Math.floor((row * 1_000) / ratePerS / stepMs) * stepMs
  for (let next = 0; rowMs(next) < endMs; ) {
    await untilMs(rowMs(next))
    const first = next
    const rows: FixRow[] = []
    for (const atMs = nowMs(); next - first < GROUP_MAX && rowMs(next) <= atMs; next++)
      rows.push(rowOf(fleet, next, rowMs(next)))
    await lane.copyIn({ statement, bytes: copyBytes(rows), rows: rows.length })
    const committedMs = nowMs()
    for (let row = first; row < next; row++) {
      if (rowMs(row) >= startMs + SETTLE_MS) into.record(committedMs - rowMs(row))
    }
  }
}

function rowOf(fleet: BenchFleet, row: number, atMs: number): FixRow {
  const index = row % fleet.size
  return {
    driverId: fleet.driverId(index) as DriverId,
    recordedAtMs: atMs,
    receivedAtMs: atMs,
    ...fleet.place(index, atMs),
    speed: null,
    heading: null,
    accuracy: null,
    orderId: null,
    late: false,
    clamped: false,
  }
}

async function untilMs(atMs: number): Promise<void> {
  for (let waitMs = atMs - nowMs(); waitMs > 0; waitMs = atMs - nowMs()) await Bun.sleep(waitMs)
}
