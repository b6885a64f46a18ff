/**
 * Reads the frame that carries nearly all positions, `locations` as msgpack maps, straight from its bytes: without an object
 * with eight names for each point, which would be made only to be checked and copied.
 *
 * It takes what is right and plain and nothing else. Whatever it does not take — a field that it does not know, a
 * number out of range, a frame cut short — it leaves to the general way (`codec.ts`, `stream-frames.ts`), which accepts or
 * names what is wrong. So what it takes must be a subset of what that way takes, with the same result: its test holds
 * the two against each other.
 */
import type { DriverFix, Fix } from '../../domain/fix.ts'
import { type DriverId, parseDriverId } from '../../domain/ids.ts'
import { parseInstant } from '../rfc3339.ts'
import { ACCURACY_MAX_M, RECORDED_AT_MAX_MS, SPEED_MAX_MPS } from '../schemas/position.ts'
import { MsgpackCursor } from './msgpack-cursor.ts'

export interface PointsFrame {
  readonly seq: number
  readonly fixes: readonly DriverFix[]
}

/** What a frame says before its points. */
export interface PointsHead {
  readonly seq: number
  readonly points: number
}

const POINTS_MAX = 1_000
const LATITUDE_MAX = 90
const LONGITUDE_MAX = 180
const HEADING_MAX = 360
const ORDER_ID = /^[A-Za-z0-9_-]{1,64}$/

/** What a field of a point may be where it is not given. */
const ABSENT = null
/** Not taken: the general way decides. */
const ODD = undefined

/** @param own  whose connection it is; null where each point must name its driver. @returns null: not taken. */
export function readPointsFrame(bytes: Buffer, own: DriverId | null): PointsFrame | null {
  const cursor = new MsgpackCursor(bytes)
  let seq = 0
  let isLocations = false
  let fixes: DriverFix[] | null = null
  for (let left = cursor.mapSize(); left > 0; left--) {
    switch (cursor.name()) {
      case 'type':
        isLocations = cursor.text() === 'locations'
        break
      case 'seq':
        seq = cursor.number()
        break
      case 'points':
        fixes = readPoints(cursor, own)
        break
      default:
        return null
    }
  }
  return isLocations && isSeq(seq) && fixes !== null && cursor.isAtEnd ? { seq, fixes } : null
}

/** For a frame that is not taken, whatever its points are. @returns null: its points come first, or it is no such frame. */
export function readPointsHead(bytes: Buffer): PointsHead | null {
  const cursor = new MsgpackCursor(bytes)
  let seq = 0
  let isLocations = false
  for (let left = cursor.mapSize(); left > 0; left--) {
    switch (cursor.name()) {
      case 'type':
        isLocations = cursor.text() === 'locations'
        break
      case 'seq':
        seq = cursor.number()
        break
      case 'points': {
        const points = cursor.arraySize()
        const isHead = isLocations && isSeq(seq) && points >= 1 && points <= POINTS_MAX
        return isHead ? { seq, points } : null
      }
      default:
        return null
    }
  }
  return null
}

function isSeq(seq: number): boolean {
  return Number.isSafeInteger(seq) && seq >= 1
}

function readPoints(cursor: MsgpackCursor, own: DriverId | null): DriverFix[] | null {
  const size = cursor.arraySize()
  if (!(size >= 1 && size <= POINTS_MAX)) return null
  const fixes: DriverFix[] = []
  for (let i = 0; i < size; i++) {
    const fix = readPoint(cursor, own)
    if (fix === null) return null
    fixes.push(fix)
  }
  return fixes
}

function readPoint(cursor: MsgpackCursor, own: DriverId | null): DriverFix | null {
  let driverId: DriverId | null = own
  let latitude = Number.NaN
  let longitude = Number.NaN
  let speed: number | null | undefined = ABSENT
  let heading: number | null | undefined = ABSENT
  let accuracy: number | null | undefined = ABSENT
  let recordedAtMs: number | null | undefined = ABSENT
  let orderId: string | null | undefined = ABSENT
  for (let left = cursor.mapSize(); left > 0; left--) {
    switch (cursor.name()) {
      case 'driver_id':
        driverId = readDriver(cursor, own)
        break
      case 'latitude':
        latitude = cursor.number()
        break
      case 'longitude':
        longitude = cursor.number()
        break
      case 'speed':
        speed = readMeasure(cursor, SPEED_MAX_MPS)
        break
      case 'heading':
        heading = readMeasure(cursor, HEADING_MAX)
        break
      case 'accuracy':
        accuracy = readMeasure(cursor, ACCURACY_MAX_M)
        break
      case 'recorded_at':
        recordedAtMs = readInstant(cursor)
        break
      case 'order_id':
        orderId = readOrder(cursor)
        break
      default:
        return null
    }
  }
  const isPlace = Math.abs(latitude) <= LATITUDE_MAX && Math.abs(longitude) <= LONGITUDE_MAX
  if (driverId === null || !isPlace || recordedAtMs === ODD || orderId === ODD) return null
  if (speed === ODD || heading === ODD || accuracy === ODD) return null
  const fix: Fix = { latitude, longitude, speed, heading, accuracy, recordedAtMs, orderId }
  return { driverId, fix }
}

function readDriver(cursor: MsgpackCursor, own: DriverId | null): DriverId | null {
  const text = cursor.text()
  const driverId = text === null ? null : parseDriverId(text)
  return own === null || driverId === own ? driverId : null
}

function readMeasure(cursor: MsgpackCursor, max: number): number | null | undefined {
  if (cursor.skipNil()) return ABSENT
  const value = cursor.number()
  return value >= 0 && value <= max ? value : ODD
}

function readInstant(cursor: MsgpackCursor): number | null | undefined {
  if (cursor.skipNil()) return ABSENT
  if (cursor.isText) return parseInstant(cursor.text() ?? '') ?? ODD
  const value = cursor.number()
  return Number.isInteger(value) && value >= 0 && value <= RECORDED_AT_MAX_MS ? value : ODD
}

function readOrder(cursor: MsgpackCursor): string | null | undefined {
  if (cursor.skipNil()) return ABSENT
  const text = cursor.text()
  return text !== null && ORDER_ID.test(text) ? text : ODD
}
