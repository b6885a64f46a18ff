import type { LatLng } from '../domain/geo.ts'
import { distanceM } from '../domain/geo.ts'

/** A drive along a way at constant speed: where its vehicle is at any time, without a step in between. */
export interface Journey {
  readonly way: readonly LatLng[]
  /** Metres from the start to each point of the way. */
  readonly reachedM: readonly number[]
  readonly startMs: number
  readonly endMs: number
}

export interface Pace {
  readonly speedMps: number
  /** Drives take this much longer than their way: 1.3 for straight lines in a city, 1 where the way follows streets. */
  readonly detour: number
}

export interface Heading {
  readonly place: LatLng
  readonly headingDeg: number
}

export function drive(way: readonly LatLng[], pace: Pace, startMs: number): Journey {
  const reachedM: number[] = []
  let totalM = 0
  way.forEach((point, i) => {
    totalM += i === 0 ? 0 : distanceM(way[i - 1] ?? point, point)
    reachedM.push(totalM)
  })
  return { way, reachedM, startMs, endMs: startMs + ((totalM * pace.detour) / pace.speedMps) * 1_000 }
}

/** A journey that has already arrived. */
export function stay(place: LatLng, nowMs: number): Journey {
  return { way: [place], reachedM: [0], startMs: nowMs, endMs: nowMs }
}

export function placeAt(journey: Journey, nowMs: number): Heading {
  const { way, reachedM } = journey
  const last = way.length - 1
  const end = way[last]
  if (end === undefined) throw new RangeError('a journey has at least one point')
  const goneM = (reachedM[last] ?? 0) * shareDone(journey, nowMs)
  let leg = 1
  while (leg < last && (reachedM[leg] ?? 0) < goneM) leg++
  const [from, to] = [way[leg - 1] ?? end, way[leg] ?? end]
  const legM = (reachedM[leg] ?? 0) - (reachedM[leg - 1] ?? 0)
  const share = legM === 0 ? 1 : (goneM - (reachedM[leg - 1] ?? 0)) / legM
  return { place: share >= 1 ? to : between(from, to, share), headingDeg: headingDeg(from, to) }
}

function shareDone(journey: Journey, nowMs: number): number {
  if (nowMs >= journey.endMs) return 1
  return Math.max(0, (nowMs - journey.startMs) / (journey.endMs - journey.startMs))
}

function between(from: LatLng, to: LatLng, share: number): LatLng {
  return {
    latitude: from.latitude + (to.latitude - from.latitude) * share,
    longitude: from.longitude + (to.longitude - from.longitude) * share,
  }
}

function headingDeg(from: LatLng, to: LatLng): number {
  const north = to.latitude - from.latitude
  const east = (to.longitude - from.longitude) * Math.cos((from.latitude * Math.PI) / 180)
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360
}
