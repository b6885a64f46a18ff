import type { HotDriver, LiveFix, NearbyDriver } from '../../actors/runtime/ports.ts'
import { asOfMs } from '../../domain/freshness.ts'
import { cellAt, INDEX_RES } from '../../domain/h3.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { formatInstant } from '../rfc3339.ts'
import type { CurrentLocation } from '../schemas/position.ts'

/** @param staleMs  a position older than this says where the driver was, not where it is. */
export function renderCurrent({ fix, status, orderId }: HotDriver, nowMs: UnixMs, staleMs: number): CurrentLocation {
  const ageMs = Math.max(0, nowMs - asOfMs(fix))
  return {
    driver_id: fix.driverId,
    latitude: fix.latitude,
    longitude: fix.longitude,
    speed: fix.speed,
    heading: fix.heading,
    accuracy: fix.accuracy,
    recorded_at: formatInstant(fix.recordedAtMs),
    received_at: formatInstant(fix.receivedAtMs),
    age_ms: ageMs,
    stale: ageMs > staleMs,
    cell: cellAt(fix, INDEX_RES),
    status,
    // The order that it has; else what the phone says that it is on, which may be of another system.
    order_id: orderId ?? fix.orderId,
  }
}

export function renderNear({ driver: { fix, status, vehicleType }, distanceM }: NearbyDriver, nowMs: UnixMs) {
  return {
    driver_id: fix.driverId,
    latitude: fix.latitude,
    longitude: fix.longitude,
    distance_m: Math.round(distanceM * 10) / 10,
    age_ms: Math.max(0, nowMs - asOfMs(fix)),
    status,
    vehicle_type: vehicleType,
  }
}

/** The data of a live `location` message. */
export function renderLiveFix(fix: LiveFix) {
  return {
    driver_id: fix.driverId,
    latitude: fix.latitude,
    longitude: fix.longitude,
    speed: fix.speed,
    heading: fix.heading,
    accuracy: fix.accuracy,
    recorded_at: formatInstant(fix.recordedAtMs),
    received_at: formatInstant(fix.receivedAtMs),
    order_id: fix.orderId,
  }
}

/** As the seeds' clients expect it. */
export function renderLocationUpdate(fix: LiveFix, orderId: string): { type: string; data: object } {
  return {
    type: 'location_update',
    data: {
      driver_id: fix.driverId,
      latitude: fix.latitude,
      longitude: fix.longitude,
      speed: fix.speed,
      heading: fix.heading,
      timestamp: formatInstant(fix.recordedAtMs),
      order_id: orderId,
    },
  }
}
