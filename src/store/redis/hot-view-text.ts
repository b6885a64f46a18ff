/** A driver's fix as the text that Redis keeps: positional, so that it is small and quickly read. */
import type { HotDriver, LiveFix } from '../../actors/runtime/ports.ts'
import type { DriverId } from '../../domain/ids.ts'

type FixTuple = readonly [
  driverId: string,
  latitude: number,
  longitude: number,
  speed: number | null,
  heading: number | null,
  accuracy: number | null,
  recordedAtMs: number,
  receivedAtMs: number,
  orderId: string | null,
]

export function fixText(fix: LiveFix): string {
  const tuple: FixTuple = [
    fix.driverId,
    fix.latitude,
    fix.longitude,
    fix.speed,
    fix.heading,
    fix.accuracy,
    fix.recordedAtMs,
    fix.receivedAtMs,
    fix.orderId,
  ]
  return JSON.stringify(tuple)
}

/** Written by a node of this version or of one with the same prefix of keys: trusted. */
function readFix(text: string): LiveFix {
  const tuple = JSON.parse(text) as FixTuple
  const [driverId, latitude, longitude, speed, heading, accuracy, recordedAtMs, receivedAtMs, orderId] = tuple
  return {
    driverId: driverId as DriverId,
    latitude,
    longitude,
    speed,
    heading,
    accuracy,
    recordedAtMs,
    receivedAtMs,
    orderId,
  }
}

/** What a script returns per driver: fix, status, vehicle type, order. */
const FIELDS = 4

/** @returns null for a driver whose position is not known. */
export function readDrivers(reply: unknown): (HotDriver | null)[] {
  const values = reply as (string | null)[]
  const drivers: (HotDriver | null)[] = []
  for (let i = 0; i < values.length; i += FIELDS) {
    const [fix, status = null, vehicleType, orderId] = values.slice(i, i + FIELDS)
    const said = { status, vehicleType: vehicleType || null, orderId: orderId || null }
    drivers.push(fix ? { fix: readFix(fix), ...said } : null)
  }
  return drivers
}
