/**
 * The drivers that a matching cell knows. A batch asks how many are free and, once per order, for the nearest: as long as there
 * are some thousands, to look at all of them is quicker than to walk rings of cells that are mostly empty, or full of drivers
 * that cannot.
 *
 * What is looked at lies flat in arrays, kept up to date by each word of a driver rather than made anew for each batch: most batches
 * are of one order, and a walk through thousands of objects for each would be most of what an order costs. So a driver has a slot;
 * whoever leaves, the last one takes its slot.
 *
 * Of a fleet so large that a look at all is slow, a batch of many orders makes an index when it is asked for the first time, and the next word of
 * a driver drops it: kept up to date it would weigh more on each driver, all the time, than it ever spares.
 */
import type { LatLng } from '../../domain/geo.ts'
import type { DriverId, UnixMs } from '../../domain/ids.ts'
import { PointIndex } from '../../domain/point-index.ts'
import type { OpenDriver } from './matching-cell.messages.ts'

export interface KnownDriver {
  readonly driver: OpenDriver
  readonly seenAtMs: UnixMs
  readonly reservedUntilMs: UnixMs
}

export interface NearestAsk {
  readonly limit: number
  readonly radiusM: number
  /** Only whoever is free by then, and not reserved for somebody now. */
  readonly open?: { readonly nowMs: UnixMs; readonly freeByMs: UnixMs }
  /** Asked only for drivers that would be among the nearest. */
  readonly accept: (driver: KnownDriver) => boolean
}

const METRES_PER_DEGREE = 111_195.08
const SLOTS_MIN = 64
/** To put a driver into an index costs about as much as so many looks at it. */
const LOOKS_PER_ENTRY = 30
/** With fewer a look at all is as quick as an index is. */
const INDEXED_MIN = 20_000
/** In square metres: drivers may be half as dense as where the last order was. */
const GUESS_TIMES = 2

/** One number of each driver, by slot. */
class Column {
  values = new Float64Array(SLOTS_MIN)

  put(slot: number, value: number): void {
    if (slot >= this.values.length) {
      const grown = new Float64Array(2 * this.values.length)
      grown.set(this.values)
      this.values = grown
    }
    this.values[slot] = value
  }
}

export class DriverField {
  readonly #slots = new Map<DriverId, number>()
  readonly #drivers: KnownDriver[] = []
  readonly #latitudes = new Column()
  readonly #longitudes = new Column()
  readonly #freeAtMs = new Column()
  readonly #reservedUntilMs = new Column()
  readonly #seenAtMs = new Column()
  #served = 0
  /** Of slots; null until so many ask between two changes that it pays. */
  #index: PointIndex<number> | null = null
  #asked = 0
  /** By slot, squared, from the place that was asked for last; null: somebody has spoken since. */
  #distances = new Float64Array(SLOTS_MIN)
  #measuredFrom: LatLng | null = null
  /** By how many were asked for: how far the last of them was, squared, the last time that there were so many. */
  readonly #reached = new Map<number, number>()

  get size(): number {
    return this.#drivers.length
  }

  has(driverId: DriverId): boolean {
    return this.#slots.has(driverId)
  }

  get(driverId: DriverId): KnownDriver | undefined {
    const slot = this.#slots.get(driverId)
    return slot === undefined ? undefined : this.#drivers[slot]
  }

  set(known: KnownDriver): void {
    const { driver } = known
    const slot = this.#slots.get(driver.driverId) ?? this.#drivers.length
    this.#served += driver.servedToday - (this.#drivers[slot]?.driver.servedToday ?? 0)
    this.#slots.set(driver.driverId, slot)
    this.#put(slot, known)
    this.#moved()
  }

  delete(driverId: DriverId): void {
    const slot = this.#slots.get(driverId)
    if (slot === undefined) return
    this.#served -= this.#drivers[slot]?.driver.servedToday ?? 0
    this.#slots.delete(driverId)
    this.#moved()
    const last = this.#drivers.pop()
    if (last === undefined || last.driver.driverId === driverId) return
    this.#slots.set(last.driver.driverId, slot)
    this.#put(slot, last)
  }

