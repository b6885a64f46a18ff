/** (b) and (c), at each instant of the record: who has which order, counted from the commits alone. */
import type { MemoryRecord } from '../actors/runtime/memory/memory-record.ts'
import type { JournalTurn } from '../actors/runtime/ports.ts'
import type { DriverId, OrderId } from '../domain/ids.ts'
import { Violation } from './violation.ts'

export class Ledger {
  readonly #record: MemoryRecord
  readonly #active = new Map<OrderId, { driverId: DriverId; size: number }>()
  readonly #loads = new Map<DriverId, number>()

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  onCommit(turns: readonly JournalTurn[]): void {
    const touched = new Set<DriverId>()
    const moved = new Set(turns.flatMap(({ row, actorId }) => (row.kind === 'driver' ? [actorId] : [])))
    for (const { claim, release, row, actorId } of turns) {
      if (claim && !moved.has(claim.driverId)) this.#checkPromise(claim)
      if (release) touched.add(this.#release(release.orderId, release.driverId))
      if (claim) touched.add(this.#claim(claim))
      if (row.kind === 'driver') touched.add(actorId as DriverId)
    }
    for (const driverId of touched) this.#check(driverId)
  }

  #release(orderId: OrderId, driverId: DriverId): DriverId {
    const active = this.#active.get(orderId)
    if (active?.driverId !== driverId) return driverId
    this.#active.delete(orderId)
    this.#loads.set(driverId, (this.#loads.get(driverId) ?? 0) - active.size)
    return driverId
  }

  #claim({ orderId, driverId, size }: NonNullable<JournalTurn['claim']>): DriverId {
    const active = this.#active.get(orderId)
    if (active) throw new Violation(`(b) ${orderId} is given to ${driverId} and ${active.driverId} has it`)
    this.#active.set(orderId, { driverId, size })
    this.#loads.set(driverId, (this.#loads.get(driverId) ?? 0) + size)
    return driverId
  }

  /** A promise counts only for the driver that made it: not after a crash of it, nor after another order. */
  #checkPromise({ driverId, driverEpoch, loadVersion, offerId }: NonNullable<JournalTurn['claim']>): void {
    const row = this.#record.peekDriver(driverId)
    if (row?.epoch === driverEpoch && row.loadVersion === loadVersion + 1) return
    throw new Violation(`(c) ${offerId} is won by a promise at ${driverEpoch}/${loadVersion}: ${driverId} has moved on`)
  }

  #check(driverId: DriverId): void {
    const row = this.#record.peekDriver(driverId)
    const load = this.#loads.get(driverId) ?? 0
    if (!row) throw new Violation(`(c) ${driverId} has no row`)
    if (row.load !== load) throw new Violation(`(c) ${driverId} has load ${row.load}, its assignments ${load}`)
    if (load > row.capacity) throw new Violation(`(c) ${driverId} has load ${load} of ${row.capacity}`)
  }

  /** Against what the record itself holds. */
  checkAll(): void {
    const active = this.#record.assignments().filter(a => a.endedAtMs === null)
    if (new Set(active.map(a => a.orderId)).size !== active.length) throw new Violation('(b) an order has two drivers')
    for (const { orderId, driverId } of active) {
      if (this.#active.get(orderId)?.driverId !== driverId) throw new Violation(`(b) ${orderId} is with ${driverId}`)
    }
    for (const { driverId } of this.#record.drivers()) this.#check(driverId)
  }
}
