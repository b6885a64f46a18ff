/**
 * Batches of positions into Postgres. COPY is the cheapest way in; where a row is there already (a consumer died between
 * commit and XACK, or a client sent again), the batch goes by `insert … on conflict do nothing` instead.
 */
import postgres from 'postgres'
import type { FixRow } from '../../../src/actors/runtime/ports.ts'
import type { DriverId } from '../../../src/domain/ids.ts'
import { CopyLane } from '../../../src/store/copy.ts'
import { connect, type Sql } from '../../../src/store/postgres.ts'
import { COPY_POSITIONS, copyBytes } from '../../position-copy.ts'
import type { Position } from './position.ts'

export type Way = 'copy' | 'unnest'

export interface History {
  /** Committed when it returns. */
  append(positions: readonly Position[]): Promise<void>
  close(): Promise<void>
}

const COLUMNS = 'driver_id, recorded_at, received_at, latitude, longitude, speed, heading, accuracy, order_id, flags'
const INSERT = `
  insert into positions (${COLUMNS})
  select id, at, $2, latitude, longitude, speed, heading, accuracy, null, 0
  from unnest($1::text[], $3::text[]::timestamptz[], $4::float8[], $5::float8[], $6::real[], $7::real[], $8::real[])
    as p (id, at, latitude, longitude, speed, heading, accuracy)
  on conflict do nothing`
const UNIQUE_VIOLATION = '23505'

export function openHistory(url: string, way: Way): History {
  const options = { max: 1, applicationName: 'bench baseline' } as const
  const sql = connect(url, options)
  const lane = new CopyLane(() => connect(url, { ...options, use: 'copy' }))
  return {
    async append(positions) {
      const isStored = way === 'copy' && (await copied(lane, positions))
      if (!isStored) await insert(sql, positions)
    },
    async close() {
      await lane.close()
      await sql.end({ timeout: 5 })
    },
  }
}

/** @returns false where a row is there already: then none was stored. */
async function copied(lane: CopyLane, positions: readonly Position[]): Promise<boolean> {
  try {
    const rows = positions.map(fixRow)
    await lane.copyIn({ statement: COPY_POSITIONS, bytes: copyBytes(rows), rows: rows.length })
    return true
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code === UNIQUE_VIOLATION) return false
    throw error
  }
}

function fixRow([driver, latitude, longitude, at, speed, heading, accuracy]: Position): FixRow {
  const place = { latitude, longitude, speed, heading, accuracy, orderId: null, late: false, clamped: false }
  return { ...place, driverId: driver as DriverId, recordedAtMs: Date.parse(at), receivedAtMs: Date.now() }
}

async function insert(sql: Sql, positions: readonly Position[]): Promise<void> {
  const column = (index: number) => positions.map(position => position[index] as string)
  const parameters = [column(0), new Date().toISOString(), ...[3, 1, 2, 4, 5, 6].map(column)]
  await sql.unsafe(INSERT, parameters, { prepare: true })
}
