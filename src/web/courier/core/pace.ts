/** Which positions are worth the battery and the network: many while driving an order, few while standing still. */
export interface Place {
  readonly latitude: number
  readonly longitude: number
  readonly accuracy: number | null
  /** Metres per second. */
  readonly speed: number | null
  readonly atMs: number
}

export type Work = 'idle' | 'job'

/** While moving: customers watch a job. */
export const EVERY_MS: Readonly<Record<Work, number>> = { idle: 5_000, job: 2_000 }
/** Less is the noise of the receiver. */
const MOVED_M = 12
const STANDING_MPS = 0.5
/** Standing still: of the time after which the node takes a silent driver for gone. */
const HEARTBEAT_SHARE = 0.4
const HEARTBEAT_MAX_MS = 25_000
const METRES_PER_DEGREE = 111_195

/** @param staleMs  after which a driver without a position is offered nothing. */
export function heartbeatMs(staleMs: number): number {
  return Math.min(HEARTBEAT_MAX_MS, staleMs * HEARTBEAT_SHARE)
}

/** `too_soon`: it has moved, but the one before has hardly gone; where it then stands still, nobody would hear of it. */
export type Verdict = 'send' | 'too_soon' | 'still'

export function judged(last: Place | null, place: Place, work: Work, staleMs: number): Verdict {
  if (last === null) return 'send'
  const elapsedMs = place.atMs - last.atMs
  // So far in the past only where the clock was set back: else all would be overtaken until it has caught up.
  if (Math.abs(elapsedMs) >= heartbeatMs(staleMs)) return 'send'
  // Not of a repeat, or of one that was overtaken.
  if (elapsedMs <= 0 || !hasMoved(last, place)) return 'still'
  return elapsedMs >= EVERY_MS[work] ? 'send' : 'too_soon'
}

function hasMoved(last: Place, place: Place): boolean {
  const movedM = roughlyM(last, place)
  if (movedM >= Math.max(MOVED_M, Math.min(50, (place.accuracy ?? 0) / 2))) return true
  return (place.speed ?? 0) > STANDING_MPS && movedM > 1
}

/** Good to a percent within a city. */
export function roughlyM(a: Pick<Place, 'latitude' | 'longitude'>, b: Pick<Place, 'latitude' | 'longitude'>): number {
  const north = b.latitude - a.latitude
  const east = (b.longitude - a.longitude) * Math.cos((a.latitude * Math.PI) / 180)
  return Math.hypot(north, east) * METRES_PER_DEGREE
}
