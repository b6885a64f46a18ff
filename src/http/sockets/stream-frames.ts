/** Reads the frames of a stream: which drivers are where, and which rows are wrong. */
import type { DriverFix } from '../../domain/fix.ts'
import { type DriverId, parseDriverId } from '../../domain/ids.ts'
import { fixOf } from '../positions.ts'
import type { FieldError } from '../problem.ts'
import { pointsFrame } from '../schemas/frame.ts'
import { locationFrame } from '../schemas/position.ts'

export interface ReadRows {
  readonly fixes: readonly DriverFix[]
  /** Named by their place in the frame, as `/points/3/latitude`. The good rows go in all the same. */
  readonly errors: readonly FieldError[]
}

export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @param ownDriver  whose connection it is; null where each row must name its driver. */
export function readLocation(frame: Fields, ownDriver: DriverId | null): ReadRows {
  const fixes: DriverFix[] = []
  const errors = readRow(frame, '', ownDriver, fixes)
  return { fixes, errors }
}

export function readLocations(frame: Fields, ownDriver: DriverId | null): ReadRows {
  if (!pointsFrame.accepts(frame)) return { fixes: [], errors: pointsFrame.errors(frame) }
  const fixes: DriverFix[] = []
  const errors = frame.points.flatMap((row, i) => readRow(row, `/points/${i}`, ownDriver, fixes))
  return { fixes, errors }
}

/** How many points a frame claims to have, before they are looked at. */
export function pointsIn(frame: Fields): number {
  return Array.isArray(frame.points) ? frame.points.length : 1
}

const NO_ERRORS: readonly FieldError[] = []

function readRow(row: unknown, path: string, own: DriverId | null, into: DriverFix[]): readonly FieldError[] {
  if (!isFields(row)) return [{ path: path || '/', message: 'Expected an object' }]
  const driverId = driverOf(row.driver_id, own)
  const isPlace = locationFrame.accepts(row)
  if (typeof driverId === 'string' && isPlace) {
    into.push({ driverId, fix: fixOf(row) })
    return NO_ERRORS
  }
  const errors = isPlace ? [] : locationFrame.errors(row).map(error => prefixed(path, error))
  if (typeof driverId !== 'string') errors.unshift({ path: `${path}/driver_id`, message: driverId.wrong })
  return errors
}

function driverOf(given: unknown, own: DriverId | null): DriverId | { readonly wrong: string } {
  if (given === undefined || given === null) return own ?? { wrong: 'Required' }
  const driverId = typeof given === 'string' ? parseDriverId(given) : null
  if (driverId === null) return { wrong: 'Expected a string of 1–64 of A–Z a–z 0–9 _ -' }
  if (own !== null && driverId !== own) return { wrong: `This is the connection of ${own}` }
  return driverId
}

function prefixed(path: string, error: FieldError): FieldError {
  return { path: `${path}${error.path === '/' ? '' : error.path}` || '/', message: error.message }
}
