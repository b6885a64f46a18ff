/** The reporting fleet: each driver goes round a block of its own, somewhere in the city, at the pace of traffic. */
import type { LatLng } from '../../src/domain/geo.ts'
import { SAN_FRANCISCO } from '../../src/sim/city.ts'
import { seededRandom } from '../../src/sim/random.ts'

const SPREAD_M = 8_000
const RADIUS_M = 300
const SPEED_MPS = 8
const METRES_PER_DEGREE = 111_195
const MICRODEGREES = 1e6

export interface BenchFleet {
  readonly size: number
  driverId(index: number): string
  place(index: number, atMs: number): LatLng
}

/** @param run  part of the ids, so that a run on a node with a past counts its own rows only. */
export function benchFleet(size: number, run: string): BenchFleet {
  const random = seededRandom(1)
  const latitudes = new Float64Array(size)
  const longitudes = new Float64Array(size)
  const metresPerLongitude = METRES_PER_DEGREE * Math.cos((SAN_FRANCISCO.latitude * Math.PI) / 180)
  for (let i = 0; i < size; i++) {
    const [angle, distanceM] = [2 * Math.PI * random(), SPREAD_M * Math.sqrt(random())]
    latitudes[i] = SAN_FRANCISCO.latitude + (Math.sin(angle) * distanceM) / METRES_PER_DEGREE
    longitudes[i] = SAN_FRANCISCO.longitude + (Math.cos(angle) * distanceM) / metresPerLongitude
  }
  return {
    size,
    driverId: index => `bench_${run}_${index}`,
    place(index, atMs) {
      const angle = ((atMs / 1_000) * SPEED_MPS) / RADIUS_M + index
      return {
        latitude: micro((latitudes[index] ?? 0) + (Math.sin(angle) * RADIUS_M) / METRES_PER_DEGREE),
        longitude: micro((longitudes[index] ?? 0) + (Math.cos(angle) * RADIUS_M) / metresPerLongitude),
      }
    },
  }
}

function micro(degrees: number): number {
  return Math.round(degrees * MICRODEGREES) / MICRODEGREES
}
