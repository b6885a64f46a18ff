/**
 * What a tracking link shows: how far its order is, when it will be there, and where its driver is. Neither addresses nor notes
 * nor names, neither the price nor the customer; but the PIN, which is for whoever opens the door: whoever is sent the link is shown no more than the parcel's way.
 */
import type { OrderState } from '../../actors/order/order.state.ts'
import type { HotDriver, LiveFix } from '../../actors/runtime/ports.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { formatInstant, formatInstantOrNull } from '../rfc3339.ts'
import type { TrackedOrder, TrackingView } from '../schemas/tracking.ts'
import { pinOf } from './order.ts'
import { renderCurrent } from './position.ts'

export function renderTrackedOrder(order: OrderState): TrackedOrder {
  const { terms, status, assignment, updatedAtMs, version } = order
  return {
    order_id: terms.orderId,
    status,
    driver: assignment === null ? null : { driver_id: assignment.driverId, vehicle_type: assignment.vehicleType },
    eta: {
      pickup_at: formatInstantOrNull(assignment?.pickupAtMs ?? null),
      dropoff_at: formatInstantOrNull(assignment?.dropoffAtMs ?? null),
    },
    pin: pinOf(order),
    updated_at: formatInstant(updatedAtMs),
    version,
  }
}

/** @param driver  null where the order has none now, or nobody knows where it is. */
export function renderTracking(
  order: OrderState,
  driver: HotDriver | null,
  { nowMs, staleMs }: { readonly nowMs: UnixMs; readonly staleMs: number },
): TrackingView {
  return { ...renderTrackedOrder(order), location: driver === null ? null : place(driver, nowMs, staleMs) }
}

function place(driver: HotDriver, nowMs: UnixMs, staleMs: number): NonNullable<TrackingView['location']> {
  const { latitude, longitude, speed, heading, recorded_at, age_ms, stale } = renderCurrent(driver, nowMs, staleMs)
  return { latitude, longitude, speed, heading, recorded_at, age_ms, stale }
}

/** The device may name another order of its driver: that is not for this link. */
export function renderTrackedFix(fix: LiveFix, orderId: string) {
  const { driverId, latitude, longitude, speed, heading, recordedAtMs } = fix
  return {
    driver_id: driverId,
    latitude,
    longitude,
    speed,
    heading,
    recorded_at: formatInstant(recordedAtMs),
    order_id: orderId,
  }
}
