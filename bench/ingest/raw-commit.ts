/**
 * The floor: the same rows at the same rate into a table of the same shape by COPY, one group commit after the
 * other, with nothing around it. What the node takes beyond this is what the node costs.
 */
import { nowMs } from '../../src/sim/clock.ts'
import type { Histogram } from '../../src/sim/histogram.ts'
import { CopyLane } from '../../src/store/copy.ts'
import { copyLine } from '../../src/store/position-rows.ts'
import { connect, type Sql } from '../../src/store/postgres.ts'
import type { BenchFleet } from './fleet.ts'

const TABLE = 'bench_positions'
const COLUMNS = 'driver_id, recorded_at, received_at, latitude, longitude, speed, heading, accuracy, order_id, flags'
/** As the intake does: beyond this a bigger group only waits longer. */
const GROUP_MAX = 5_000
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
  const lane = new CopyLane(() => connect(postgresUrl, { max: 1, applicationName: 'bench raw commits' }))
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
  const statement = `copy ${TABLE} (${COLUMNS}) from stdin`
  const rowMs = (row: number): number => startMs + Math.floor((row * 1_000) / ratePerS / stepMs) * stepMs
  for (let next = 0; rowMs(next) < endMs; ) {
    await untilMs(rowMs(next))
    const first = next
    let text = ''
    for (const atMs = nowMs(); next - first < GROUP_MAX && rowMs(next) <= atMs; next++)
      text += line(fleet, next, rowMs(next))
    await lane.copyIn({ statement, text, rows: next - first })
    const committedMs = nowMs()
    for (let row = first; row < next; row++) {
      if (rowMs(row) >= startMs + SETTLE_MS) into.record(committedMs - rowMs(row))
    }
  }
}

function line(fleet: BenchFleet, row: number, atMs: number): string {
  const index = row % fleet.size
  return copyLine({
    driverId: fleet.driverId(index) as Parameters<typeof copyLine>[0]['driverId'],
    recordedAtMs: atMs,
    receivedAtMs: atMs,
    ...fleet.place(index, atMs),
    speed: null,
    heading: null,
    accuracy: null,
    orderId: null,
    late: false,
    clamped: false,
  })
}

async function untilMs(atMs: number): Promise<void> {
  for (let waitMs = atMs - nowMs(); waitMs > 0; waitMs = atMs - nowMs()) await Bun.sleep(waitMs)
}
