import type { LatLng } from '../domain/geo.ts'
import type { Uniform } from '../domain/ids.ts'
import { anyPlace, type City, cityRoute } from './city.ts'
import { drive, type Journey, type Pace } from './journey.ts'

/** How vehicles get about in a world, in real time: a world at tenfold speed has roads that are ten times as fast. */
export interface Terrain {
  journey(from: LatLng, to: LatLng, startMs: number): Journey
  /** Where a free vehicle drifts to next; null where it stays and waits. */
  cruiseTo(random: Uniform): LatLng | null
}

/** What haversine distances are multiplied with: the yardstick of dispatch quality does the same. */
const STRAIGHT_DETOUR = 1.3

export function cityTerrain(city: City, speedMps: number): Terrain {
  const pace: Pace = { speedMps, detour: 1 }
  return {
    journey: (from, to, startMs) => drive(cityRoute(city, from, to), pace, startMs),
    cruiseTo: random => anyPlace(city, random),
  }
}

export function straightTerrain(speedMps: number): Terrain {
  const pace: Pace = { speedMps, detour: STRAIGHT_DETOUR }
  return {
    journey: (from, to, startMs) => drive([from, to], pace, startMs),
    cruiseTo: () => null,
  }
}
