/**
 * The hot view of a node in a cluster: Redis for what others have heard, this node's own memory for what it has heard
 * itself, and for everything while Redis is away. A read therefore never fails and never waits longer than Redis's
 * time-out; at worst it knows less, and then the driver's actor is asked.
 *
 * The two can disagree. A driver that moved to another node stands in our memory where it left, so what we know alone is
 * looked up in Redis before it is shown, and by itself counts only while it is fresh.
 */
import { isWanted, merged } from '../../actors/runtime/hot-driver.ts'
import type { MemoryHotView } from '../../actors/runtime/memory/memory-hot-view.ts'
import type {
  Clock,
  HotDriver,
  HotView,
  LiveFix,
  NearbyDriver,
  NearbyQuery,
  Standing,
} from '../../actors/runtime/ports.ts'
import { asOfMs } from '../../domain/freshness.ts'
import { distanceM } from '../../domain/geo.ts'
import type { DriverId, UnixMs } from '../../domain/ids.ts'
import type { RedisHotView } from './redis-hot-view.ts'
import { RedisUnavailableError } from './redis-link.ts'

export interface TieredHotViewOptions {
  readonly own: MemoryHotView
  readonly shared: RedisHotView
  readonly clock: Clock
  readonly staleMs: number
  /** Redis refused a read, which is answered without it. */
  readonly onRefused: (error: unknown) => void
}

/** Drivers put again without a pause, when Redis has lost them: some milliseconds. */
const REFILL_SLICE = 5_000
/** About 100 MB: as many drivers as memory keeps. */
const HEARD_MAX = 1_000_000

export class TieredHotView implements HotView {
  readonly #options: TieredHotViewOptions
  /** When this node heard what it knows of a driver's status. */
  readonly #saidAtMs = new Map<DriverId, UnixMs>()
  #isRefilling = false

  constructor(options: TieredHotViewOptions) {
    this.#options = options
  }

  get size(): number {
    return Math.max(this.#options.own.size, this.#options.shared.size)
  }

  putFix(fix: LiveFix): void {
    this.#options.own.putFix(fix)
    this.#options.shared.putFix(fix)
  }

  putDriver(driverId: DriverId, standing: Standing): void {
    const saidAtMs = this.#options.clock.nowMs()
    this.#options.own.putDriver(driverId, standing)
    this.#heard(driverId, saidAtMs)
    this.#options.shared.putDriver(driverId, standing, saidAtMs)
  }

  refill(driver: HotDriver): void {
    this.#options.own.refill(driver)
    this.#options.shared.refill(driver)
  }

  async get(driverId: DriverId): Promise<HotDriver | null> {
    const [driver] = await this.getAll([driverId])
    return driver ?? null
  }

  async getAll(driverIds: readonly DriverId[]): Promise<(HotDriver | null)[]> {
    const shared = await this.#fromShared(view => view.getAll(driverIds))
    return driverIds.map((driverId, i) => merged(shared?.[i] ?? null, this.#fresh(driverId)))
  }

  async nearby(query: NearbyQuery): Promise<NearbyDriver[]> {
    const own = this.#options.own.nearby(query)
    const shared = await this.#fromShared(view => view.nearby(query))
    if (shared === null) return own
    const found = new Map(shared.map(({ driver }) => [driver.fix.driverId, driver]))
    const alone = own.map(({ driver }) => driver).filter(({ fix }) => !found.has(fix.driverId))
    for (const driver of await this.#lookedUp(alone)) found.set(driver.fix.driverId, driver)
    for (const { driver } of own) found.set(driver.fix.driverId, newer(found.get(driver.fix.driverId), driver))
    return [...found.values()]
      .map(driver => ({ driver, distanceM: distanceM(query, driver.fix) }))
      .filter(near => near.distanceM <= query.radiusM && isWanted(near.driver, query))
      .sort((a, b) => a.distanceM - b.distanceM)
      .slice(0, query.limit)
  }

  async all(limit: number): Promise<HotDriver[]> {
    const shared = (await this.#fromShared(view => view.all(limit))) ?? []
    const found = new Map(shared.map(driver => [driver.fix.driverId, driver]))
    for (const driver of this.#options.own.entries()) {
      const known = found.get(driver.fix.driverId)
      if (known !== undefined || found.size < limit) found.set(driver.fix.driverId, newer(known, driver))
    }
    return [...found.values()]
  }

  /**
   * Puts again what this node knows and what is still fresh, when Redis has lost it. With the time at which it was heard: a
   * node that a driver has left still knows what it did there, and may be the first to put it.
   */
  refillShared(): void {
    if (this.#isRefilling) return
    this.#isRefilling = true
    this.#refillSlice(this.#options.own.entries())
  }

  /** Past the limit whoever was heard of longest ago counts as looked up. */
  #heard(driverId: DriverId, atMs: UnixMs): void {
    this.#saidAtMs.delete(driverId)
    this.#saidAtMs.set(driverId, atMs)
    if (this.#saidAtMs.size <= HEARD_MAX) return
    for (const oldest of this.#saidAtMs.keys()) {
      this.#saidAtMs.delete(oldest)
      return
    }
  }

  #refillSlice(left: Iterator<HotDriver>): void {
    const { shared, clock, staleMs } = this.#options
    const freshSinceMs = clock.nowMs() - staleMs
    for (let i = 0; i < REFILL_SLICE; i++) {
      const { value, done } = left.next()
      if (done) {
        this.#isRefilling = false
        return
      }
      if (asOfMs(value.fix) >= freshSinceMs) shared.refill(value, this.#saidAtMs.get(value.fix.driverId))
    }
    clock.after(0, () => this.#refillSlice(left))
  }

  #fresh(driverId: DriverId): HotDriver | null {
    const driver = this.#options.own.get(driverId)
    const { clock, staleMs } = this.#options
    return driver !== null && asOfMs(driver.fix) >= clock.nowMs() - staleMs ? driver : null
  }

  async #lookedUp(drivers: readonly HotDriver[]): Promise<HotDriver[]> {
    if (drivers.length === 0) return []
    const shared = await this.#fromShared(view => view.getAll(drivers.map(({ fix }) => fix.driverId)))
    return drivers.map((driver, i) => newer(shared?.[i] ?? undefined, driver))
  }

  /** @returns null where Redis cannot say. */
  async #fromShared<T>(read: (view: RedisHotView) => Promise<T>): Promise<T | null> {
    try {
      return await read(this.#options.shared)
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) this.#options.onRefused(error)
      return null
    }
  }
}

/** Whoever speaks to all nodes is believed about what the driver does, and the newer about where it is. */
function newer(shared: HotDriver | undefined, own: HotDriver): HotDriver {
  return merged(shared ?? null, own) ?? own
}
