/**
 * Positions as rows of arrays, in COPY's binary format: rows of one lane each. Nothing is spelled as text and read again, and what a
 * row costs beside its columns is shared by all positions of a lane.
 *
 * Numbers are not judged here: one that is out of range reaches the checks of the table as it is. What those cannot see in an array,
 * texts that are too long and times that are none, is told by `isPackable`.
 */
import type { FixRow } from '../actors/runtime/ports.ts'
import { laneOf } from './position-lanes.ts'
import { flagsOf } from './position-rows.ts'

export const COPY_TAIL = `copy position_tail (lane, points, from_at, to_at, driver_id, recorded_at, lag_ms, latitude, longitude, speed, heading, accuracy, order_id, flags)
  from stdin with (format binary)`

/** Signature, flags, length of a header extension that there is none of. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const TRAILER_BYTES = 2
const COLUMNS = 14
const ARRAYS = 10
/** Of an array: its own length, count of dimensions, whether there are nulls, type, length and lower bound of the one dimension. */
const ARRAY_BYTES = 24
const GROUP_BYTES = 2 + 4 + 2 + 4 + 4 + 2 * (4 + 8) + ARRAYS * ARRAY_BYTES
/** Each element has its length before it: three of eight bytes, four of four, one of two, and two texts. */
const POSITION_BYTES = ARRAYS * 4 + 3 * 8 + 4 * 4 + 2
/** Of one UTF-16 unit. */
const UTF8_MAX = 3
const ABSENT = -1
/** Positions of one row: they keep to its page, since a look for one position in an array that lies elsewhere reads all of that each time. */
const ROW_MAX = 64
/** Postgres counts microseconds from the year 2000. */
const EPOCH_MS = 946_684_800_000
const HIGH_WORD = 2 ** 32
const INT_MAX = 2 ** 31 - 1
const DRIVER_ID_MAX = 64
const ORDER_ID_MAX = 128

/** Types by their numbers in the server's catalogue. */
const TEXT = 25
const TIMESTAMPTZ = 1184
const INT4 = 23
const FLOAT8 = 701
const FLOAT4 = 700
const INT2 = 21

export interface Packed {
  /** A complete stream, header and trailer included. */
  readonly bytes: Buffer
  readonly rows: number
}

/** False: the row is for the table that has a row for each position, and says what is wrong with it. */
export function isPackable({ driverId, orderId, recordedAtMs, receivedAtMs }: FixRow): boolean {
  return (
    driverId.length > 0 &&
    driverId.length <= DRIVER_ID_MAX &&
    (orderId === null || orderId.length <= ORDER_ID_MAX) &&
    // False also where one of them is no number.
    Math.abs(receivedAtMs - recordedAtMs) < INT_MAX &&
    Number.isSafeInteger((Math.trunc(recordedAtMs) - EPOCH_MS) * 1_000)
  )
}

/** @param rows  all of them packable. */
export function packPositions(rows: readonly FixRow[]): Packed {
  const groups = byLane(rows)
  const writer = new Writer(bytesMax(rows, groups.length))
  for (const { lane, positions } of groups) writer.row(lane, positions)
  return { bytes: writer.end(), rows: groups.length }
}

interface Group {
  readonly lane: number
  readonly positions: FixRow[]
}

function byLane(rows: readonly FixRow[]): readonly Group[] {
  const groups: Group[] = []
  const open: Group[] = []
  for (const row of rows) {
    const lane = laneOf(row.driverId)
    let group = open[lane]
    if (group === undefined || group.positions.length === ROW_MAX) {
      group = { lane, positions: [] }
      open[lane] = group
      groups.push(group)
    }
    group.positions.push(row)
  }
  return groups
}

function bytesMax(rows: readonly FixRow[], groups: number): number {
  let units = 0
  for (const { driverId, orderId } of rows) units += driverId.length + (orderId?.length ?? 0)
  return HEADER.length + groups * GROUP_BYTES + rows.length * POSITION_BYTES + units * UTF8_MAX + TRAILER_BYTES
}

