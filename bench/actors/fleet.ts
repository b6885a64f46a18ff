/** Many cities, so that no metropolis is larger than one is: a driver's costs hang on how many others are around. */
import type { LatLng } from '../../src/domain/geo.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { seededRandom } from '../../src/sim/random.ts'

const PER_CITY = 10_000
/** Cities lie farther apart than a matching cell is wide. */
const APART_DEGREES = 1.5
const CITIES_PER_ROW = 20
const FIRST = { latitude: 30, longitude: -120 }
/** About 11 km each way. */
const SPREAD_DEGREES = 0.1
/** A few metres: nobody changes cells because of it, or only those that live on a border. */
const STEP_DEGREES = 0.00005

export interface ActorFleet {
  readonly size: number
  driverId(index: number): DriverId
  /** Near its home, a little elsewhere each time. */
  place(index: number, report: number): LatLng
}

export function actorFleet(size: number): ActorFleet {
  const random = seededRandom(1)
  const latitudes = new Float64Array(size)
  const longitudes = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const city = Math.floor(i / PER_CITY)
    latitudes[i] = FIRST.latitude + Math.floor(city / CITIES_PER_ROW) * APART_DEGREES + random() * SPREAD_DEGREES
    longitudes[i] = FIRST.longitude + (city % CITIES_PER_ROW) * APART_DEGREES + random() * SPREAD_DEGREES
  }
  return {
    size,
    driverId: index => `driver_${index}` as DriverId,
    place: (index, report) => ({
      latitude: (latitudes[index] ?? 0) + (report % 4) * STEP_DEGREES,
      longitude: (longitudes[index] ?? 0) + (report % 3) * STEP_DEGREES,
    }),
  }
}
