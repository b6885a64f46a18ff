/**
 * The hot view, one for each mode: a driver of tests is never near anybody, nor in the fleet, because it is in another view. Who
 * asks for drivers by place says of which mode; who asks by id gets whomever the id names. That of tests is this node's own
 * memory: it knows the drivers whose positions came here.
 */
import type { HotDriver, HotView, LiveFix, NearbyDriver, NearbyQuery, Standing } from '../actors/runtime/ports.ts'
import type { DriverId } from '../domain/ids.ts'
import { type Mode, modeOfDriver } from '../domain/mode.ts'
import type { Soon } from './soon.ts'

export class SplitHotView implements HotView {
  readonly #views: Readonly<Record<Mode, HotView>>

  constructor(views: Readonly<Record<Mode, HotView>>) {
    this.#views = views
  }

  of(mode: Mode): HotView {
    return this.#views[mode]
  }

  get size(): number {
    return this.#views.live.size
  }

  putFix(fix: LiveFix): void {
    this.#viewOf(fix.driverId).putFix(fix)
  }

  putDriver(driverId: DriverId, standing: Standing): void {
    this.#viewOf(driverId).putDriver(driverId, standing)
  }

  refill(driver: HotDriver): void {
    this.#viewOf(driver.fix.driverId).refill(driver)
  }

  get(driverId: DriverId): Soon<HotDriver | null> {
    return this.#viewOf(driverId).get(driverId)
  }

  /** All of one mode: a list is. */
  getAll(driverIds: readonly DriverId[]): Promise<(HotDriver | null)[]> {
    const [first] = driverIds
    return first === undefined ? Promise.resolve([]) : this.#viewOf(first).getAll(driverIds)
  }

  /** Of live ones. */
  nearby(query: NearbyQuery): Soon<NearbyDriver[]> {
    return this.#views.live.nearby(query)
  }

  /** Of live ones. */
  all(limit: number): Promise<HotDriver[]> {
    return this.#views.live.all(limit)
  }

  #viewOf(driverId: DriverId): HotView {
    return this.#views[modeOfDriver(driverId)]
  }
}
