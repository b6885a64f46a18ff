/** Wakes scheduled orders: rows with an indexed time, polled by whoever serves their shard. No timer waits for months. */
import { type OrderId, type ShardId, shardOfOrder } from '../../domain/ids.ts'
import { StoreUnavailableError } from './errors.ts'
import type { Clock, Journal } from './ports.ts'

export const DUE_EVERY_MS = 1_000
/** Orders per poll: those that are left come with the next one. */
const DUE_MAX = 500

export interface DuePollParts {
  readonly clock: Clock
  readonly journal: Journal
  readonly shards: () => readonly ShardId[]
  readonly due: (orderId: OrderId, shard: ShardId) => void
  readonly settled: () => void
  readonly fail: (error: unknown) => void
}

export class DuePoll {
  readonly #parts: DuePollParts
  #underWay = false

  constructor(parts: DuePollParts) {
    this.#parts = parts
  }

  /** A poll that is still under way, because the record is slow, is not joined by another. */
  poll(): void {
    const { journal, clock, shards } = this.#parts
    const served = shards()
    if (this.#underWay || served.length === 0) return
    this.#underWay = true
    journal.dueOrders(served, clock.nowMs(), DUE_MAX).then(
      orderIds => {
        this.#underWay = false
        for (const orderId of orderIds) this.#parts.due(orderId, shardOfOrder(orderId))
        this.#parts.settled()
      },
      error => {
        this.#underWay = false
        // The next poll asks again.
        if (!(error instanceof StoreUnavailableError)) this.#parts.fail(error)
      },
    )
  }
}
