/**
 * Admission of position fixes, one guard per driver. Phones resend, reorder, run ahead of the clock and jump across the city;
 * this decides what becomes the vehicle's position, what goes to the history only, and what is ignored.
 *
 * Order: a fix older than the newest is `late`, an equal one is a `duplicate`. A time ahead of ours is
 * clamped to now. A fix without a time is stamped with ours. Stamped times are moved past the newest where they
 * would collide with it, so that they are never late or repeated by accident.
 *
 * Jumps: a fix that implies an impossible speed is not believed, but remembered as the suspect. The third in a row that is
 * plausible from the one before is believed and becomes the new anchor: a vehicle that really is elsewhere (a ferry, a restart in
 * another town, a first fix that was wrong) loses two fixes and is never silenced.
 *
 * Runs for every fix: nothing is allocated beyond the result, and most fixes are admitted without trigonometry.
 */
import type { Fix } from './fix.ts'
import { distanceM } from './geo.ts'
import type { UnixMs } from './ids.ts'

type FixPlace = Pick<Fix, 'latitude' | 'longitude' | 'accuracy'>

/** What is kept of a fix to judge the next one by. */
interface Anchor {
  readonly latitude: number
  readonly longitude: number
  readonly accuracyM: number
  readonly receivedAtMs: UnixMs
}

/** Where rejected fixes agree that the vehicle is. */
export interface Suspect extends Anchor {
  readonly recordedAtMs: UnixMs
  readonly claimedAtMs: UnixMs
  /** Consecutive rejected fixes, each plausible from the one before. */
  readonly count: number
}

export interface Guard extends Anchor {
  /** Of the newest committed fix; 0 where there is none. */
  readonly newestAtMs: UnixMs
  /** What that fix itself said: differs where it was clamped, and tells a resend of it from a new fix. */
  readonly claimedAtMs: UnixMs
  readonly suspect: Suspect | null
}

/** To whoever keeps it for a driver. */
type Kept = { -readonly [field in keyof Guard]: Guard[field] }

export type AdmissionKind = 'committed' | 'late' | 'duplicate' | 'implausible_jump'

export interface Admission {
  /**
   * `committed`: the newest, history and current position. `late`: history only, where it may be already.
   * `duplicate` and `implausible_jump`: ignored.
   */
  readonly kind: AdmissionKind
  /** The time to store, unique for the driver where `committed`. */
  readonly recordedAtMs: UnixMs
  /** The device's time lay in the future and was replaced by ours. */
  readonly clamped: boolean
  /** The guard for the next fix. */
  readonly guard: Guard
}

/** Above any road or ferry, near to a fast train: 306 km/h. */
const MAX_SPEED_MPS = 85
/** A phone's clock may be this far ahead before its time is not believed. Also how long a wrong time can hold the true ones back. */
export const FUTURE_SKEW_MS = 10_000
/** Older than this says where the vehicle was, not where it is: history only, even if it is the first. */
export const CURRENT_MAX_AGE_MS = 24 * 3_600_000
/** So many consistent fixes in a row move the anchor, the last of them included. */
const REANCHOR_FIXES = 3
/** What city streets do to an honest receiver, beyond the accuracy it reports. */
const JUMP_MARGIN_M = 250
/** A reported accuracy widens the margin up to this, per fix: a claim of 100 km would switch the filter off. */
export const ACCURACY_MAX_M = 1_000

/** One degree of a great circle. No way is longer than its degrees of latitude plus those of longitude. */
const METRES_PER_DEGREE = 111_195.08

/** Of a driver never seen: the first fix is committed, wherever it says the driver is. */
export function emptyGuard(): Guard {
  return {
    latitude: 0,
    longitude: 0,
    accuracyM: 0,
    receivedAtMs: 0,
    newestAtMs: 0,
    claimedAtMs: 0,
    suspect: null,
  }
}

