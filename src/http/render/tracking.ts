/**
 * What a tracking link shows: how far its order is, when it will be there, and where its driver is. Neither addresses nor notes
 * nor names, neither the price nor the customer; but the PIN, which is for whoever opens the door: whoever is sent the link is shown no more than the parcel's way.
 *
 * Both ends of the way are points on a map, while the order is under way: where its driver stops is seen anyhow. They end with it, as
 * the driver's position does, since a link outlives its order by days.
 */
import type { OrderEvent } from '../../actors/order/order.messages.ts'
import type { OrderState } from '../../actors/order/order.state.ts'
import type { HotDriver, LiveFix } from '../../actors/runtime/ports.ts'
import type { LatLng } from '../../domain/geo.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { isEnded, type OrderStatus } from '../../domain/order-lifecycle.ts'
import { formatInstant, formatInstantOrNull } from '../rfc3339.ts'
import type { TrackedOrder, TrackingView } from '../schemas/tracking.ts'
import { statusAfter } from './event.ts'
import { pinOf } from './order.ts'
import { renderCurrent } from './position.ts'

export function renderTrackedOrder(order: OrderState): TrackedOrder {
  const { terms, status, assignment, proof, updatedAtMs, version } = order
  const isOver = isEnded(status)
  return {
    order_id: terms.orderId,
    status,
    pickup: isOver ? null : point(terms.pickup),
    dropoff: isOver ? null : point(terms.dropoff),
    scheduled_at: formatInstantOrNull(terms.scheduledAtMs),
    driver: assignment === null ? null : { driver_id: assignment.driverId, vehicle_type: assignment.vehicleType },
    eta: {
      pickup_at: formatInstantOrNull(assignment?.pickupAtMs ?? null),
      dropoff_at: formatInstantOrNull(assignment?.dropoffAtMs ?? null),
    },
    pin: pinOf(order),
    proof: proof ? { pin: proof.pin, photo: proof.photo !== null, signature: proof.signature !== null } : null,
    updated_at: formatInstant(updatedAtMs),
    version,
  }
}

export interface TrackedNow {
  /** Null where the order has none now, or nobody knows where it is. */
  readonly driver: HotDriver | null
  /** Of the order, oldest first. */
  readonly events: readonly OrderEvent[]
  readonly nowMs: UnixMs
  readonly staleMs: number
}

export function renderTracking(order: OrderState, { driver, events, nowMs, staleMs }: TrackedNow): TrackingView {
  return {
    ...renderTrackedOrder(order),
    location: driver === null ? null : place(driver, nowMs, staleMs),
    timeline: timelineOf(events),
  }
}

/** Offers, refusals and changes of words are not the customer's to follow: only what the order's status became, and when. */
function timelineOf(events: readonly OrderEvent[]): TrackingView['timeline'] {
  const timeline: TrackingView['timeline'] = []
  let status: OrderStatus | null = null
  for (const event of events) {
    const next = statusAfter(event, status)
    if (next !== status) timeline.push({ status: next, at: formatInstant(event.atMs) })
    status = next
  }
  return timeline
}

function point({ latitude, longitude }: LatLng): LatLng {
  return { latitude, longitude }
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
