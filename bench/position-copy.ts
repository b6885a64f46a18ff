/**
 * Fixes as COPY's binary format writes them. As text most of the time of a batch goes into spelling numbers and instants
 * here and into reading them again on the server; as bytes it is a few stores per column.
 *
 * Nothing is judged here: a number that is none, or is out of range, reaches the table's checks as it is. A time cannot be
 * written as anything but a time, so what is none is written as null, which its column refuses as well.
 */
import type { FixRow } from '../src/actors/runtime/ports.ts'
import { flagsOf, POSITION_COLUMNS } from '../src/store/position-rows.ts'

export const COPY_POSITIONS = `copy positions (${POSITION_COLUMNS}) from stdin with (format binary)`

/** Signature, flags, length of a header extension that there is none of. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const TRAILER_BYTES = 2
const COLUMNS = 10
/** Count of columns and their lengths; four columns of eight bytes, three of four, one of two. */
const ROW_BYTES = 2 + COLUMNS * 4 + 4 * 8 + 3 * 4 + 2
/** Of one UTF-16 unit. */
const UTF8_MAX = 3
const ABSENT = -1
/** Postgres counts microseconds from the year 2000. */
const EPOCH_MS = 946_684_800_000
const HIGH_WORD = 2 ** 32

/** A complete stream of rows, header and trailer included. */
export function copyBytes(rows: readonly FixRow[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(bytesMax(rows))
  let at = HEADER.copy(bytes)
  for (const row of rows) at = writeRow(bytes, at, row)
  return bytes.subarray(0, bytes.writeInt16BE(ABSENT, at))
}

function bytesMax(rows: readonly FixRow[]): number {
  let units = 0
  for (const { driverId, orderId } of rows) units += driverId.length + (orderId?.length ?? 0)
  return HEADER.length + rows.length * ROW_BYTES + units * UTF8_MAX + TRAILER_BYTES
}

function writeRow(bytes: Buffer, start: number, row: FixRow): number {
  let at = bytes.writeInt16BE(COLUMNS, start)
  at = writeText(bytes, at, row.driverId)
  at = writeInstant(bytes, at, row.recordedAtMs)
  at = writeInstant(bytes, at, row.receivedAtMs)
  at = bytes.writeDoubleBE(row.latitude, bytes.writeInt32BE(8, at))
  at = bytes.writeDoubleBE(row.longitude, bytes.writeInt32BE(8, at))
  at = writeReal(bytes, at, row.speed)
  at = writeReal(bytes, at, row.heading)
  at = writeReal(bytes, at, row.accuracy)
  at = writeText(bytes, at, row.orderId)
  return bytes.writeInt16BE(flagsOf(row), bytes.writeInt32BE(2, at))
}

function writeText(bytes: Buffer, at: number, text: string | null): number {
  if (text === null) return bytes.writeInt32BE(ABSENT, at)
  const length = bytes.write(text, at + 4, 'utf8')
  return bytes.writeInt32BE(length, at) + length
}

function writeReal(bytes: Buffer, at: number, value: number | null): number {
  if (value === null) return bytes.writeInt32BE(ABSENT, at)
  return bytes.writeFloatBE(value, bytes.writeInt32BE(4, at))
}

function writeInstant(bytes: Buffer, at: number, atMs: number): number {
  const microseconds = (Math.trunc(atMs) - EPOCH_MS) * 1_000
  if (!Number.isSafeInteger(microseconds)) return bytes.writeInt32BE(ABSENT, at)
  const high = Math.floor(microseconds / HIGH_WORD)
  return bytes.writeUInt32BE(microseconds - high * HIGH_WORD, bytes.writeInt32BE(high, bytes.writeInt32BE(8, at)))
}
