/**
 * What the page knows of one order, and how it learns more. It hears of it on two ways at once, reads and the live topic, so the same
 * thing may come twice, and old after new: of the order the higher version stands, of positions the later one. Pure.
 */
import { CLOCK_BEHIND_MAX_MS } from '../../domain/freshness.ts'
import { isEnded, type OrderStatus } from '../../domain/order-lifecycle.ts'

export interface Point {
  readonly latitude: number
  readonly longitude: number
}

/** As a tracking link is shown it, by a read and by the live topic alike. */
export interface TrackedOrder {
  readonly order_id: string
  readonly status: OrderStatus
  readonly pickup: Point | null
  readonly dropoff: Point | null
  readonly scheduled_at: string | null
  readonly driver: { readonly driver_id: string; readonly vehicle_type: string | null } | null
  readonly eta: { readonly pickup_at: string | null; readonly dropoff_at: string | null }
  readonly pin: string | null
  readonly proof: { readonly pin: boolean; readonly photo: boolean; readonly signature: boolean } | null
  readonly updated_at: string
  readonly version: number
}

export interface TrackingView extends TrackedOrder {
  readonly location:
    | (Point & { readonly heading: number | null; readonly recorded_at: string; readonly age_ms: number })
    | null
  readonly timeline: readonly Moment[]
}

/** Since when it is, or was, in a status. */
export interface Moment {
  readonly status: OrderStatus
  readonly at: string
}

/** Of the live topic. */
export interface LiveFix extends Point {
  readonly driver_id: string
  readonly heading: number | null
  readonly recorded_at: string
}

export interface Fix extends Point {
  readonly driverId: string
  readonly heading: number | null
  readonly recordedAtMs: number
  /** The instant that it speaks of, by this device's clock. */
  readonly seenAtMs: number
}

export interface Tracked {
  readonly order: TrackedOrder
  /** Null: nobody knows where its driver is, or it has none. */
  readonly fix: Fix | null
  readonly timeline: readonly Moment[]
}

/** By this device's clock, and how far that of the server is ahead of it. */
export interface Now {
  readonly nowMs: number
  readonly serverAheadMs: number
}

export function takeView(known: Tracked | null, view: TrackingView, { nowMs }: Now): Tracked {
  const { location, timeline, ...order } = view
  const isOlder = known !== null && order.version < known.order.version
  if (isOlder && known.order.driver?.driver_id !== order.driver?.driver_id) return known
  const fix = location === null || order.driver === null ? null : fixOfView(location, order.driver.driver_id, nowMs)
  const later = laterOf(known?.fix ?? null, fix)
  if (isOlder) return { ...known, fix: ofDriver(later, known.order) }
  return { order, fix: ofDriver(later, order), timeline }
}

export function takeOrder(known: Tracked | null, order: TrackedOrder): Tracked {
  if (known === null) return { order, fix: null, timeline: [{ status: order.status, at: order.updated_at }] }
  if (order.version <= known.order.version) return known
  const hasMoved = order.status !== known.order.status
  const timeline = hasMoved ? [...known.timeline, { status: order.status, at: order.updated_at }] : known.timeline
  return { order, fix: ofDriver(known.fix, order), timeline }
}

/** A position of a driver that has the order no more, or not yet, is dropped: the order that names it comes, too. */
export function takeFix(known: Tracked | null, fix: LiveFix, { nowMs, serverAheadMs }: Now): Tracked | null {
  if (known === null || known.order.driver?.driver_id !== fix.driver_id) return known
  const recordedAtMs = Date.parse(fix.recorded_at)
  // As the server judges it: a phone's clock may be wrong, but what comes hours late says where it was.
  const behindMs = nowMs + serverAheadMs - recordedAtMs
  const taken: Fix = {
    driverId: fix.driver_id,
    latitude: fix.latitude,
    longitude: fix.longitude,
    heading: fix.heading,
    recordedAtMs,
    seenAtMs: behindMs > CLOCK_BEHIND_MAX_MS ? nowMs - behindMs : nowMs,
  }
  return { ...known, fix: laterOf(known.fix, taken) }
}

function fixOfView(location: NonNullable<TrackingView['location']>, driverId: string, nowMs: number): Fix {
  const { latitude, longitude, heading, recorded_at, age_ms } = location
  const recordedAtMs = Date.parse(recorded_at)
  return { driverId, latitude, longitude, heading, recordedAtMs, seenAtMs: nowMs - age_ms }
}

function laterOf(known: Fix | null, fix: Fix | null): Fix | null {
  if (known === null || fix === null) return fix ?? known
  return known.driverId !== fix.driverId || fix.recordedAtMs > known.recordedAtMs ? fix : known
}

function ofDriver(fix: Fix | null, { driver, status }: TrackedOrder): Fix | null {
  return fix !== null && fix.driverId === driver?.driver_id && !isEnded(status) ? fix : null
}
