/**
 * Where the courier is drawn between two positions: on the way from the one to the other, which takes as long as the second took to
 * come. So it is drawn one position behind and never ahead of what is known; where none comes it stands still. Several that come at
 * once, after a hole in the line, are driven along one after the other instead of across the houses between them. Pure.
 */
import { distanceM } from '../../domain/geo.ts'
import type { Fix, Point } from './tracked.ts'

export interface Course {
  readonly driverId: string
  /** From where it was drawn to the newest position; at least one. */
  readonly way: readonly Point[]
  readonly fromMs: number
  readonly untilMs: number
  /** The newest position's. */
  readonly recordedAtMs: number
  readonly heading: number | null
}

export interface Drawn extends Point {
  /** 0 is north; null: nobody knows. */
  readonly heading: number | null
}

/** Shorter is a burst, longer a hole in the line: nobody waits so long to see the courier move. */
const WAY_MIN_MS = 300
const WAY_MAX_MS = 10_000
/** Farther is no way but a jump, and drawn as one. */
const JUMP_M = 2_000
/** Of a burst the last ones. */
const WAY_POINTS_MAX = 32
/** Within this a position shakes more than its driver moves. */
const STILL_M = 3

/** @returns the same course where the position is no news. */
export function extendCourse(course: Course | null, fix: Fix, nowMs: number): Course {
  if (course !== null && course.driverId === fix.driverId && fix.recordedAtMs <= course.recordedAtMs) return course
  const { driverId, recordedAtMs, heading, latitude, longitude } = fix
  const end: Point = { latitude, longitude }
  if (course === null || course.driverId !== driverId || isJump(course, end, nowMs)) {
    return { driverId, way: [end], fromMs: nowMs, untilMs: nowMs, recordedAtMs, heading }
  }
  const way = [...remaining(course, nowMs), end].slice(-WAY_POINTS_MAX)
  const tookMs = Math.min(WAY_MAX_MS, Math.max(WAY_MIN_MS, recordedAtMs - course.recordedAtMs))
  const drawn = drawnAt(course, nowMs)
  return { driverId, way, fromMs: nowMs, untilMs: nowMs + tookMs, recordedAtMs, heading: heading ?? drawn.heading }
}

export function drawnAt({ way, fromMs, untilMs, heading }: Course, nowMs: number): Drawn {
  const { leg, share } = placeOn(way, fromMs, untilMs, nowMs)
  const [from, to] = [way[leg], way[leg + 1]]
  const last = way[way.length - 1] as Point
  if (from === undefined || to === undefined) return { latitude: last.latitude, longitude: last.longitude, heading }
  return {
    latitude: from.latitude + (to.latitude - from.latitude) * share,
    longitude: from.longitude + (to.longitude - from.longitude) * share,
    heading: distanceM(from, to) < STILL_M ? heading : bearing(from, to),
  }
}

/** Whether a later frame would look otherwise. */
export function isMoving({ way, untilMs }: Course, nowMs: number): boolean {
  return way.length > 1 && nowMs < untilMs
}

function isJump(course: Course, end: Point, nowMs: number): boolean {
  return distanceM(drawnAt(course, nowMs), end) > JUMP_M
}

function remaining(course: Course, nowMs: number): Point[] {
  const { leg } = placeOn(course.way, course.fromMs, course.untilMs, nowMs)
  const { latitude, longitude } = drawnAt(course, nowMs)
  return [{ latitude, longitude }, ...course.way.slice(leg + 1)]
}

/** On which leg of the way, and how far along it: at one speed from its beginning to its end. */
function placeOn(
  way: readonly Point[],
  fromMs: number,
  untilMs: number,
  nowMs: number,
): { readonly leg: number; readonly share: number } {
  const legs = way.slice(1).map((point, i) => distanceM(way[i] as Point, point))
  const share = untilMs > fromMs ? Math.min(1, Math.max(0, (nowMs - fromMs) / (untilMs - fromMs))) : 1
  let left = legs.reduce((sum, m) => sum + m, 0) * share
  for (const [leg, m] of legs.entries()) {
    if (share < 1 && left < m) return { leg, share: left / m }
    left -= m
  }
  return { leg: legs.length, share: 1 }
}

function bearing(from: Point, to: Point): number {
  const north = to.latitude - from.latitude
  const east = (to.longitude - from.longitude) * Math.cos((from.latitude * Math.PI) / 180)
  return (Math.atan2(east, north) * 180) / Math.PI
}
