/**
 * The orders of shards that have just been taken: those that wait for a driver are loaded, page by page, and derive their
 * outputs again; so are those that ended just before, since their last owner may have committed that and died, or lost the shard,
 * before it told anybody: they are shown to their watchers and leave. Whatever else is asked for meanwhile is loaded by itself, and may take its turns before a page is there
 * that was read before them. So of a page nobody is made who is here already, or was here and has left: what the page says
 * of them is old.
 */
import type { OrderId, ShardId } from '../../domain/ids.ts'
import type { Activation } from './activation.ts'
import type { Clock, Journal, StoredOrder } from './ports.ts'
import type { Slots } from './slots.ts'

const PAGE = 1_000
/** Longer than a lease takes to lapse and its shards to be taken, with the clocks of two nodes in between. */
const ENDED_WITHIN_MS = 60_000
const ENDED_MAX = 1_000

export interface ResumptionParts {
  readonly clock: Clock
  readonly journal: Pick<Journal, 'openOrders' | 'endedOrders'>
  readonly slots: Slots
  readonly activation: Pick<Activation, 'orderLoaded'>
}

export class Resumption {
  readonly #parts: ResumptionParts

  constructor(parts: ResumptionParts) {
    this.#parts = parts
  }

  /** @throws {StoreUnavailableError} */
  async resume(epochs: ReadonlyMap<ShardId, number>): Promise<void> {
    const { clock, journal, slots } = this.#parts
    const shards = [...epochs.keys()]
    const gone = slots.watchGone()
    const load = (page: readonly StoredOrder[]) => {
      for (const stored of page) {
        // The shard may have been lost again while the page was read.
        const isOurs = slots.epochOf(stored.shard) === epochs.get(stored.shard)
        if (isOurs && !gone.has(stored.orderId)) this.#load(stored)
      }
    }
    try {
      for (let after: OrderId | null = null; ; ) {
        const page: StoredOrder[] = await journal.openOrders(shards, after, PAGE)
        load(page)
        after = page.at(-1)?.orderId ?? null
        if (page.length < PAGE) break
      }
      load(await journal.endedOrders(shards, clock.nowMs() - ENDED_WITHIN_MS, ENDED_MAX))
    } finally {
      slots.unwatchGone(gone)
    }
  }

  #load(stored: StoredOrder): void {
    const { slots, activation } = this.#parts
    if (slots.find('order', stored.orderId)) return
    activation.orderLoaded(slots.add('order', stored.orderId, stored.shard, 'loading'), stored)
  }
}
