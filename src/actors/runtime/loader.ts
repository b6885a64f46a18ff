/**
 * Brings actors into memory, many in one round trip. While one load is under way the next one collects. A driver's
 * activation raises its epoch in the record before its load is read; that it may live elsewhere by now is an answer, too.
 */
import type { DriverId, OrderId, ShardId } from '../../domain/ids.ts'
import type { Slot } from './actor.ts'
import { StoreUnavailableError } from './errors.ts'
import type { ActivationOutcome, Clock, Journal, StoredOrder } from './ports.ts'

const LOAD_MAX = 1_000
const RETRY_AFTER_MS = 500

export class Loader {
  readonly #clock: Clock
  readonly #journal: Journal
  readonly #epochOf: (shard: ShardId) => number
  readonly #orderLoaded: (slot: Slot, stored: StoredOrder | null) => void
  readonly #driverLoaded: (slot: Slot, outcome: ActivationOutcome) => void
  readonly #unavailable: (slot: Slot) => void
  readonly #fail: (error: unknown) => void
  readonly #orders = new Set<Slot>()
  readonly #drivers = new Set<Slot>()
  #loadingOrders = false
  #loadingDrivers = false

  constructor(parts: {
    clock: Clock
    journal: Journal
    epochOf: (shard: ShardId) => number
    orderLoaded: (slot: Slot, stored: StoredOrder | null) => void
    driverLoaded: (slot: Slot, outcome: ActivationOutcome) => void
    unavailable: (slot: Slot) => void
    fail: (error: unknown) => void
  }) {
    this.#clock = parts.clock
    this.#journal = parts.journal
    this.#epochOf = parts.epochOf
    this.#orderLoaded = parts.orderLoaded
    this.#driverLoaded = parts.driverLoaded
    this.#unavailable = parts.unavailable
    this.#fail = parts.fail
  }

  load(slot: Slot): void {
    const queue = slot.kind.record?.kind === 'driver' ? this.#drivers : this.#orders
    queue.add(slot)
  }

  flush(): void {
    if (!this.#loadingOrders && this.#orders.size > 0) this.#loadOrders(take(this.#orders))
    if (!this.#loadingDrivers && this.#drivers.size > 0) this.#loadDrivers(take(this.#drivers))
  }

  #loadOrders(slots: Slot[]): void {
    this.#loadingOrders = true
    this.#journal.loadOrders(slots.map(s => s.id as OrderId)).then(
      stored => {
        this.#loadingOrders = false
        const byId = new Map(stored.map(o => [o.orderId as string, o]))
        for (const slot of slots) this.#orderLoaded(slot, byId.get(slot.id) ?? null)
        this.flush()
      },
      error => {
        this.#retry(error, slots, () => {
          this.#loadingOrders = false
          for (const slot of slots) this.#orders.add(slot)
        })
      },
    )
  }

  #loadDrivers(slots: Slot[]): void {
    this.#loadingDrivers = true
    const requests = slots.map(slot => ({
      driverId: slot.id as DriverId,
      shard: slot.shard,
      shardEpoch: this.#epochOf(slot.shard),
      create: slot.create,
    }))
    this.#journal.activateDrivers(requests).then(
      outcomes => {
        this.#loadingDrivers = false
        slots.forEach((slot, i) => {
          const outcome = outcomes[i]
          if (outcome) this.#driverLoaded(slot, outcome)
        })
        this.flush()
      },
      error => {
        this.#retry(error, slots, () => {
          this.#loadingDrivers = false
          for (const slot of slots) this.#drivers.add(slot)
        })
      },
    )
  }

  #retry(error: unknown, slots: readonly Slot[], requeue: () => void): void {
    if (!(error instanceof StoreUnavailableError)) this.#fail(error)
    for (const slot of slots) this.#unavailable(slot)
    this.#clock.after(RETRY_AFTER_MS, () => {
      requeue()
      this.flush()
    })
  }
}

function take(queue: Set<Slot>): Slot[] {
  const slots: Slot[] = []
  for (const slot of queue) {
    if (slots.length >= LOAD_MAX) break
    queue.delete(slot)
    if (slot.phase === 'loading') slots.push(slot)
  }
  return slots
}
