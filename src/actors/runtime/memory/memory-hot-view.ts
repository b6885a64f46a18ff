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

class Known implements HotDriver {
  readonly fix: OwnFix
  status: string | null
  vehicleType: string | null
  orderId: string | null
  /** In the index. Here, and not beside it: one object less to wait for with each position. */
  readonly #slot: number

  constructor(fix: OwnFix, standing: Standing | undefined, index: PointIndex<Known>) {
    this.fix = fix
    this.status = standing?.status ?? null
    this.vehicleType = standing?.vehicleType ?? null
    this.orderId = standing?.orderId ?? null
    this.#slot = index.add(this, fix)
  }

  get slot(): number {
    return this.#slot
  }
}

/** About 500 MB; more than any fleet that one node serves. */
const DRIVERS_MAX = 1_000_000

export class MemoryHotView implements HotView {
  readonly #drivers = new Map<DriverId, Known>()
  readonly #index = new PointIndex<Known>((a, b) => a.fix.driverId < b.fix.driverId)
  /** Of drivers that have said what they do but not yet where they are. */
  readonly #standings = new Map<DriverId, Standing>()
  readonly #driversMax: number

  constructor(driversMax: number = DRIVERS_MAX) {
    this.#driversMax = driversMax
  }

  get size(): number {
    return this.#drivers.size
  }

  putFix(fix: LiveFix): void {
    const driver = this.#drivers.get(fix.driverId)
    if (driver === undefined) {
      this.#add(fix)
      return
    }
    // Two worker threads may tell of one driver around its move; the older news must not win by coming last.
    if (fix.recordedAtMs < driver.fix.recordedAtMs) return
    overwrite(driver.fix, fix)
    this.#index.moved(driver.slot)
  }

  putDriver(driverId: DriverId, { status, vehicleType, orderId }: Standing): void {
    const driver = this.#drivers.get(driverId)
    if (driver !== undefined) {
      Object.assign(driver, { status, vehicleType, orderId })
      return
    }
    forgetOldest(this.#standings, this.#driversMax)
    this.#standings.set(driverId, { status, vehicleType, orderId })
  }

  refill({ fix, status, vehicleType, orderId }: HotDriver): void {
    this.putFix(fix)
    const known = this.#drivers.get(fix.driverId)
    if (known === undefined || known.status !== null || status === null) return
    Object.assign(known, { status, vehicleType, orderId })
  }

  get(driverId: DriverId): HotDriver | null {
    return this.#drivers.get(driverId) ?? null
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
    return this.#drivers.values()
  }

  #add(fix: LiveFix): void {
    const forgotten = forgetOldest(this.#drivers, this.#driversMax)
    if (forgotten !== null) this.#index.remove(forgotten.slot)
    const standing = this.#standings.get(fix.driverId)
    this.#standings.delete(fix.driverId)
    this.#drivers.set(fix.driverId, new Known(ownFix(fix), standing, this.#index))
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