/** The guard of a driver whose newest fix was read back from the history. */
export function guardFrom(fix: FixPlace, recordedAtMs: UnixMs): Guard {
  return {
    latitude: fix.latitude,
    longitude: fix.longitude,
    accuracyM: cappedAccuracyM(fix),
    receivedAtMs: recordedAtMs,
    newestAtMs: recordedAtMs,
    claimedAtMs: recordedAtMs,
    suspect: null,
  }
}

/**
 * Nearly every fix: newer than the newest by a time of its own, and plausible from there. What `admit` would say of it is known then, `committed` as it is, and
 * the guard is written as that lies.
 * @returns false where `admit` has to be asked; then nothing was changed.
 */
export function advance(guard: Guard, fix: Fix, nowMs: UnixMs): boolean {
  const { recordedAtMs } = fix
  const { newestAtMs, claimedAtMs } = guard
  if (recordedAtMs === null || newestAtMs === 0 || recordedAtMs <= newestAtMs || recordedAtMs === claimedAtMs)
    return false
  if (recordedAtMs > nowMs + FUTURE_SKEW_MS || recordedAtMs < nowMs - CURRENT_MAX_AGE_MS) return false
  if (!isPlausible(guard, fix, recordedAtMs - newestAtMs)) return false
  const kept = guard as Kept
  kept.latitude = fix.latitude
  kept.longitude = fix.longitude
  kept.accuracyM = cappedAccuracyM(fix)
  kept.receivedAtMs = nowMs
  kept.newestAtMs = recordedAtMs
  kept.claimedAtMs = recordedAtMs
  kept.suspect = null
  return true
}

/**
 * The guard for the next fix, written over the one of before: whoever keeps ten thousand of them would have as many young ones to be
 * looked at by each collection.
 */
export function writeOver(guard: Guard, next: Guard): void {
  const kept = guard as Kept
  kept.latitude = next.latitude
  kept.longitude = next.longitude
  kept.accuracyM = next.accuracyM
  kept.receivedAtMs = next.receivedAtMs
  kept.newestAtMs = next.newestAtMs
  kept.claimedAtMs = next.claimedAtMs
  kept.suspect = next.suspect
}

/** Pure. What is stored where is the caller's part, and whether a `late` fix is in the history already the store's. */
export function admit(guard: Guard, fix: Fix, nowMs: UnixMs): Admission {
  const claimedAtMs = fix.recordedAtMs
  const clamped = claimedAtMs !== null && claimedAtMs > nowMs + FUTURE_SKEW_MS
  if (claimedAtMs === null || clamped) return admitStamped(guard, fix, nowMs, clamped)
  const { newestAtMs } = guard
  const isHistory = claimedAtMs < nowMs - CURRENT_MAX_AGE_MS
  if (newestAtMs === 0 && !isHistory) return committed(fix, claimedAtMs, nowMs, false)
  if (claimedAtMs === newestAtMs || claimedAtMs === guard.claimedAtMs)
    return unchanged('duplicate', guard, claimedAtMs, false)
  if (claimedAtMs < newestAtMs || isHistory) return unchanged('late', guard, claimedAtMs, false)
  if (isPlausible(guard, fix, claimedAtMs - newestAtMs)) return committed(fix, claimedAtMs, nowMs, false)
  return rejected(guard, fix, claimedAtMs, nowMs, false)
}

/**
 * The time is ours. It says when the fix came, not when it was taken, and may have been moved past the newest by a
 * millisecond only; the vehicle therefore had at least the time between the arrivals to get there.
 */
