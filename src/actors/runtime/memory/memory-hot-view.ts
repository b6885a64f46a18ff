/**
 * The hot view of an embedded node: where every driver is now, in this process. Nothing here is the record: after a start
 * it is empty and fills again from the fixes that come in, and past its limit it forgets whom it has known longest.
 *
 * A driver's place is kept in one object that is written again and again. To keep each newest fix instead would make the young of
 * every collection live: one object and one text for each driver that has moved since the last.
 */
import type { DriverId } from '../../../domain/ids.ts'
import { PointIndex } from '../../../domain/point-index.ts'
import { isWanted } from '../hot-driver.ts'
import type { HotDriver, HotView, LiveFix, NearbyDriver, NearbyQuery, Standing } from '../ports.ts'

/** Of its own: what was given is not kept. */
type OwnFix = { -readonly [field in keyof LiveFix]: LiveFix[field] }

interface Known {
  readonly fix: OwnFix
  status: string | null
  vehicleType: string | null
  orderId: string | null
}

interface Entry {
  readonly driver: Known
  /** In the index. */
  readonly slot: number
}

/** About 500 MB; more than any fleet that one node serves. */
const DRIVERS_MAX = 1_000_000

export class MemoryHotView implements HotView {
  readonly #entries = new Map<DriverId, Entry>()
  readonly #index = new PointIndex<Known>((a, b) => a.fix.driverId < b.fix.driverId)
  /** Of drivers that have said what they do but not yet where they are. */
  readonly #standings = new Map<DriverId, Standing>()
  readonly #driversMax: number

  constructor(driversMax: number = DRIVERS_MAX) {
    this.#driversMax = driversMax
  }

  get size(): number {
    return this.#entries.size
  }

  putFix(fix: LiveFix): void {
    const entry = this.#entries.get(fix.driverId)
    if (entry === undefined) {
      this.#add(fix)
      return
    }
    // Two worker threads may tell of one driver around its move; the older news must not win by coming last.
    if (fix.recordedAtMs < entry.driver.fix.recordedAtMs) return
    overwrite(entry.driver.fix, fix)
    this.#index.moved(entry.slot)
  }

  putDriver(driverId: DriverId, { status, vehicleType, orderId }: Standing): void {
    const entry = this.#entries.get(driverId)
    if (entry !== undefined) {
      Object.assign(entry.driver, { status, vehicleType, orderId })
      return
    }
    forgetOldest(this.#standings, this.#driversMax)
    this.#standings.set(driverId, { status, vehicleType, orderId })
  }

  refill({ fix, status, vehicleType, orderId }: HotDriver): void {
    this.putFix(fix)
    const known = this.#entries.get(fix.driverId)?.driver
    if (known === undefined || known.status !== null || status === null) return
    Object.assign(known, { status, vehicleType, orderId })
  }

  get(driverId: DriverId): HotDriver | null {
    return this.#entries.get(driverId)?.driver ?? null
  }

  async getAll(driverIds: readonly DriverId[]): Promise<(HotDriver | null)[]> {
    return driverIds.map(driverId => this.get(driverId))
  }

  nearby(query: NearbyQuery): NearbyDriver[] {
    const { limit, radiusM } = query
    const near = this.#index.nearest(query, { limit, radiusM, accept: driver => isWanted(driver, query) })
    return near.map(({ item: driver, distanceM }) => ({ driver, distanceM }))
  }

  async all(limit: number): Promise<HotDriver[]> {
    return [...this.entries().take(limit)]
  }

  entries(): IteratorObject<HotDriver> {
    return this.#entries.values().map(entry => entry.driver)
  }

  #add(fix: LiveFix): void {
    const forgotten = forgetOldest(this.#entries, this.#driversMax)
    if (forgotten !== null) this.#index.remove(forgotten.slot)
    const standing = this.#standings.get(fix.driverId)
    this.#standings.delete(fix.driverId)
    const driver: Known = {
      fix: ownFix(fix),
      status: standing?.status ?? null,
      vehicleType: standing?.vehicleType ?? null,
      orderId: standing?.orderId ?? null,
    }
    this.#entries.set(fix.driverId, { driver, slot: this.#index.add(driver, driver.fix) })
  }
}

/** @param fix  may be a row of the history, with more in it than a live fix. */
function ownFix(fix: LiveFix): OwnFix {
  const { driverId, latitude, longitude, speed, heading, accuracy, recordedAtMs, receivedAtMs, orderId } = fix
  return { driverId, latitude, longitude, speed, heading, accuracy, recordedAtMs, receivedAtMs, orderId }
}

/** The text of the id stays the one that was there first. */
function overwrite(own: OwnFix, fix: LiveFix): void {
  own.latitude = fix.latitude
  own.longitude = fix.longitude
  own.speed = fix.speed
  own.heading = fix.heading
  own.accuracy = fix.accuracy
  own.recordedAtMs = fix.recordedAtMs
  own.receivedAtMs = fix.receivedAtMs
  own.orderId = fix.orderId
}

/** A map keeps its keys in the order in which they came. @returns what made room, if anything had to. */
function forgetOldest<K, V>(map: Map<K, V>, max: number): V | null {
  if (map.size < max) return null
  for (const [oldest, value] of map) {
    map.delete(oldest)
    return value
  }
  return null
}
