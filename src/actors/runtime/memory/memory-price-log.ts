/**
 * The rounds of surge in memory, by the rules of those in Postgres. A `MemoryPrices` is the record; several logs on it are
 * several threads or nodes.
 */
import type { CellId, ShardId, UnixMs } from '../../../domain/ids.ts'
import { type PublishedRuleset, rulesetInForce } from '../../../domain/pricing/in-force.ts'
import { RULESET_1 } from '../../../domain/pricing/ruleset.ts'
import type { SurgeRound } from '../../../domain/surge/surge-round.ts'
import { StoreUnavailableError } from '../errors.ts'
import type { AreaPrices, Clock, PriceLog, StoreRoundOutcome } from '../ports.ts'

const FIRST: PublishedRuleset = { ruleset: RULESET_1, validFromMs: 0, validToMs: null, cells: null, createdAtMs: 0 }

export class MemoryPrices {
  readonly rulesets: PublishedRuleset[] = [FIRST]
  readonly #rounds = new Map<CellId, SurgeRound[]>()
  readonly #epochOf: (shard: ShardId) => number

  /** @param epochOf  of the record that shards are taken in. */
  constructor(epochOf: (shard: ShardId) => number) {
    this.#epochOf = epochOf
  }

  storeRound(round: SurgeRound, { shard, shardEpoch }: { shard: ShardId; shardEpoch: number }): StoreRoundOutcome {
    if (this.#epochOf(shard) !== shardEpoch) return 'fenced'
    const rounds = this.#rounds.get(round.area) ?? []
    if (rounds.some(known => known.round >= round.round)) return 'present'
    // As the record would have it back: nobody shares an object with it.
    rounds.push(JSON.parse(JSON.stringify(round)) as SurgeRound)
    this.#rounds.set(round.area, rounds)
    return 'stored'
  }

  pricesOf(areas: readonly CellId[], atMs: UnixMs): AreaPrices[] {
    return areas.map(area => {
      const published = rulesetInForce(this.rulesets, area, atMs)
      return {
        area,
        last: this.rounds(area).at(-1) ?? null,
        rulesetVersion: published?.ruleset.version ?? '',
        surge: published?.ruleset.surge ?? null,
      }
    })
  }

  /** Those with rounds. */
  get areas(): CellId[] {
    return [...this.#rounds.keys()]
  }

  /** Oldest first. */
  rounds(area: CellId): readonly SurgeRound[] {
    return this.#rounds.get(area) ?? []
  }
}

/** `land_then_lose_answer`: what was asked is done, and the caller is told that the record is unavailable. */
export type PriceLogFault = 'ok' | 'unavailable' | 'land_then_lose_answer'

export interface MemoryPriceLogOptions {
  readonly prices: MemoryPrices
  readonly clock: Clock
  readonly latencyMs?: () => number
  readonly before?: (operation: 'store' | 'read') => PriceLogFault
}

export class MemoryPriceLog implements PriceLog {
  readonly #options: MemoryPriceLogOptions

  constructor(options: MemoryPriceLogOptions) {
    this.#options = options
  }

  storeRound(round: SurgeRound, owner: { shard: ShardId; shardEpoch: number }): Promise<StoreRoundOutcome> {
    return this.#carriedOut('store', () => this.#options.prices.storeRound(round, owner))
  }

  pricesOf(areas: readonly CellId[], atMs: UnixMs): Promise<AreaPrices[]> {
    return this.#carriedOut('read', () => this.#options.prices.pricesOf(areas, atMs))
  }

  /** It lands half of the latency after the call; the answer arrives after the other half. */
  async #carriedOut<T>(operation: 'store' | 'read', run: () => T): Promise<T> {
    const { latencyMs, before } = this.#options
    const wayMs = (latencyMs?.() ?? 0) / 2
    const fault = before?.(operation) ?? 'ok'
    await this.#wait(wayMs)
    const answer = fault === 'unavailable' ? null : { value: run() }
    await this.#wait(wayMs)
    if (fault !== 'ok' || answer === null) throw new StoreUnavailableError('The log of prices does not answer')
    return answer.value
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise(resolve => this.#options.clock.after(delayMs, resolve))
  }
}
