/**
 * Orders of later that a driver is promised to. They take none of its capacity until they begin; until then it is given no work that
 * would make it late for one of them. Ways are reckoned as everywhere, so "late" is what is expected, not what will be.
 */
import { travelTimeS } from './eta.ts'
import type { LatLng } from './geo.ts'
import type { OrderId, UnixMs } from './ids.ts'
import { leavesPickupAtMs, type Stops } from './stops.ts'

export interface Reservation {
  readonly orderId: OrderId
  readonly pickup: LatLng
  readonly dropoff: LatLng
  readonly driveS: number
  /** When it is wanted at the pickup. */
  readonly atMs: UnixMs
}

/** What somebody would have to drive, from when it is at the pickup. */
export interface Job {
  readonly arrivesAtMs: UnixMs
  readonly readyAtMs: UnixMs | null
  readonly driveS: number
  readonly dropoff: LatLng
}

/** Of one driver: more is no plan but a mistake. */
export const RESERVATIONS_MAX = 50

/** @returns the first that a driver with this job would be late for, or null. */
export function lateFor(reservations: readonly Reservation[], job: Job, stops: Stops): Reservation | null {
  return reservations.find(reservation => isLate(reservation, job, stops)) ?? null
}

export function isLate({ pickup, atMs }: Pick<Reservation, 'pickup' | 'atMs'>, job: Job, stops: Stops): boolean {
  const freeAtMs = leavesPickupAtMs(job, stops) + (job.driveS + stops.dropoffS) * 1_000
  return freeAtMs + wayMs(job.dropoff, pickup) > atMs
}

/** Two of one driver: one of them ends in time for the other. */
export function overlaps(a: Reservation, b: Reservation, stops: Stops): boolean {
  return lateFor([b], jobOf(a), stops) !== null && lateFor([a], jobOf(b), stops) !== null
}

function jobOf({ atMs, driveS, dropoff }: Reservation): Job {
  return { arrivesAtMs: atMs, readyAtMs: null, driveS, dropoff }
}

function wayMs(from: LatLng, to: LatLng): number {
  return travelTimeS(from, to) * 1_000
}
