/**
 * Where the drivers are that could be given something in this batch, flat in two arrays. A batch asks for the nearest of
 * them once per order; as long as they are some hundreds, to look at all of them is quicker than to walk rings of cells
 * that are mostly empty, or full of drivers that cannot.
 */
import type { LatLng } from '../../domain/geo.ts'
import type { KnownDriver } from './matching-cell.state.ts'

const METRES_PER_DEGREE = 111_195.08

export interface NearestAsk {
  readonly limit: number
  readonly radiusM: number
  /** Asked only for drivers that would be among the nearest. */
  readonly accept: (driver: KnownDriver) => boolean
}

export class OpenField {
  readonly #drivers: readonly KnownDriver[]
  readonly #latitudes: Float64Array
  readonly #longitudes: Float64Array

  constructor(drivers: readonly KnownDriver[]) {
    this.#drivers = drivers
    this.#latitudes = Float64Array.from(drivers, ({ driver }) => driver.position.latitude)
    this.#longitudes = Float64Array.from(drivers, ({ driver }) => driver.position.longitude)
  }

  get size(): number {
    return this.#drivers.length
  }

  /** The nearest first; of equally far ones whoever was known first. On a plane, which over a city is off by less than 0.1 %. */
  nearest(p: LatLng, { limit, radiusM, accept }: NearestAsk): KnownDriver[] {
    const found: KnownDriver[] = []
    const distances: number[] = []
    const perDegreeEast = METRES_PER_DEGREE * Math.cos((p.latitude * Math.PI) / 180)
    let bound = radiusM * radiusM
    for (let i = 0; i < this.#drivers.length; i++) {
      const northM = ((this.#latitudes[i] ?? 0) - p.latitude) * METRES_PER_DEGREE
      const eastM = shorterWay((this.#longitudes[i] ?? 0) - p.longitude) * perDegreeEast
      const distance = northM * northM + eastM * eastM
      const driver = this.#drivers[i]
      if (distance > bound || driver === undefined || !accept(driver)) continue
      if (found.length === limit && distance >= bound) continue
      insert(found, distances, driver, distance, limit)
      if (found.length === limit) bound = distances[limit - 1] ?? bound
    }
    return found
  }
}

function insert(found: KnownDriver[], distances: number[], driver: KnownDriver, distance: number, limit: number): void {
  if (found.length === limit) {
    found.pop()
    distances.pop()
  }
  let at = found.length
  while (at > 0 && (distances[at - 1] ?? 0) > distance) at--
  found.splice(at, 0, driver)
  distances.splice(at, 0, distance)
}

/** Across the date line. */
function shorterWay(degrees: number): number {
  if (degrees > 180) return degrees - 360
  return degrees < -180 ? degrees + 360 : degrees
}
