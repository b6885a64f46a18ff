/**
 * Tells drivers' actors what has become of their vehicle. That is noted in the record with each change, so it may be told late, by
 * any node and more than once: an actor takes the latest. Whoever makes a change has it told at once; what could not be
 * told then is looked for by every node now and then.
 */
import type { Gateway } from '../actors/gateway.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { Cancel, Clock } from '../actors/runtime/ports.ts'
import type { DriverId } from '../domain/ids.ts'
import type { Sql } from '../store/postgres.ts'
import { type VehicleNews as News, newsTold, vehicleNews } from '../store/vehicles.ts'

export interface VehicleNewsDeps {
  readonly sql: Sql
  readonly gateway: Pick<Gateway, 'askDriver'>
  readonly clock: Clock
  readonly log: (sentence: string) => void
}

const EVERY_MS = 2_000
/** In one look. */
const NEWS_MAX = 100

export class VehicleNews {
  readonly #deps: VehicleNewsDeps
  #cancel: Cancel | null = null
  #isStopped = false

  constructor(deps: VehicleNewsDeps) {
    this.#deps = deps
  }

  start(): void {
    if (this.#isStopped) return
    this.#cancel = this.#deps.clock.after(EVERY_MS, () => {
      void this.#look(null).then(() => this.start())
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  /** Those of a change that was just made. What cannot be told now is told later. */
  async tell(driverIds: readonly DriverId[]): Promise<void> {
    if (driverIds.length > 0) await this.#look(driverIds)
  }

  async #look(driverIds: readonly DriverId[] | null): Promise<void> {
    const { sql, log } = this.#deps
    try {
      const news = await vehicleNews(sql, driverIds, NEWS_MAX)
      await Promise.all(news.map(one => this.#tellOne(one)))
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) log(`drivers could not be told of their vehicle: ${String(error)}`)
    }
  }

  async #tellOne({ driverId, change, vehicle }: News): Promise<void> {
    const { sql, gateway } = this.#deps
    const driven = vehicle && {
      vehicleId: vehicle.vehicleId,
      type: vehicle.type,
      capacity: vehicle.capacity,
      maintenance: vehicle.maintenance.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
    }
    const reply = await gateway.askDriver(driverId, { kind: 'driver.vehicle', change, vehicle: driven })
    if (reply.kind === 'driver' || reply.kind === 'not_found') await newsTold(sql, driverId, change)
  }
}
