/**
 * The hot view of an embedded node: where every driver is now, in this process. Nothing here is the record: after a start
 * it is empty and fills again from the fixes that come in, and past its limit it forgets whom it has known longest.
 */
import type { DriverId } from '../../../domain/ids.ts'
import { PointIndex } from '../../../domain/point-index.ts'
import { isWanted } from '../hot-driver.ts'
import type { HotDriver, HotView, LiveFix, NearbyDriver, NearbyQuery, Standing } from '../ports.ts'

interface Known {
  fix: LiveFix
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
    entry.driver.fix = fix
    this.#index.move(entry.slot, fix)
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
      fix,
      status: standing?.status ?? null,
      vehicleType: standing?.vehicleType ?? null,
      orderId: standing?.orderId ?? null,
    }
    this.#entries.set(fix.driverId, { driver, slot: this.#index.add(driver, fix) })
  }
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
