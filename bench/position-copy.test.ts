import { expect, test } from 'bun:test'
import { fixRow } from '../src/actors/runtime/fix-row.fixtures.ts'
import type { FixRow } from '../src/actors/runtime/ports.ts'
import { copyBytes } from './position-copy.ts'

const ROW = fixRow('drv_1', Date.parse('2026-01-31T12:00:00.123Z'), {
  receivedAtMs: Date.parse('1999-12-31T23:59:59.999Z'),
  latitude: 37.7749,
  longitude: -122.4194,
  speed: 12.5,
  accuracy: 0,
  clamped: true,
})

/** The columns of one row, as the server would read them. */
function columnsOf(row: FixRow): (Buffer | null)[] {
  const bytes = copyBytes([row])
  const columns: (Buffer | null)[] = []
  let at = 21
  for (let left = bytes.readInt16BE(19); left > 0; left--) {
    const length = bytes.readInt32BE(at)
    at += 4 + Math.max(0, length)
    columns.push(length < 0 ? null : bytes.subarray(at - length, at))
  }
  expect(bytes.readInt16BE(at)).toBe(-1)
  expect(bytes.length).toBe(at + 2)
  return columns
}

function instantOf(column: Buffer | null | undefined): number | undefined {
  return column ? Number(column.readBigInt64BE() / 1_000n) + Date.parse('2000-01-01T00:00:00Z') : undefined
}

test('every column is written as the server reads it', () => {
  const [driverId, recordedAt, receivedAt, latitude, longitude, speed, heading, accuracy, orderId, flags] =
    columnsOf(ROW)
  expect(driverId?.toString()).toBe('drv_1')
  expect(instantOf(recordedAt)).toBe(ROW.recordedAtMs)
  expect(instantOf(receivedAt)).toBe(ROW.receivedAtMs)
  expect(latitude?.readDoubleBE()).toBe(37.7749)
  expect(longitude?.readDoubleBE()).toBe(-122.4194)
  expect(speed?.readFloatBE()).toBe(12.5)
  expect(heading).toBeNull()
  expect(accuracy?.readFloatBE()).toBe(0)
  expect(orderId).toBeNull()
  expect(flags?.readInt16BE()).toBe(2)
})

test('a text is counted in bytes, not in characters', () => {
  expect(columnsOf({ ...ROW, orderId: 'größe_配送_🚚' })[8]?.toString()).toBe('größe_配送_🚚')
})

test('what is no time is written as nothing, which its column refuses', () => {
  expect(columnsOf({ ...ROW, receivedAtMs: Number.NaN })[2]).toBeNull()
})

test('the stream is one whole, whatever the number of rows', () => {
  const one = copyBytes([ROW]).length
  const none = copyBytes([]).length
  expect(copyBytes([ROW, ROW, ROW]).length).toBe(none + 3 * (one - none))
})
