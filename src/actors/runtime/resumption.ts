/**
 * The orders of shards that have just been taken: those that wait for a driver are loaded, page by page, and derive their
 * outputs again; so are those that ended just before, since their last owner may have committed that and died, or lost the shard,
 * before it told anybody: they are shown to their watchers and leave. Whatever else is asked for meanwhile is loaded by itself, and may take its turns before a page is there
 * that was read before them. So of a page nobody is made who is here already, or was here and has left: what the page says
 * of them is old.
 */
import type { OrderId, ShardId } from '../../domain/ids.ts'
import type { Activation } from './activation.ts'
import { StoreUnavailableError } from './errors.ts'
import type { Clock, Journal, StoredOrder } from './ports.ts'
import type { Slots } from './slots.ts'

const PAGE = 1_000
/** Longer than a lease takes to lapse and its shards to be taken, with the clocks of two nodes in between. */
const ENDED_WITHIN_MS = 60_000
const ENDED_MAX = 1_000
/** Where the record does not answer meanwhile. */
const SHOW_AGAIN_MS = 1_000
const SHOW_TRIES_MAX = 5

type Epochs = ReadonlyMap<ShardId, number>

export interface ResumptionParts {
  readonly clock: Clock
  readonly journal: Pick<Journal, 'openOrders' | 'endedOrders'>
  readonly slots: Slots
  readonly activation: Pick<Activation, 'orderLoaded'>
  /** Something may go out. */
  readonly settled: () => void
  readonly fail: (error: unknown) => void
}

export class Resumption {
  readonly #parts: ResumptionParts

  constructor(parts: ResumptionParts) {
    this.#parts = parts
  }

  /** @throws {StoreUnavailableError} */
  async resume(epochs: Epochs): Promise<void> {
    const { journal } = this.#parts
    await this.#watchingGone(async gone => {
      for (let after: OrderId | null = null; ; ) {
        const page: StoredOrder[] = await journal.openOrders([...epochs.keys()], after, PAGE)
        this.#loadAll(page, epochs, gone)
        after = page.at(-1)?.orderId ?? null
        if (page.length < PAGE) return
      }
    })
  }

  /** Beside the work of shards that are served already: nobody waits for it, and a hand-off must not. */
  showEnded(epochs: Epochs, triesLeft = SHOW_TRIES_MAX): void {
    const { clock, journal, settled, fail } = this.#parts
    const sinceMs = clock.nowMs() - ENDED_WITHIN_MS
    this.#watchingGone(async gone => {
      this.#loadAll(await journal.endedOrders([...epochs.keys()], sinceMs, ENDED_MAX), epochs, gone)
      settled()
    }).catch((error: unknown) => {
      if (!(error instanceof StoreUnavailableError)) fail(error)
      // A record that is away for longer has stopped what there would be to show, too.
      else if (triesLeft > 1) clock.after(SHOW_AGAIN_MS, () => this.showEnded(epochs, triesLeft - 1))
    })
  }

  async #watchingGone(read: (gone: ReadonlySet<string>) => Promise<void>): Promise<void> {
    const { slots } = this.#parts
    const gone = slots.watchGone()
    try {
      await read(gone)
    } finally {
      slots.unwatchGone(gone)
    }
  }

  #loadAll(page: readonly StoredOrder[], epochs: Epochs, gone: ReadonlySet<string>): void {
    const { slots } = this.#parts
    for (const stored of page) {
      // The shard may have been lost again while the page was read.
      const isOurs = slots.epochOf(stored.shard) === epochs.get(stored.shard)
      if (isOurs && !gone.has(stored.orderId)) this.#load(stored)
    }
  }

  #load(stored: StoredOrder): void {
    const { slots, activation } = this.#parts
    if (slots.find('order', stored.orderId)) return
    activation.orderLoaded(slots.add('order', stored.orderId, stored.shard, 'loading'), stored)
  }
}
