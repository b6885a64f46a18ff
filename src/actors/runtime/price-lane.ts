/**
 * The way of pricing actors to the log of rounds. Whatever was stored, the answer is what the record has then: an actor
 * never goes on from a round that it only believes to be stored, so a lost answer or another owner changes nothing for it.
 */
import type { CellId, ShardId } from '../../domain/ids.ts'
import type { SurgeRound } from '../../domain/surge/surge-round.ts'
import type { Message } from './envelope.ts'
import { StoreUnavailableError } from './errors.ts'
import type { AreaPrices, Clock, PriceLog } from './ports.ts'
import { envelopeTo } from './router.ts'
import type { Slot } from './slot.ts'
import type { Slots } from './slots.ts'
import { SurgeMeter } from './surge-figures.ts'

/** Tells an actor what the record has of its area. */
export interface PriceRecord extends Message {
  readonly kind: 'pricing.record'
  readonly prices: AreaPrices
}

/** The record does not answer; a round that was to be stored may be there or not. */
export interface NoPriceRecord extends Message {
  readonly kind: 'pricing.no_record'
}

export interface PriceLaneParts {
  readonly clock: Clock
  readonly log: PriceLog
  readonly slots: Slots
  readonly shardLost: (shard: ShardId, cause: 'fenced') => void
  /** An error that no outcome names: a bug. */
  readonly fail: (error: unknown) => void
}

export class PriceLane {
  readonly #parts: PriceLaneParts
  readonly surge = new SurgeMeter()
  #underWay = 0

  constructor(parts: PriceLaneParts) {
    this.#parts = parts
  }

  get isIdle(): boolean {
    return this.#underWay === 0
  }

  run(slot: Slot, round: SurgeRound | null): void {
    this.#underWay++
    this.#exchange(slot, round).then(
      message => {
        this.#underWay--
        if (message) this.#tell(slot, message)
      },
      error => {
        this.#underWay--
        if (!(error instanceof StoreUnavailableError)) this.#parts.fail(error)
        this.#tell(slot, { kind: 'pricing.no_record' })
      },
    )
  }

  async #exchange(slot: Slot, round: SurgeRound | null): Promise<PriceRecord | null> {
    const { clock, log, slots, shardLost } = this.#parts
    if (round) {
      const shardEpoch = slots.epochOf(slot.shard) ?? 0
      const outcome = await log.storeRound(round, { shard: slot.shard, shardEpoch })
      if (outcome === 'fenced') {
        shardLost(slot.shard, 'fenced')
        return null
      }
      if (outcome === 'stored') this.surge.stored(round)
    }
    const [prices] = await log.pricesOf([slot.id as CellId], clock.nowMs())
    return prices ? { kind: 'pricing.record', prices } : null
  }

  #tell(slot: Slot, message: PriceRecord | NoPriceRecord): void {
    if (slot.phase === 'gone') return
    slot.mailbox.put(envelopeTo(slot.address, message, 'vital'))
    this.#parts.slots.enqueue(slot)
  }
}
