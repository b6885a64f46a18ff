/**
 * Which geofences a driver is in, and what a new fix changes of that. Pure: one driver, one fix after the other, each newer
 * than the one before (late ones never come here).
 *
 * In is in: the first fix within a fence enters it. Out is not yet out: receivers jitter by tens of metres, so a fence is left by
 * a fix that is farther outside than that, or, near its border, only when no fix has been inside for a while. A driver that stands
 * on a border is therefore told of at most about once a minute. A fix that says itself that it may be anywhere changes nothing.
 */
import type { UnixMs, ZoneId } from '../ids.ts'
import { contains, edgeDistanceM } from './shape.ts'
import type { IndexedZone, Surroundings } from './zone-index.ts'

export interface FenceFix {
  readonly latitude: number
  readonly longitude: number
  /** Metres. */
  readonly accuracy: number | null
  readonly recordedAtMs: UnixMs
}

/** A geofence that a driver is in: what is kept of it. */
export interface InsideFence {
  readonly zoneId: ZoneId
  /** The time of the fix that entered it. */
  readonly sinceMs: UnixMs
  /** That it has been there for long was told. */
  readonly dwelled: boolean
}

export interface TrackedFence extends InsideFence {
  /** Since the first of the last fixes that were outside, near the border; null: the last one was inside. */
  readonly outsideSinceMs: UnixMs | null
}

/** Why a fence was left. Where it was drawn anew around a driver that stands still, it counts as moved. */
export type LeaveReason = 'moved' | 'zone_deleted'

export type Crossing =
  | { readonly kind: 'entered'; readonly zoneId: ZoneId; readonly zoneVersion: number; readonly fix: FenceFix }
  | {
      readonly kind: 'left'
      readonly zoneId: ZoneId
      readonly zoneVersion: number
      readonly fix: FenceFix
      readonly sinceMs: UnixMs
      readonly reason: LeaveReason
    }
  | {
      readonly kind: 'dwelled'
      readonly zoneId: ZoneId
      readonly zoneVersion: number
      readonly fix: FenceFix
      readonly sinceMs: UnixMs
    }

export interface Step {
  readonly inside: readonly TrackedFence[]
  readonly crossings: readonly Crossing[]
  /** Fences that it should have entered, beyond the most that are kept of one driver. */
  readonly refused: readonly ZoneId[]
}

/** Of a receiver in a street, beyond what it says of itself. */
const MARGIN_MIN_M = 25
const MARGIN_MAX_M = 100
/** Near the border, but never inside: left after this long. */
export const SETTLE_MS = 60_000
/** A fix that may be farther off than this says nothing about a fence. */
export const ACCURACY_MAX_M = 250
/** Of one driver at a time. They stand in its row, which every crossing writes. */
export const FENCES_PER_DRIVER_MAX = 50

export function isTooVague({ accuracy }: FenceFix): boolean {
  return accuracy !== null && accuracy > ACCURACY_MAX_M
}

/** True: nothing can come of it. Asked for every fix. */
export function isQuiet(inside: readonly TrackedFence[], around: Surroundings): boolean {
  return inside.length === 0 && around.edge.length === 0 && around.inner.length === 0
}

/** @param zoneOf  as it is now; undefined: it was deleted. */
export function step(
  inside: readonly TrackedFence[],
  fix: FenceFix,
  around: Surroundings,
  zoneOf: (zoneId: ZoneId) => IndexedZone | undefined,
): Step {
  const crossings: Crossing[] = []
  const stays: TrackedFence[] = []
  const zones = fencesAt(around, fix)
  for (const fence of inside) {
    const zone = zoneOf(fence.zoneId)
    const next = zone === undefined || zone.kind !== 'geofence' ? null : stay(fence, zone, zones, fix)
    if (next === null) crossings.push(leaving(fence, zone, fix))
    else {
      const isLong = zone !== undefined && zone.dwellMs !== null && fix.recordedAtMs - fence.sinceMs >= zone.dwellMs
      const dwells = !next.dwelled && next.outsideSinceMs === null && isLong
      if (dwells) {
        const { zoneId, sinceMs } = fence
        crossings.push({ kind: 'dwelled', zoneId, zoneVersion: zone.version, fix, sinceMs })
      }
      stays.push(dwells ? { ...next, dwelled: true } : next)
    }
  }
  const refused: ZoneId[] = []
  for (const zone of zones) {
    if (inside.some(fence => fence.zoneId === zone.zoneId)) continue
    if (stays.length >= FENCES_PER_DRIVER_MAX) {
      refused.push(zone.zoneId)
      continue
    }
    const { zoneId, version: zoneVersion } = zone
    crossings.push({ kind: 'entered', zoneId, zoneVersion, fix })
    stays.push({ zoneId, sinceMs: fix.recordedAtMs, dwelled: false, outsideSinceMs: null })
  }
  const isSame = crossings.length === 0 && stays.every((fence, i) => fence === inside[i])
  return { inside: isSame ? inside : stays, crossings, refused }
}

function fencesAt({ inner, edge }: Surroundings, fix: FenceFix): IndexedZone[] {
  const found: IndexedZone[] = []
  for (const zone of inner) if (zone.kind === 'geofence') found.push(zone)
  for (const zone of edge) if (zone.kind === 'geofence' && contains(zone.shape, fix)) found.push(zone)
  return found
}

/** @returns null where it is left. */
function stay(
  fence: TrackedFence,
  zone: IndexedZone,
  zones: readonly IndexedZone[],
  fix: FenceFix,
): TrackedFence | null {
  if (zones.includes(zone)) return fence.outsideSinceMs === null ? fence : { ...fence, outsideSinceMs: null }
  const marginM = Math.min(MARGIN_MAX_M, Math.max(MARGIN_MIN_M, fix.accuracy ?? 0))
  if (edgeDistanceM(zone.shape, fix) > marginM) return null
  if (fence.outsideSinceMs === null) return { ...fence, outsideSinceMs: fix.recordedAtMs }
  return fix.recordedAtMs - fence.outsideSinceMs >= SETTLE_MS ? null : fence
}

function leaving({ zoneId, sinceMs }: TrackedFence, zone: IndexedZone | undefined, fix: FenceFix): Crossing {
  const gone = zone === undefined || zone.kind !== 'geofence'
  return {
    kind: 'left',
    zoneId,
    zoneVersion: zone?.version ?? 0,
    fix,
    sinceMs,
    reason: gone ? 'zone_deleted' : 'moved',
  }
}
