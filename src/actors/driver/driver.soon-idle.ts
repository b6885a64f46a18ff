/**
 * Where and when a driver will be without an order. One with an order in hand, and room for another, is *soon idle* once
 * the end of that order is within the horizon: it may be given one to follow. One, and behind the present order, never
 * between its stops: whoever is on board is not driven about for others.
 */
import { travelTimeS } from '../../domain/eta.ts'
import type { LatLng } from '../../domain/geo.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { type Effect, setTimer } from '../runtime/turn.ts'
import type { DispatchSettings } from '../settings.ts'
import type { DriverState } from './driver.state.ts'

interface Moment {
  readonly nowMs: UnixMs
  readonly settings: DispatchSettings
}

export interface Free {
  readonly place: LatLng
  /** 0: it is free now. */
  readonly atMs: UnixMs
}

/** @returns null while it is neither idle nor soon idle. */
export function whenFree(state: DriverState, moment: Moment): Free | null {
  if (!state.position) return null
  return state.assignments.length === 0 ? { place: state.position, atMs: 0 } : soonIdle(state, moment)
}

/** @returns null where the end of its one order is too far, or not known. */
export function soonIdle(state: DriverState, { nowMs, settings }: Moment): Free | null {
  const free = endOfOrder(state, nowMs)
  return free !== null && free.atMs - nowMs <= settings.lookAheadMs ? free : null
}

/** To be asked again when its order is about to end, though it may stand in a jam and send nothing new. */
export function wakeBeforeFree(state: DriverState, { nowMs, settings }: Moment): Effect[] {
  if (settings.lookAheadMs === 0 || state.profile.capacity < 2) return []
  const free = endOfOrder(state, nowMs)
  const atMs = (free?.atMs ?? 0) - settings.lookAheadMs
  return atMs > nowMs ? [setTimer('soon_idle', atMs)] : []
}

function endOfOrder({ assignments, position }: DriverState, nowMs: UnixMs): Free | null {
  const [only, ...more] = assignments
  const task = only?.task
  if (!task || !position || more.length > 0) return null
  const leftS =
    task.phase === 'to_pickup' ? travelTimeS(position, task.pickup) + task.driveS : travelTimeS(position, task.dropoff)
  // The way is reckoned from the last fix, which is as old as it is.
  return { place: task.dropoff, atMs: Math.max(nowMs, position.receivedAtMs + Math.round(leftS * 1_000)) }
}
