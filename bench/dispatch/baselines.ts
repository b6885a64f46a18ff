/**
 * The baselines: two policies that see the whole city at once, ask nobody and are told everything at no cost.
 *
 * - `greedy`: each second, each open request in turn takes the nearest free driver.
 * - `batch`: each window, the open requests get the free drivers that cost them the least pickup time together.
 *
 * A driver is free once it has dropped its passenger off, and waits there. What they reach is a mark for the engine, so
 * they are kept simple and exact: changing how ties are broken changes their figures in the last digit.
 */
import { travelTimeS } from '../../src/domain/eta.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import type { RecordedTrip } from '../../src/sim/replay.ts'
import { assignDense } from './dense-assignment.ts'
import type { DispatchInput, FleetDriver } from './input.ts'
import type { DispatchOptions } from './options.ts'
import type { Service } from './outcome.ts'

/** Of each request, the nearest drivers that enter the batch. */
const CANDIDATES_MAX = 24
/** To leave a request open costs more than any pickup, and a driver that is no candidate more than that. */
const OPEN_COST_S = 1e5
const NO_CANDIDATE_S = 1e7
const GREEDY_STEP_S = 1

export interface BaselineRun {
  readonly services: readonly Service[]
  readonly solver: Histogram
}

/** @returns requests that it served, in the order of assignment. */
export function runBaseline(input: DispatchInput, options: DispatchOptions): BaselineRun {
  const city = new SeenCity(input, options)
  const solver = new Histogram()
  const match = options.policy === 'greedy' ? matchNearest : matchBatch
  const stepS = options.policy === 'greedy' ? GREEDY_STEP_S : Math.max(1, options.windowS)
  for (let nowS = city.firstS; nowS <= city.lastS + options.patienceS; nowS += stepS) {
    city.advanceTo(nowS)
    const idle = city.open.length === 0 ? [] : city.idle()
    if (idle.length === 0) continue
    const startedMs = performance.now()
    match(city, idle)
    solver.record(performance.now() - startedMs)
  }
  return { services: city.services, solver }
}

class SeenCity {
  readonly services: Service[] = []
  readonly pickupMaxS: number
  readonly firstS: number
  readonly lastS: number
  open: RecordedTrip[] = []
  readonly #trips: readonly RecordedTrip[]
  readonly #fleet: readonly FleetDriver[]
  readonly #places: LatLng[]
  readonly #freeAtS: Float64Array
  readonly #options: DispatchOptions
  #nowS = 0
  #next = 0

  constructor({ trips, fleet }: DispatchInput, options: DispatchOptions) {
    this.#trips = trips
    this.#fleet = fleet
    this.#places = [...fleet]
    this.#freeAtS = new Float64Array(fleet.length)
    this.#options = options
    this.pickupMaxS = options.pickupMaxS
    this.firstS = trips[0]?.ts ?? 0
    this.lastS = trips.at(-1)?.ts ?? 0
  }

  /** Requests come in, and whoever has lost patience leaves. */
  advanceTo(nowS: number): void {
    this.#nowS = nowS
    for (let trip = this.#trips[this.#next]; trip && trip.ts <= nowS; trip = this.#trips[++this.#next]) {
      this.open.push(trip)
    }
    this.open = this.open.filter(trip => nowS - trip.ts <= this.#options.patienceS)
  }

  idle(): number[] {
    const idle: number[] = []
    for (let driver = 0; driver < this.#places.length; driver++) if (this.isIdle(driver)) idle.push(driver)
    return idle
  }

  isIdle(driver: number): boolean {
    const duty = this.#fleet[driver]
    if (duty === undefined || this.#nowS < duty.onTs || this.#nowS >= duty.offTs) return false
    return (this.#freeAtS[driver] ?? 0) <= this.#nowS
  }

  pickupS(driver: number, trip: RecordedTrip): number {
    return travelTimeS(this.#placeOf(driver), trip.pickup, this.#options)
  }

  assign(trip: RecordedTrip, driver: number): void {
    const { stopS } = this.#options
    const pickupS = this.pickupS(driver, trip)
    const tripS = travelTimeS(trip.pickup, trip.dropoff, this.#options)
    const waitS = this.#nowS - trip.ts + pickupS
    const handoverS = Math.max(waitS, (trip.readyTs ?? trip.ts) - trip.ts)
    this.services.push({ driver, pickupS, waitS, handoverS, chained: false, tripS })
    const leavesS = Math.max(this.#nowS + pickupS, trip.readyTs ?? 0) + stopS
    this.#freeAtS[driver] = leavesS + tripS + stopS
    this.#places[driver] = trip.dropoff
  }

  #placeOf(driver: number): LatLng {
    const place = this.#places[driver]
    if (place === undefined) throw new RangeError(`there is no driver ${driver}`)
    return place
  }
}

function matchNearest(city: SeenCity, idle: readonly number[]): void {
  city.open = city.open.filter(trip => {
    let nearest = -1
    let leastS = city.pickupMaxS
    for (const driver of idle) {
      const pickupS = city.isIdle(driver) ? city.pickupS(driver, trip) : leastS
      if (pickupS < leastS) [nearest, leastS] = [driver, pickupS]
    }
    if (nearest >= 0) city.assign(trip, nearest)
    return nearest < 0
  })
}

interface Near {
  readonly driver: number
  readonly pickupS: number
}

function matchBatch(city: SeenCity, idle: readonly number[]): void {
  const near = city.open.map(trip => nearestOf(city, idle, trip))
  const columnOf = new Map<number, number>()
  for (const { driver } of near.flat()) if (!columnOf.has(driver)) columnOf.set(driver, columnOf.size)
  const drivers = [...columnOf.keys()]
  // Behind the drivers, each request has a column of its own for staying open.
  const columns = drivers.length + city.open.length
  const costs = near.map((candidates, i) => {
    const row = new Float64Array(columns).fill(NO_CANDIDATE_S)
    for (const { driver, pickupS } of candidates) row[columnOf.get(driver) ?? -1] = pickupS
    row[drivers.length + i] = OPEN_COST_S
    return row
  })
  const chosen = assignDense(costs, columns)
  city.open = city.open.filter((trip, i) => {
    const column = chosen[i] ?? -1
    const driver = drivers[column]
    if (driver === undefined || (costs[i]?.[column] ?? OPEN_COST_S) >= OPEN_COST_S) return true
    city.assign(trip, driver)
    return false
  })
}

/** The nearest first; of equally near ones the first in the fleet. */
function nearestOf(city: SeenCity, idle: readonly number[], trip: RecordedTrip): Near[] {
  const near: Near[] = []
  for (const driver of idle) {
    const pickupS = city.pickupS(driver, trip)
    if (pickupS >= city.pickupMaxS) continue
    if (near.length === CANDIDATES_MAX) {
      if (pickupS >= (near.at(-1)?.pickupS ?? 0)) continue
      near.pop()
    }
    let at = near.length
    while (at > 0 && (near[at - 1]?.pickupS ?? 0) > pickupS) at--
    near.splice(at, 0, { driver, pickupS })
  }
  return near
}