function admitStamped(guard: Guard, fix: Fix, nowMs: UnixMs, clamped: boolean): Admission {
  const { newestAtMs, suspect } = guard
  if (newestAtMs === 0) return committed(fix, nowMs, nowMs, clamped)
  if (clamped && fix.recordedAtMs === guard.claimedAtMs) return unchanged('duplicate', guard, newestAtMs, true)
  const recordedAtMs = Math.max(nowMs, newestAtMs + 1)
  const elapsedMs = Math.max(recordedAtMs - newestAtMs, nowMs - guard.receivedAtMs)
  if (isPlausible(guard, fix, elapsedMs)) return committed(fix, recordedAtMs, nowMs, clamped)
  // Past the suspect too, or two fixes of one millisecond would count as a resend of one.
  const pastSuspectMs = suspect === null ? recordedAtMs : Math.max(recordedAtMs, suspect.recordedAtMs + 1)
  return rejected(guard, fix, pastSuspectMs, nowMs, clamped)
}

function rejected(guard: Guard, fix: Fix, recordedAtMs: UnixMs, nowMs: UnixMs, clamped: boolean): Admission {
  const { suspect } = guard
  // A resend or an older one among the rejected proves nothing: agreement takes new fixes.
  if (suspect !== null && (recordedAtMs <= suspect.recordedAtMs || fix.recordedAtMs === suspect.claimedAtMs)) {
    return unchanged('implausible_jump', guard, recordedAtMs, clamped)
  }
  const count = suspect !== null && agrees(suspect, fix, recordedAtMs, nowMs, clamped) ? suspect.count + 1 : 1
  if (count >= REANCHOR_FIXES) return committed(fix, recordedAtMs, nowMs, clamped)
  const next: Guard = {
    latitude: guard.latitude,
    longitude: guard.longitude,
    accuracyM: guard.accuracyM,
    receivedAtMs: guard.receivedAtMs,
    newestAtMs: guard.newestAtMs,
    claimedAtMs: guard.claimedAtMs,
    suspect: {
      latitude: fix.latitude,
      longitude: fix.longitude,
      accuracyM: cappedAccuracyM(fix),
      receivedAtMs: nowMs,
      recordedAtMs,
      claimedAtMs: fix.recordedAtMs ?? recordedAtMs,
      count,
    },
  }
  return { kind: 'implausible_jump', recordedAtMs, clamped, guard: next }
}

function agrees(suspect: Suspect, fix: Fix, recordedAtMs: UnixMs, nowMs: UnixMs, clamped: boolean): boolean {
  const recordedMs = recordedAtMs - suspect.recordedAtMs
  const isStamped = clamped || fix.recordedAtMs === null
  return isPlausible(suspect, fix, isStamped ? Math.max(recordedMs, nowMs - suspect.receivedAtMs) : recordedMs)
}

function isPlausible(from: Anchor, fix: Fix, elapsedMs: number): boolean {
  const reachM = JUMP_MARGIN_M + from.accuracyM + cappedAccuracyM(fix) + (MAX_SPEED_MPS * elapsedMs) / 1000
  const degrees = Math.abs(fix.latitude - from.latitude) + Math.abs(fix.longitude - from.longitude)
  // Cheap and never too low; what it cannot clear (a jump, a far meridian, the date line) is measured.
  return degrees * METRES_PER_DEGREE <= reachM || distanceM(from, fix) <= reachM
}

function cappedAccuracyM(fix: FixPlace): number {
  return fix.accuracy === null ? 0 : Math.min(fix.accuracy, ACCURACY_MAX_M)
}

function committed(fix: Fix, recordedAtMs: UnixMs, nowMs: UnixMs, clamped: boolean): Admission {
  const guard: Guard = {
    latitude: fix.latitude,
    longitude: fix.longitude,
    accuracyM: cappedAccuracyM(fix),
    receivedAtMs: nowMs,
    newestAtMs: recordedAtMs,
    claimedAtMs: fix.recordedAtMs ?? recordedAtMs,
    suspect: null,
  }
  return { kind: 'committed', recordedAtMs, clamped, guard }
}

function unchanged(kind: AdmissionKind, guard: Guard, recordedAtMs: UnixMs, clamped: boolean): Admission {
  return { kind, recordedAtMs, clamped, guard }
}