  free(nowMs: UnixMs): number {
    let count = 0
    for (let slot = 0; slot < this.#drivers.length; slot++) if (this.#isOpen(slot, nowMs, nowMs)) count++
    return count
  }

  get meanServed(): number {
    return this.size === 0 ? 0 : this.#served / this.size
  }

  /** Those that were not heard of since then. */
  silentSince(atMs: UnixMs): DriverId[] {
    const silent: DriverId[] = []
    for (let slot = 0; slot < this.#drivers.length; slot++) {
      const known = (this.#seenAtMs.values[slot] ?? 0) < atMs ? this.#drivers[slot] : undefined
      if (known) silent.push(known.driver.driverId)
    }
    return silent
  }

  /** The nearest first; equally far ones in the order of their ids. */
  nearest(p: LatLng, ask: NearestAsk): KnownDriver[] {
    this.#asked++
    if (this.size < INDEXED_MIN || this.#asked < LOOKS_PER_ENTRY) return this.#nearestByLook(p, ask)
    this.#index ??= this.#makeIndex()
    return this.#nearestByIndex(this.#index, p, ask)
  }

  #makeIndex(): PointIndex<number> {
    const index = new PointIndex<number>((a, b) => this.#idOf(a) < this.#idOf(b))
    for (const { driver } of this.#drivers) index.add(index.size, driver.position)
    return index
  }

  /** What was found out of who was where. */
  #moved(): void {
    this.#index = null
    this.#asked = 0
    this.#measuredFrom = null
  }

  #idOf(slot: number): string {
    return this.#drivers[slot]?.driver.driverId ?? ''
  }

  #nearestByIndex(index: PointIndex<number>, p: LatLng, { limit, radiusM, open, accept }: NearestAsk): KnownDriver[] {
    const isAccepted = (slot: number): boolean => {
      const driver = this.#drivers[slot]
      if (driver === undefined || (open && !this.#isOpen(slot, open.nowMs, open.freeByMs))) return false
      return accept(driver)
    }
    const near = index.nearest(p, { limit, radiusM, accept: isAccepted })
    return near.flatMap(({ item }) => this.#drivers[item] ?? [])
  }

  /**
   * The nearest of the last time tell how far to look this time: nearly everybody is beyond that, and needs no place among the
   * nearest that somebody else takes a moment later. Where they turn out to be farther apart here, it is looked again.
   */
  #nearestByLook(p: LatLng, ask: NearestAsk): KnownDriver[] {
    this.#measure(p)
    const radius = ask.radiusM * ask.radiusM
    const guess = GUESS_TIMES * (this.#reached.get(ask.limit) ?? radius)
    const near = guess < radius ? this.#look(guess, ask) : null
    const nearest = near?.isFull ? near : this.#look(radius, ask)
    if (nearest.isFull) this.#reached.set(ask.limit, nearest.bound)
    return nearest.found
  }

  /** How far everybody is from there, for all that is asked of that place until somebody speaks. On a plane, which over a city is off by less than 0.1 %. */
  #measure(p: LatLng): void {
    if (this.#measuredFrom === p) return
    this.#measuredFrom = p
    const size = this.#drivers.length
    const latitudes = this.#latitudes.values
    const longitudes = this.#longitudes.values
    if (this.#distances.length < size) this.#distances = new Float64Array(latitudes.length)
    const distances = this.#distances
    const perDegreeEast = METRES_PER_DEGREE * Math.cos((p.latitude * Math.PI) / 180)
    for (let slot = 0; slot < size; slot++) {
      const northM = ((latitudes[slot] ?? 0) - p.latitude) * METRES_PER_DEGREE
      const eastM = shorterWay((longitudes[slot] ?? 0) - p.longitude) * perDegreeEast
      distances[slot] = northM * northM + eastM * eastM
    }
  }

  #look(bound: number, { limit, open, accept }: NearestAsk): Nearest {
    const nearest = new Nearest(limit, bound)
    const drivers = this.#drivers
    const distances = this.#distances
    const size = drivers.length
    for (let slot = 0; slot < size; slot++) {
      const distance = distances[slot] ?? 0
      if (distance > nearest.bound || (open && !this.#isOpen(slot, open.nowMs, open.freeByMs))) continue
      const driver = drivers[slot]
      if (driver !== undefined && nearest.takes(driver, distance) && accept(driver)) nearest.insert(driver, distance)
    }
    return nearest
  }

  #isOpen(slot: number, nowMs: UnixMs, freeByMs: UnixMs): boolean {
    return (this.#reservedUntilMs.values[slot] ?? 0) <= nowMs && (this.#freeAtMs.values[slot] ?? 0) <= freeByMs
  }

  #put(slot: number, known: KnownDriver): void {
    const { driver, reservedUntilMs, seenAtMs } = known
    this.#drivers[slot] = known
    this.#latitudes.put(slot, driver.position.latitude)
    this.#longitudes.put(slot, driver.position.longitude)
    this.#freeAtMs.put(slot, driver.freeAtMs)
    this.#reservedUntilMs.put(slot, reservedUntilMs)
    this.#seenAtMs.put(slot, seenAtMs)
  }
}

/** The nearest so far, in order. */
class Nearest {
  readonly found: KnownDriver[] = []
  readonly #distances: Float64Array
  readonly #limit: number
  /** Whoever is farther is none of them. */
  bound: number

  constructor(limit: number, bound: number) {
    this.#limit = limit
    this.#distances = new Float64Array(limit)
    this.bound = bound
  }

  get isFull(): boolean {
    return this.found.length === this.#limit
  }

  takes(driver: KnownDriver, distance: number): boolean {
    return this.found.length < this.#limit || this.#isBefore(driver, distance, this.#limit - 1)
  }

  insert(driver: KnownDriver, distance: number): void {
    let at = Math.min(this.found.length, this.#limit - 1)
    for (; at > 0 && this.#isBefore(driver, distance, at - 1); at--) {
      this.#distances[at] = this.#distances[at - 1] ?? 0
      this.found[at] = this.found[at - 1] ?? driver
    }
    this.#distances[at] = distance
    this.found[at] = driver
    if (this.found.length === this.#limit) this.bound = this.#distances[this.#limit - 1] ?? this.bound
  }

  #isBefore({ driver }: KnownDriver, distance: number, at: number): boolean {
    const other = this.#distances[at] ?? 0
    return distance < other || (distance === other && driver.driverId < (this.found[at]?.driver.driverId ?? ''))
  }
}

/** Across the date line. */
function shorterWay(degrees: number): number {
  if (degrees > 180) return degrees - 360
  return degrees < -180 ? degrees + 360 : degrees
}
