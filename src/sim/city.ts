import type { LatLng } from '../domain/geo.ts'
import { distanceM } from '../domain/geo.ts'
import type { Uniform } from '../domain/ids.ts'
import { gaussian, randomStream, weightedIndex } from './random.ts'
import { type Point, type Streets, snapToStreet, streetRoute, toLatLng, toPoint } from './streets.ts'

/**
 * A synthetic city from a seed: streets, hot spots with a daily rhythm, and a curve of demand over the day. People leave
 * homes and stations in the morning, offices in the evening, bars at night, so supply drifts away from demand as it
 * does in a real one.
 */
export interface City {
  readonly streets: Streets
  readonly hotSpots: readonly HotSpot[]
}

export interface HotSpot {
  readonly kind: HotSpotKind
  readonly at: Point
  readonly spreadM: number
}

export type HotSpotKind = 'homes' | 'offices' | 'station' | 'nightlife'

export const SAN_FRANCISCO: LatLng = { latitude: 37.77, longitude: -122.43 }

const BLOCK_M = 120
const HALF_BLOCKS = 40
const BRIDGES = 5
/** The share of trips that start or end just anywhere. */
const ELSEWHERE_SHARE = 0.25
const TRIP_MIN_M = 700
const TRIES_MAX = 12
const HOT_SPOTS: readonly HotSpotKind[] = [
  'offices',
  'offices',
  'homes',
  'homes',
  'homes',
  'station',
  'nightlife',
  'nightlife',
]

interface Rhythm {
  /** Weights at night (0–6 h), in the morning (6–11 h), by day (11–17 h), in the evening (17–24 h). */
  readonly leaving: readonly [number, number, number, number]
  readonly arriving: readonly [number, number, number, number]
}

const RHYTHMS: Record<HotSpotKind, Rhythm> = {
  homes: { leaving: [1, 5, 2, 2], arriving: [5, 1, 2, 4] },
  offices: { leaving: [0.5, 1, 4, 5], arriving: [0.5, 6, 4, 1] },
  station: { leaving: [0.5, 4, 3, 3], arriving: [0.5, 3, 3, 4] },
  nightlife: { leaving: [6, 0.5, 1, 3], arriving: [2, 0.2, 1, 5] },
}

/** Demand of each hour against the mean hour. */
const DAY_CURVE = [
  1.0, 0.8, 0.6, 0.4, 0.3, 0.4, 0.6, 0.9, 1.1, 1.0, 0.9, 0.9, 1.0, 1.0, 0.9, 0.9, 1.0, 1.3, 1.6, 1.7, 1.5, 1.4, 1.4,
  1.4,
] as const

export function createCity(seed: number, center: LatLng): City {
  const random = randomStream(seed, 'city')
  const halfM = HALF_BLOCKS * BLOCK_M
  const riverSouthM = BLOCK_M * Math.round((random() - 0.5) * HALF_BLOCKS)
  const streets: Streets = {
    center,
    blockM: BLOCK_M,
    halfM,
    turnRad: (random() - 0.5) * (Math.PI / 4),
    riverSouthM,
    riverNorthM: riverSouthM + 2 * BLOCK_M,
    bridgesM: Array.from({ length: BRIDGES }, (_, i) => bridgeM(i, random)),
    diagonalM: BLOCK_M * Math.round((random() - 0.5) * HALF_BLOCKS),
  }
  return { streets, hotSpots: HOT_SPOTS.map(kind => hotSpot(kind, streets, random)) }
}

function bridgeM(index: number, random: Uniform): number {
  const gapBlocks = (2 * HALF_BLOCKS) / BRIDGES
  return BLOCK_M * (-HALF_BLOCKS + Math.floor(gapBlocks * index + random() * gapBlocks))
}

function hotSpot(kind: HotSpotKind, streets: Streets, random: Uniform): HotSpot {
  // Offices and nightlife crowd the middle, homes lie around it.
  const reachM = streets.halfM * (kind === 'homes' ? 0.85 : 0.45)
  const at = { x: (2 * random() - 1) * reachM, y: (2 * random() - 1) * reachM }
  return { kind, at: snapToStreet(streets, at), spreadM: kind === 'homes' ? 900 : 350 + random() * 300 }
}

/** Demand at an hour (0–24, fractions between the hours) against the mean of the day. */
export function demandAt(hour: number): number {
  const wrapped = ((hour % 24) + 24) % 24
  const before = Math.floor(wrapped)
  const [from, to] = [DAY_CURVE[before] ?? 1, DAY_CURVE[(before + 1) % 24] ?? 1]
  return from + (to - from) * (wrapped - before)
}

/** Any place on a street. */
export function anyPlace(city: City, random: Uniform): LatLng {
  const { halfM } = city.streets
  return onStreet(city, { x: (2 * random() - 1) * halfM, y: (2 * random() - 1) * halfM })
}

/** A trip as people make it at that hour. */
export function sampleTrip(city: City, hour: number, random: Uniform): { pickup: LatLng; dropoff: LatLng } {
  const pickup = samplePlace(city, 'leaving', hour, random)
  let dropoff = samplePlace(city, 'arriving', hour, random)
  for (let i = 0; i < TRIES_MAX && distanceM(pickup, dropoff) < TRIP_MIN_M; i++) {
    dropoff = samplePlace(city, 'arriving', hour, random)
  }
  return { pickup, dropoff }
}

function samplePlace(city: City, way: keyof Rhythm, hour: number, random: Uniform): LatLng {
  if (random() < ELSEWHERE_SHARE) return anyPlace(city, random)
  const part = partOfDay(hour)
  const weights = city.hotSpots.map(spot => RHYTHMS[spot.kind][way][part])
  const spot = city.hotSpots[weightedIndex(random, weights)]
  if (spot === undefined) return anyPlace(city, random)
  return onStreet(city, {
    x: gaussian(random, spot.at.x, spot.spreadM),
    y: gaussian(random, spot.at.y, spot.spreadM),
  })
}

function partOfDay(hour: number): 0 | 1 | 2 | 3 {
  const wrapped = ((hour % 24) + 24) % 24
  if (wrapped < 6) return 0
  if (wrapped < 11) return 1
  return wrapped < 17 ? 2 : 3
}

function onStreet(city: City, point: Point): LatLng {
  return toLatLng(city.streets, snapToStreet(city.streets, point))
}

/** The way along the streets; its ends are the two places themselves. */
export function cityRoute(city: City, from: LatLng, to: LatLng): LatLng[] {
  const { streets } = city
  const [start, end] = [snapToStreet(streets, toPoint(streets, from)), snapToStreet(streets, toPoint(streets, to))]
  const corners = streetRoute(streets, start, end).map(point => toLatLng(streets, point))
  return [from, ...corners, to]
}
