/**
 * Drives the virtual couriers that this node has a lease on. Where each is, and what it is for, is a row; what it has to do follows from
 * its driver and its order as they are committed. So a node that dies loses nothing: another one, or its next life, takes
 * the lease when it has lapsed and goes on. Two that drive one courier for a moment would do the same twice, which every step bears.
 */
import type { DriverState } from '../actors/driver/driver.state.ts'
import type { Gateway } from '../actors/gateway.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { Cancel, Clock } from '../actors/runtime/ports.ts'
import type { LatLng } from '../domain/geo.ts'
import type { DriverId, UnixMs } from '../domain/ids.ts'
import { type Act, next } from './courier.ts'
import { FIX_EVERY_MS, LEASE_EVERY_MS, LEASE_MS, TICK_MS } from './limits.ts'
import type { CourierRecord, CourierStore } from './ports.ts'

export interface VirtualFleetParts {
  readonly gateway: Pick<Gateway, 'askDriver' | 'askOrder' | 'ingest'>
  readonly store: CourierStore
  readonly clock: Clock
  /** Names this life of this node. */
  readonly node: string
  /** An error that is no weather: a bug. The others go on. */
  readonly onError: (error: unknown) => void
}

interface Driven {
  record: CourierRecord
  place: LatLng
  atMs: UnixMs
  fixAtMs: UnixMs
  /** The step before is not over. */
  isBusy: boolean
}

export class VirtualFleet {
  readonly #parts: VirtualFleetParts
  readonly #driven = new Map<DriverId, Driven>()
  #leasedAtMs = 0
  #isStopped = false
  #ticking: Promise<void> = Promise.resolve()
  #cancel: Cancel = () => undefined

  constructor(parts: VirtualFleetParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#driven.size
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(TICK_MS, () => {
      this.#ticking = this.#tick().then(() => {
        if (!this.#isStopped) this.start()
      })
    })
  }

  /** There is one more, or one is to behave otherwise. */
  hint(): void {
    this.#leasedAtMs = 0
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#ticking
  }

  async #tick(): Promise<void> {
    try {
      const nowMs = this.#parts.clock.nowMs()
      if (nowMs - this.#leasedAtMs >= LEASE_EVERY_MS) await this.#lease(nowMs)
      await Promise.all([...this.#driven.values()].filter(({ isBusy }) => !isBusy).map(driven => this.#drive(driven)))
    } catch (error) {
      this.#failed(error)
    }
  }

  async #lease(nowMs: UnixMs): Promise<void> {
    const { store, node } = this.#parts
    const places = new Map([...this.#driven].map(([driverId, { place }]) => [driverId, place]))
    this.#leasedAtMs = nowMs
    const records = await store.lease({ node, nowMs, untilMs: nowMs + LEASE_MS, places })
    const kept = new Set(records.map(({ driverId }) => driverId))
    for (const driverId of this.#driven.keys()) if (!kept.has(driverId)) this.#driven.delete(driverId)
    for (const record of records) {
      const known = this.#driven.get(record.driverId)
      if (known) known.record = record
      else this.#driven.set(record.driverId, { record, place: record.place, atMs: nowMs, fixAtMs: 0, isBusy: false })
    }
  }

  /** What comes of an act is seen with the next look: a refusal is no error here. */
  async #drive(driven: Driven): Promise<void> {
    driven.isBusy = true
    try {
      const { clock } = this.#parts
      if (clock.nowMs() >= driven.record.expiresAtMs) return await this.#sendHome(driven.record.driverId)
      const driver = await this.#driverOf(driven)
      if (driver === null) return
      const [first] = driver.assignments
      const order = first ? await this.#parts.store.readOrder(first.orderId) : null
      const nowMs = clock.nowMs()
      const { place, act } = next(
        { ...driven.record, place: driven.place, atMs: driven.atMs },
        { driver, order, nowMs },
      )
      const hasMoved = place !== driven.place
      driven.place = place
      driven.atMs = nowMs
      if (hasMoved || nowMs - driven.fixAtMs >= FIX_EVERY_MS) await this.#report(driven, nowMs)
      if (act !== null) await this.#perform(driven.record.driverId, act)
    } catch (error) {
      this.#failed(error)
    } finally {
      driven.isBusy = false
    }
  }

  async #driverOf({ record: { driverId } }: Driven): Promise<DriverState | null> {
    const reply = await this.#parts.gateway.askDriver(driverId, { kind: 'driver.read' })
    return reply.kind === 'driver' ? (reply.driver as unknown as DriverState) : null
  }

  async #report(driven: Driven, nowMs: UnixMs): Promise<void> {
    const { driverId, speedMps } = driven.record
    const measured = { speed: speedMps, heading: null, accuracy: 5, recordedAtMs: nowMs, orderId: null }
    driven.fixAtMs = nowMs
    await this.#parts.gateway.ingest([{ driverId, fix: { ...driven.place, ...measured } }])
  }

  async #perform(driverId: DriverId, act: Act): Promise<void> {
    const { gateway } = this.#parts
    const by = { role: 'driver', id: driverId } as const
    switch (act.kind) {
      case 'go_on_duty':
        await gateway.askDriver(driverId, { kind: 'driver.availability', status: 'available' })
        break
      case 'accept':
        await gateway.askOrder(act.orderId, { kind: 'order.accept', by, offerId: act.offerId })
        break
      case 'decline':
        await gateway.askOrder(act.orderId, { kind: 'order.decline', by, offerId: act.offerId, reason: 'declined' })
        break
      case 'status':
        await gateway.askOrder(act.orderId, { ...act, kind: 'order.status', by })
        break
      case 'drop_out':
        await gateway.askOrder(act.orderId, { kind: 'order.unassign', by, reason: 'dropped out' })
        break
    }
  }

  async #sendHome(driverId: DriverId): Promise<void> {
    await this.#parts.gateway.askDriver(driverId, { kind: 'driver.availability', status: 'offline' })
    await this.#parts.store.remove(driverId)
    this.#driven.delete(driverId)
  }

  /** While the record is silent they stand still. */
  #failed(error: unknown): void {
    if (!(error instanceof StoreUnavailableError)) this.#parts.onError(error)
  }
}
