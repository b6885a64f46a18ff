import { expect, test } from 'bun:test'
import { fixRow } from '../actors/runtime/fix-row.fixtures.ts'
import type { FixRow } from '../actors/runtime/ports.ts'
import type { DriverId } from '../domain/ids.ts'
import { isPackable, packPositions } from './pack-positions.ts'
import { laneOf } from './position-lanes.ts'

const ROW = fixRow('drv_1', Date.parse('2026-01-31T12:00:00.123Z'), {
  receivedAtMs: Date.parse('2026-01-31T12:00:00.456Z'),
  latitude: 37.7749,
  longitude: -122.4194,
  speed: 12.5,
  accuracy: 0,
  clamped: true,
})

/** The columns of the first row, as the server would read them. */
function columnsOf(rows: readonly FixRow[]): (Buffer | null)[] {
  const { bytes } = packPositions(rows)
  const columns: (Buffer | null)[] = []
  let at = 21
  for (let left = bytes.readInt16BE(19); left > 0; left--) {
    const length = bytes.readInt32BE(at)
    at += 4 + Math.max(0, length)
    columns.push(length < 0 ? null : bytes.subarray(at - length, at))
  }
  return columns
}

/** The elements of an array, and the number of its type. */
function arrayOf(column: Buffer | null | undefined): { type: number; hasNulls: boolean; elements: (Buffer | null)[] } {
  if (!column) throw new Error('the column is null')
  const elements: (Buffer | null)[] = []
  expect(column.readInt32BE(0)).toBe(1)
  for (let at = 20, left = column.readInt32BE(12); left > 0; left--) {
    const length = column.readInt32BE(at)
    at += 4 + Math.max(0, length)
    elements.push(length < 0 ? null : column.subarray(at - length, at))
    if (left === 1) expect(at).toBe(column.length)
  }
  return { type: column.readInt32BE(8), hasNulls: column.readInt32BE(4) === 1, elements }
}

function instantOf(column: Buffer | null | undefined): number | undefined {
  return column ? Number(column.readBigInt64BE() / 1_000n) + Date.parse('2000-01-01T00:00:00Z') : undefined
}

test('every column is written as the server reads it', () => {
  const [
    lane,
    points,
    fromAt,
    toAt,
    driverId,
    recordedAt,
    lag,
    latitude,
    longitude,
    speed,
    heading,
    accuracy,
    orderId,
    flags,
  ] = columnsOf([ROW])
  expect(lane?.readInt16BE()).toBe(laneOf(ROW.driverId))
  expect(points?.readInt32BE()).toBe(1)
  expect([fromAt, toAt].map(instantOf)).toEqual([ROW.recordedAtMs, ROW.recordedAtMs])
  expect(arrayOf(driverId).elements.map(String)).toEqual(['drv_1'])
  expect(arrayOf(recordedAt).elements.map(instantOf)).toEqual([ROW.recordedAtMs])
  expect(arrayOf(lag).elements.map(element => element?.readInt32BE())).toEqual([333])
  expect(arrayOf(latitude).elements.map(element => element?.readDoubleBE())).toEqual([37.7749])
  expect(arrayOf(longitude).elements.map(element => element?.readDoubleBE())).toEqual([-122.4194])
  expect(arrayOf(speed).elements.map(element => element?.readFloatBE())).toEqual([12.5])
  expect([heading, orderId]).toEqual([null, null])
  expect(arrayOf(accuracy).elements.map(element => element?.readFloatBE())).toEqual([0])
  expect(arrayOf(flags).elements.map(element => element?.readInt16BE())).toEqual([2])
  expect([driverId, recordedAt, lag, latitude, speed, flags].map(column => arrayOf(column).type)).toEqual([
    25, 1184, 23, 701, 700, 21,
  ])
})

test('what some positions have and others have not says which', () => {
  const columns = columnsOf([ROW, { ...ROW, heading: 90, orderId: 'größe_配送_🚚' }, ROW])
  expect(arrayOf(columns[10])).toMatchObject({ hasNulls: true })
  expect(arrayOf(columns[10]).elements.map(element => element?.readFloatBE())).toEqual([undefined, 90, undefined])
  expect(arrayOf(columns[12]).elements.map(element => element?.toString())).toEqual([
    undefined,
    'größe_配送_🚚',
    undefined,
  ])
  expect(arrayOf(columns[9])).toMatchObject({ hasNulls: false })
})

test('each lane has a row of its own, with its positions in the order in which they came', () => {
  const rows = Array.from({ length: 200 }, (_, n) => ({
    ...ROW,
    driverId: `drv_${n % 50}` as DriverId,
    recordedAtMs: ROW.recordedAtMs + n,
  }))
  const lanes = new Set(rows.map(row => laneOf(row.driverId)))
  expect(packPositions(rows).rows).toBe(lanes.size)
  const [lane, points, , , driverIds] = columnsOf(rows)
  const own = rows.filter(row => laneOf(row.driverId) === lane?.readInt16BE())
  expect(points?.readInt32BE()).toBe(own.length)
  expect(arrayOf(driverIds).elements.map(String)).toEqual(own.map(row => row.driverId))
})

test('a row has 64 positions at most', () => {
  expect([1, 64, 65, 200].map(count => packPositions(Array.from({ length: count }, () => ROW)).rows)).toEqual([
    1, 1, 2, 4,
  ])
})

test('what an array cannot refuse by itself is for the table with a row for each', () => {
  expect(isPackable(ROW)).toBe(true)
  const others: Partial<FixRow>[] = [
    { driverId: '' as DriverId },
    { driverId: 'x'.repeat(65) as DriverId },
    { orderId: 'x'.repeat(129) },
    { recordedAtMs: Number.NaN },
    { receivedAtMs: Number.POSITIVE_INFINITY },
    { receivedAtMs: ROW.recordedAtMs + 2 ** 31 },
  ]
  expect(others.map(other => isPackable({ ...ROW, ...other }))).toEqual(others.map(() => false))
})
