/**
 * Brings actors into memory, many in one round trip. While one load is under way the next one collects. A driver's
 * activation raises its epoch in the record before its load is read; that it may live elsewhere by now is an answer, too.
 */
import type { DriverId, OrderId, ShardId } from '../../domain/ids.ts'
import { StoreUnavailableError } from './errors.ts'
import type { ActivationOutcome, Clock, Journal, StoredOrder } from './ports.ts'
import type { Slot } from './slot.ts'

const LOAD_MAX = 1_000
const RETRY_AFTER_MS = 500

export interface LoaderParts {
  readonly clock: Clock
  readonly journal: Journal
  readonly epochOf: (shard: ShardId) => number
  readonly orderLoaded: (slot: Slot, stored: StoredOrder | null) => void
  readonly driverLoaded: (slot: Slot, outcome: ActivationOutcome) => void
  /** The record does not answer; the load is tried again until it does. */
  readonly unavailable: (slot: Slot) => void
  /** A batch is loaded, or was refused: what follows from it may go out. */
  readonly settled: () => void
  /** An error that no outcome names: a bug. */
  readonly fail: (error: unknown) => void
}

/** Loads of one kind: those that collect, and whether a batch is under way. */
interface Lane {
  readonly waiting: Set<Slot>
  readonly load: (slots: readonly Slot[]) => Promise<void>
  busy: boolean
}

export class Loader {
  readonly #parts: LoaderParts
  readonly #orders: Lane = { waiting: new Set(), load: slots => this.#loadOrders(slots), busy: false }
  readonly #drivers: Lane = { waiting: new Set(), load: slots => this.#loadDrivers(slots), busy: false }

  constructor(parts: LoaderParts) {
    this.#parts = parts
  }

  load(slot: Slot): void {
    const lane = slot.kind.record?.kind === 'driver' ? this.#drivers : this.#orders
    lane.waiting.add(slot)
  }

  get isIdle(): boolean {
    return [this.#orders, this.#drivers].every(lane => !lane.busy && lane.waiting.size === 0)
  }

  flush(): void {
    for (const lane of [this.#orders, this.#drivers]) if (!lane.busy) this.#run(lane)
  }

  #run(lane: Lane): void {
    const slots = take(lane.waiting)
    if (slots.length === 0) return
    lane.busy = true
    lane.load(slots).then(
      () => {
        lane.busy = false
        this.#parts.settled()
        this.flush()
      },
      error => this.#retry(lane, slots, error),
    )
  }

  async #loadOrders(slots: readonly Slot[]): Promise<void> {
    const stored = await this.#parts.journal.loadOrders(slots.map(s => s.id as OrderId))
    const byId = new Map(stored.map(o => [o.orderId as string, o]))
    for (const slot of slots) this.#parts.orderLoaded(slot, byId.get(slot.id) ?? null)
  }

  async #loadDrivers(slots: readonly Slot[]): Promise<void> {
    const requests = slots.map(slot => ({
      driverId: slot.id as DriverId,
      shard: slot.shard,
      shardEpoch: this.#parts.epochOf(slot.shard),
      create: slot.create,
    }))
    const outcomes = await this.#parts.journal.activateDrivers(requests)
    slots.forEach((slot, i) => {
      const outcome = outcomes[i]
      if (outcome) this.#parts.driverLoaded(slot, outcome)
    })
  }

  #retry(lane: Lane, slots: readonly Slot[], error: unknown): void {
    if (!(error instanceof StoreUnavailableError)) this.#parts.fail(error)
    for (const slot of slots) this.#parts.unavailable(slot)
    this.#parts.settled()
    this.#parts.clock.after(RETRY_AFTER_MS, () => {
      lane.busy = false
      for (const slot of slots) lane.waiting.add(slot)
      this.flush()
    })
  }
}

/** Without those that are gone, or were loaded meanwhile. */
function take(waiting: Set<Slot>): Slot[] {
  const slots: Slot[] = []
  for (const slot of waiting) {
    if (slots.length >= LOAD_MAX) break
    waiting.delete(slot)
    if (slot.phase === 'loading') slots.push(slot)
  }
  return slots
}
