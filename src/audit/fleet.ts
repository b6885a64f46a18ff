/** All drivers: registered, on duty, reporting four times a second by their sockets, by HTTP, by both, and some things twice. */
import type { LatLng } from '../domain/geo.ts'
import type { Uniform } from '../domain/ids.ts'
import { Driver } from './driver.ts'
import { type Fix, pointOf } from './position-book.ts'
import type { World } from './world.ts'

const CENTER: LatLng = { latitude: 37.775, longitude: -122.418 }
/** A few kilometres: several regions, which drivers cross. */
const SPREAD_DEG = 0.03
const LARGE_SHARE = 0.3
const REPORT_EVERY_MS = 250
const TICK_MS = 50
/** Of the reports: by HTTP, by both ways, twice on the socket, two positions in a frame. */
const WAYS = { http: 0.12, both: 0.04, twice: 0.04, pair: 0.1 } as const
/** Batches that wait for their answer; beyond them all goes by socket. */
const BATCHES_MAX = 40
const OFF_DUTY_EVERY_MS = 12_000
const OFF_DUTY_MAX_MS = 1_500

export function placeIn(random: Uniform): LatLng {
  const at = (center: number) => Math.round((center + (random() * 2 - 1) * SPREAD_DEG) * 1e6) / 1e6
  return { latitude: at(CENTER.latitude), longitude: at(CENTER.longitude) }
}

export class Fleet {
  readonly drivers: readonly Driver[]
  readonly #world: World
  readonly #random: Uniform
  #batches = 0
  #isReporting = false

  constructor(world: World, size: number) {
    this.#world = world
    this.#random = world.random('fleet')
    this.drivers = Array.from({ length: size }, (_, index) => {
      const capacity = this.#random() < LARGE_SHARE ? 2 : 1
      const driverId = `${world.runId}-${index}`
      return new Driver({ driverId, index, capacity, place: placeIn(this.#random), world })
    })
  }

  get unsettled(): number {
    return this.drivers.reduce((sum, driver) => sum + driver.line.unsettled, 0) + this.#batches
  }

  async start(): Promise<void> {
    await Promise.all(this.drivers.map(driver => this.#register(driver)))
    this.#isReporting = true
    for (const driver of this.drivers) driver.line.open()
    await Promise.all(this.drivers.map(driver => this.#setAvailability(driver, 'available')))
    this.#world.start(this.#report())
    for (const [index, driver] of this.drivers.entries()) this.#world.start(this.#takeBreaks(driver, index))
  }

  stopReporting(): void {
    this.#isReporting = false
  }

  close(): void {
    for (const driver of this.drivers) driver.line.close()
  }

  async #register({ driverId, capacity }: Driver): Promise<void> {
    const body = { driver_id: driverId, capacity }
    const call = { method: 'POST', path: '/v1/drivers', body, idempotencyKey: driverId } as const
    const outcome = await this.#world.calls.untilAnswered(call)
    if (outcome.kind !== 'answered' || outcome.status !== 201) this.#world.calls.unexpected(call, outcome)
  }

  async #setAvailability({ driverId }: Driver, status: 'available' | 'offline'): Promise<void> {
    const { calls, ledger } = this.#world
    const call = { method: 'PUT', path: `/v1/drivers/${driverId}/availability`, body: { status } } as const
    ledger.availability.set(driverId, null)
    const outcome = await calls.untilAnswered(call)
    if (outcome.kind === 'answered' && outcome.status === 200) ledger.availability.set(driverId, status)
    else calls.unexpected(call, outcome)
  }

  async #takeBreaks(driver: Driver, index: number): Promise<void> {
    const random = this.#world.random(`breaks of ${index}`)
    while (this.#world.isLoading) {
      await this.#world.sleep(random() * 2 * OFF_DUTY_EVERY_MS)
      if (!this.#world.isLoading) return
      await this.#setAvailability(driver, 'offline')
      await this.#world.sleep(random() * OFF_DUTY_MAX_MS)
      await this.#setAvailability(driver, 'available')
    }
  }

  async #report(): Promise<void> {
    const groups = REPORT_EVERY_MS / TICK_MS
    for (let tick = 0; this.#isReporting; tick++) {
      await Bun.sleep(TICK_MS)
      const batch: Fix[] = []
      for (let i = tick % groups; i < this.drivers.length; i += groups) {
        const driver = this.drivers[i]
        if (driver !== undefined) batch.push(...this.#reportOf(driver))
      }
      if (batch.length > 0) this.#world.start(this.#postBatch(batch))
    }
  }

  /** @returns what goes by HTTP. */
  #reportOf(driver: Driver): Fix[] {
    const fix = driver.nextFix()
    let drawn = this.#random()
    const isWay = (share: number) => {
      drawn -= share
      return drawn < 0
    }
    const isHttpFree = this.#batches < BATCHES_MAX
    if (isWay(WAYS.http) && isHttpFree) return [fix]
    driver.line.report(isWay(WAYS.pair) ? [fix, driver.nextFix()] : [fix])
    if (isWay(WAYS.twice)) driver.line.report([fix])
    return isWay(WAYS.both) && isHttpFree ? [fix] : []
  }

  async #postBatch(fixes: readonly Fix[]): Promise<void> {
    const { calls, ledger } = this.#world
    const locations = fixes.map(fix => ({ driver_id: fix.driverId, ...pointOf(fix) }))
    const call = { method: 'POST', path: '/v1/locations', body: { locations } } as const
    this.#batches++
    const outcome = await calls.untilAnswered(call)
    this.#batches--
    if (outcome.kind !== 'answered') return
    const rejected = outcome.body?.rejected
    if (outcome.status !== 202 || !Array.isArray(rejected)) {
      calls.unexpected(call, outcome)
      return
    }
    // Rejected for want of room; whatever is said of the others means that they are stored.
    const indexes = new Set(rejected.map((row: { index?: unknown }) => row.index))
    ledger.positions.acked(fixes.filter((_, index) => !indexes.has(index)))
  }
}
