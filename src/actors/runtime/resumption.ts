/**
 * The orders of shards that have just been taken: those that wait for a driver are loaded, page by page, and derive their
 * outputs again. Whatever else is asked for meanwhile is loaded by itself, and may take its turns before a page is there
 * that was read before them. So of a page nobody is made who is here already, or was here and has left: what the page says
 * of them is old.
 */
import type { OrderId, ShardId } from '../../domain/ids.ts'
import type { Activation } from './activation.ts'
import type { Journal, StoredOrder } from './ports.ts'
import type { Slots } from './slots.ts'

const PAGE = 1_000

export interface ResumptionParts {
  readonly journal: Pick<Journal, 'openOrders'>
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
    const { journal, slots } = this.#parts
    const gone = slots.watchGone()
    try {
      for (let after: OrderId | null = null; ; ) {
        const page: StoredOrder[] = await journal.openOrders([...epochs.keys()], after, PAGE)
        for (const stored of page) {
          // The shard may have been lost again while the page was read.
          const isOurs = slots.epochOf(stored.shard) === epochs.get(stored.shard)
          if (isOurs && !gone.has(stored.orderId)) this.#load(stored)
        }
        after = page.at(-1)?.orderId ?? null
        if (page.length < PAGE) return
      }
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
