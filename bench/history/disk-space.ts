/** Whether a past fits on the disk of the record: to be told after half an hour, by a server that has stopped, helps nobody. */
import { statfs } from 'node:fs/promises'
import type { Sql } from '../../src/store/postgres.ts'
import { NoResultError } from '../bench.ts'

/** Measured: 60 to 70 in runs; and the tail that they are made of. */
const BYTES_PER_ROW = 80
/** The log of the record at its largest, and room for whoever else writes there. */
const BESIDE_BYTES = 6 * 2 ** 30
const GB = 1e9

/** @throws {NoResultError} it does not fit. */
export async function assertRoomFor(sql: Sql, rows: number): Promise<void> {
  const [row] = await sql<{ dir: string }[]>`select current_setting('data_directory') as dir`
  const { bavail, bsize } = await statfs(row?.dir ?? '/')
  assertFits(rows, bavail * bsize, row?.dir ?? '/')
}

/** @throws {NoResultError} */
export function assertFits(rows: number, freeBytes: number, dir: string): void {
  const neededBytes = rows * BYTES_PER_ROW + BESIDE_BYTES
  if (freeBytes >= neededBytes) return
  throw new NoResultError(
    `${rows.toLocaleString('en-US')} rows take some ${(neededBytes / GB).toFixed(1)} GB with the log beside them, and where the record lies (${dir}) ${(freeBytes / GB).toFixed(1)} GB are free: ask for fewer with --rows, or set TMPDIR`,
  )
}
