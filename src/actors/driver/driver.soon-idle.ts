/**
 * Where and when a driver will be without an order. One with an order in hand, and room for another, is *soon idle* once
 * the end of that order is within the horizon: it may be given one to follow. One, and behind the present order, never
 * between its stops: whoever is on board is not driven about for others.
 *
 * The end is that of its last stop: a courier at the door is not free before the meal is handed over, nor one in the
 * kitchen before it is cooked. How long a stop takes is data of the ruleset; since when it lasts is known from the driver's own
 * positions, and after a crash from the next one: for one stop the end is taken for later than it is, rather than for sooner.
 */

import { travelTimeS } from '../../domain/eta.ts'
import type { AdmittedFix } from '../../domain/fix.ts'
import type { LatLng } from '../../domain/geo.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { leavesPickupAtMs, type Stops } from '../../domain/stops.ts'
import { type Effect, setTimer } from '../runtime/turn.ts'
import type { DispatchSettings } from '../settings.ts'
import type { DriverState, DriverTask } from './driver.state.ts'

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
  const free = endOfOrder(state, nowMs, settings.ruleset.stops)
  return free !== null && free.atMs - nowMs <= settings.lookAheadMs ? free : null
}

const NONE: readonly Effect[] = []

/** To be asked again when its order is about to end, though it may stand in a jam and send nothing new. */
export function wakeBeforeFree(state: DriverState, { nowMs, settings }: Moment): readonly Effect[] {
  if (settings.lookAheadMs === 0 || state.profile.capacity < 2) return NONE
  const free = endOfOrder(state, nowMs, settings.ruleset.stops)
  const atMs = (free?.atMs ?? 0) - settings.lookAheadMs
  return atMs > nowMs ? [setTimer('soon_idle', atMs)] : NONE
}

function endOfOrder({ assignments, position }: DriverState, nowMs: UnixMs, stops: Stops): Free | null {
  const [only, ...more] = assignments
  const task = only?.task
  if (!task || !position || more.length > 0) return null
  return { place: task.dropoff, atMs: Math.max(nowMs, Math.round(endsAtMs(task, position, nowMs, stops))) }
}

function endsAtMs(task: DriverTask, position: AdmittedFix, nowMs: UnixMs, stops: Stops): number {
  if (task.phase === 'to_dropoff') {
    return beginsStopAtMs(task, position, task.dropoff, stops.dropoffS) + stops.dropoffS * 1_000
  }
  const arrivesAtMs = beginsStopAtMs(task, position, task.pickup, stops.pickupS)
  const leavesAtMs = leavesPickupAtMs({ arrivesAtMs, readyAtMs: task.readyAtMs ?? null }, stops)
  return Math.max(nowMs, leavesAtMs) + (task.driveS + stops.dropoffS) * 1_000
}

/** The way is reckoned from the last fix, which is as old as it is. Where nobody stands, only the way counts. */
function beginsStopAtMs(task: DriverTask, position: AdmittedFix, place: LatLng, stopS: number): number {
  const arrivesAtMs = position.receivedAtMs + travelTimeS(position, place) * 1_000
  return stopS === 0 ? arrivesAtMs : (task.arrivedAtMs ?? arrivesAtMs)
}
