import type { LatLng } from '../domain/geo.ts'
import { anyPlace, createCity, sampleTrip } from './city.ts'
import { type Demand, noDemand, recordedDemand, startsFromTrips, syntheticDemand } from './demand.ts'
import { randomStream } from './random.ts'
import { type RecordedFix, type RecordedTrip, RecordingError, readRecording } from './replay.ts'
import { cityTerrain, straightTerrain, type Terrain } from './terrain.ts'
import { hasOrders, type WorldOptions } from './world-options.ts'

/** What will happen, as far as it does not depend on the node. */
export interface WorldPlan {
  readonly terrain: Terrain
  readonly demand: Demand
  /** Where each vehicle of the fleet starts. */
  readonly starts: readonly LatLng[]
  /** Recorded vehicles, sorted by time. */
  readonly fixes: readonly RecordedFix[]
  /** The recorded second at which the world begins. */
  readonly fromTs: number
}

/** The share of a synthetic fleet that starts where people go, rather than anywhere. */
const STARTS_AT_DEMAND = 0.5

/** @throws {RecordingError} a file cannot be replayed. */
export async function planWorld(options: WorldOptions): Promise<WorldPlan> {
  const trips = options.tripsFile === null ? null : await readTrips(options.tripsFile, options)
  const fixes = options.tracesFile === null ? [] : await readFixes(options.tracesFile, options)
  const fromTs = options.fromTs > 0 ? options.fromTs : Math.min(...firstOf(trips ?? []), ...firstOf(fixes))
  if (trips !== null) return { ...recordedPlan(trips, fromTs, options), fixes, fromTs }
  return { ...syntheticPlan(options), fixes, fromTs }
}

function recordedPlan(
  trips: readonly RecordedTrip[],
  fromTs: number,
  options: WorldOptions,
): Omit<WorldPlan, 'fixes' | 'fromTs'> {
  return {
    terrain: straightTerrain(options.speedMps * options.speedup),
    demand: recordedDemand(trips, fromTs, options.speedup),
    starts: startsFromTrips(trips, options.drivers, options.seed),
  }
}

function syntheticPlan(options: WorldOptions): Omit<WorldPlan, 'fixes' | 'fromTs'> {
  const { seed, center, startHour, speedup, ordersPerHour } = options
  const city = createCity(seed, center)
  const random = randomStream(seed, 'starts')
  const start = () =>
    random() < STARTS_AT_DEMAND ? sampleTrip(city, startHour, random).pickup : anyPlace(city, random)
  const durationS = options.durationS ?? Number.POSITIVE_INFINITY
  const asks = hasOrders(options)
  // Recorded vehicles alone are the whole fleet: nobody drives a made-up city beside them.
  const drivers = options.tracesFile !== null && !asks ? 0 : options.drivers
  return {
    terrain: cityTerrain(city, options.speedMps * speedup),
    demand: asks ? syntheticDemand({ city, seed, ordersPerHour, startHour, speedup, durationS }) : noDemand(),
    starts: Array.from({ length: drivers }, start),
  }
}

async function readTrips(path: string, period: WorldOptions): Promise<readonly RecordedTrip[]> {
  const recording = await readRecording(path, period)
  if (recording.kind !== 'trips') throw new RecordingError(`${path} holds no trips`)
  if (recording.trips.length === 0) throw new RecordingError(`${path} holds no trip of the period`)
  return recording.trips
}

async function readFixes(path: string, period: WorldOptions): Promise<readonly RecordedFix[]> {
  const recording = await readRecording(path, period)
  if (recording.kind !== 'traces') throw new RecordingError(`${path} holds no traces`)
  if (recording.fixes.length === 0) throw new RecordingError(`${path} holds no fix of the period`)
  return recording.fixes
}

function firstOf(rows: readonly { readonly ts: number }[]): number[] {
  return rows[0] === undefined ? [] : [rows[0].ts]
}
