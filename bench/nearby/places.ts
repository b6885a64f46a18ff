/** A fleet over a city, and places to ask about. */
import type { LatLng } from '../../src/domain/geo.ts'
import { SAN_FRANCISCO } from '../../src/sim/city.ts'
import { seededRandom } from '../../src/sim/random.ts'

/** About 11 km each way. */
const SPREAD_DEGREES = 0.1
/** What a vehicle goes between two reports, a few hundred metres. */
const STEP_DEGREES = 0.002

export interface Places {
  readonly homes: readonly LatLng[]
  /** Where somebody is after his n-th report. */
  moved(index: number): LatLng
  /** Anywhere in the city. */
  anywhere(): LatLng
}

export function places(drivers: number, seed: number): Places {
  const random = seededRandom(seed)
  const around = (centre: LatLng, degrees: number): LatLng => ({
    latitude: centre.latitude + (random() * 2 - 1) * degrees,
    longitude: centre.longitude + (random() * 2 - 1) * degrees,
  })
  const homes = Array.from({ length: drivers }, () => around(SAN_FRANCISCO, SPREAD_DEGREES))
  return {
    homes,
    moved: index => around(homes[index % drivers] ?? SAN_FRANCISCO, STEP_DEGREES),
    anywhere: () => around(SAN_FRANCISCO, SPREAD_DEGREES),
  }
}