/** A loop for each column, without a call for each element: this is a tenth of what a position costs. */
class Writer {
  readonly #bytes: Buffer
  readonly #view: DataView
  #at: number

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size)
    this.#view = new DataView(this.#bytes.buffer)
    this.#at = HEADER.copy(this.#bytes)
  }

  end(): Buffer {
    this.#int2(ABSENT)
    return this.#bytes.subarray(0, this.#at)
  }

  row(lane: number, rows: readonly FixRow[]): void {
    this.#int2(COLUMNS)
    this.#int4(2)
    this.#int2(lane)
    this.#int4(4)
    this.#int4(rows.length)
    this.#span(rows)
    this.#texts(rows, 'driverId')
    this.#instants(rows)
    this.#lags(rows)
    this.#doubles(rows, 'latitude')
    this.#doubles(rows, 'longitude')
    this.#reals(rows, 'speed')
    this.#reals(rows, 'heading')
    this.#reals(rows, 'accuracy')
    this.#texts(rows, 'orderId')
    this.#flags(rows)
  }

  /** @returns where its length is to be written once it is known. */
  #begin(type: number, rows: readonly FixRow[], nulls = 0): number {
    const start = this.#at
    this.#at += 4
    this.#int4(1)
    this.#int4(nulls > 0 ? 1 : 0)
    this.#int4(type)
    this.#int4(rows.length)
    this.#int4(1)
    return start
  }

  #end(start: number): void {
    this.#view.setInt32(start, this.#at - start - 4)
  }

  #texts(rows: readonly FixRow[], key: 'driverId' | 'orderId'): void {
    const nulls = countNulls(rows, key)
    if (nulls === rows.length) {
      this.#int4(ABSENT)
      return
    }
    const start = this.#begin(TEXT, rows, nulls)
    for (const row of rows) {
      const text = row[key]
      if (text === null) {
        this.#int4(ABSENT)
        continue
      }
      const length = this.#bytes.write(text, this.#at + 4, 'utf8')
      this.#int4(length)
      this.#at += length
    }
    this.#end(start)
  }

  #span(rows: readonly FixRow[]): void {
    let fromMs = Number.POSITIVE_INFINITY
    let toMs = Number.NEGATIVE_INFINITY
    for (const { recordedAtMs } of rows) {
      if (recordedAtMs < fromMs) fromMs = recordedAtMs
      if (recordedAtMs > toMs) toMs = recordedAtMs
    }
    this.#at = writeInstant(this.#view, this.#at, fromMs)
    this.#at = writeInstant(this.#view, this.#at, toMs)
  }

  #instants(rows: readonly FixRow[]): void {
    const start = this.#begin(TIMESTAMPTZ, rows)
    const view = this.#view
    let at = this.#at
    for (const { recordedAtMs } of rows) at = writeInstant(view, at, recordedAtMs)
    this.#at = at
    this.#end(start)
  }

  #lags(rows: readonly FixRow[]): void {
    const start = this.#begin(INT4, rows)
    const view = this.#view
    let at = this.#at
    for (const { receivedAtMs, recordedAtMs } of rows) {
      view.setInt32(at, 4)
      view.setInt32(at + 4, Math.trunc(receivedAtMs) - Math.trunc(recordedAtMs))
      at += 8
    }
    this.#at = at
    this.#end(start)
  }

  #doubles(rows: readonly FixRow[], key: 'latitude' | 'longitude'): void {
    const start = this.#begin(FLOAT8, rows)
    const view = this.#view
    let at = this.#at
    for (const row of rows) {
      view.setInt32(at, 8)
      view.setFloat64(at + 4, row[key])
      at += 12
    }
    this.#at = at
    this.#end(start)
  }

  /** What nobody has said of any position takes no room. */
  #reals(rows: readonly FixRow[], key: 'speed' | 'heading' | 'accuracy'): void {
    const nulls = countNulls(rows, key)
    if (nulls === rows.length) {
      this.#int4(ABSENT)
      return
    }
    const start = this.#begin(FLOAT4, rows, nulls)
    const view = this.#view
    let at = this.#at
    for (const row of rows) {
      const value = row[key]
      if (value === null) {
        view.setInt32(at, ABSENT)
        at += 4
        continue
      }
      view.setInt32(at, 4)
      view.setFloat32(at + 4, value)
      at += 8
    }
    this.#at = at
    this.#end(start)
  }

  #flags(rows: readonly FixRow[]): void {
    const start = this.#begin(INT2, rows)
    for (const row of rows) {
      this.#int4(2)
      this.#int2(flagsOf(row))
    }
    this.#end(start)
  }

  #int4(value: number): void {
    this.#view.setInt32(this.#at, value)
    this.#at += 4
  }

  #int2(value: number): void {
    this.#view.setInt16(this.#at, value)
    this.#at += 2
  }
}

function writeInstant(view: DataView, at: number, atMs: number): number {
  const microseconds = (Math.trunc(atMs) - EPOCH_MS) * 1_000
  const high = Math.floor(microseconds / HIGH_WORD)
  view.setInt32(at, 8)
  view.setInt32(at + 4, high)
  view.setUint32(at + 8, microseconds - high * HIGH_WORD)
  return at + 12
}

function countNulls(rows: readonly FixRow[], key: 'driverId' | 'orderId' | 'speed' | 'heading' | 'accuracy'): number {
  let nulls = 0
  for (const row of rows) if (row[key] === null) nulls++
  return nulls
}
