import type { LatLng } from '../domain/geo.ts'
import { type City, demandAt, sampleTrip } from './city.ts'
import { exponential, randomStream, seededRandom } from './random.ts'
import type { RecordedTrip } from './replay.ts'

/** A trip that somebody will ask for. */
export interface TripRequest {
  readonly index: number
  /** Real milliseconds after the world began. */
  readonly afterMs: number
  readonly pickup: LatLng
  readonly dropoff: LatLng
}

/** Trips in the order of their time. */
export type Demand = Iterator<TripRequest, undefined>

/** Each recorded trip at its own time, in a world that runs `speedup` times as fast. */
export function* recordedDemand(trips: readonly RecordedTrip[], fromTs: number, speedup: number): Demand {
  for (const [index, { ts, pickup, dropoff }] of trips.entries()) {
    yield { index, afterMs: ((ts - fromTs) / speedup) * 1_000, pickup, dropoff }
  }
  return undefined
}

export interface SyntheticDemandOptions {
  readonly city: City
  readonly seed: number
  /** Per world hour, at the start. */
  readonly ordersPerHour: number
  readonly startHour: number
  readonly speedup: number
  readonly durationS: number
}

/** A Poisson stream whose rate and places follow the day. */
export function* syntheticDemand(options: SyntheticDemandOptions): Demand {
  const random = randomStream(options.seed, 'demand')
  const scale = options.ordersPerHour / demandAt(options.startHour)
  let worldS = 0
  for (let index = 0; ; index++) {
    const hour = options.startHour + worldS / 3_600
    worldS += exponential(random, 3_600 / (scale * demandAt(hour)))
    const afterMs = (worldS / options.speedup) * 1_000
    if (afterMs >= options.durationS * 1_000) return undefined
    yield { index, afterMs, ...sampleTrip(options.city, hour, random) }
  }
}

/** Nobody wants anything. */
export function noDemand(): Demand {
  return { next: () => ({ done: true, value: undefined }) }
}

/** Where a fleet starts: at pickups drawn with the seed, the very same as the yardstick of dispatch quality draws. */
export function startsFromTrips(trips: readonly RecordedTrip[], count: number, seed: number): LatLng[] {
  const random = seededRandom(seed)
  const starts: LatLng[] = []
  for (let i = 0; i < count; i++) {
    const trip = trips[Math.floor(random() * trips.length)]
    if (trip !== undefined) starts.push(trip.pickup)
  }
  return starts
}
