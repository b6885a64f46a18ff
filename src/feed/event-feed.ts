/**
 * Publishes the journal of the shards that this node serves, each in order, at least once. Where to is its sink's business: this
 * essay speaks of the stream on NATS; the deliveries of webhooks are made by the same loop, with watermarks of their own.
 *
 * The record holds a watermark per shard: everything up to it is in the stream. A round reads what is after it, publishes it,
 * and raises the watermarks to what was acknowledged without a hole. So:
 *
 * - a crash between publishing and saving the watermark publishes again; the stream drops what it has seen within its window,
 *   beyond that the event is there twice, under the same id;
 * - during a hand-off two nodes may publish the same shard. Each goes up from a saved watermark without a hole, so an event first
 *   arrives after the one before it, whoever is faster; repeats of the slower one are dropped or come late. Watermarks
 *   never go back;
 * - where the stream refuses one message and takes the next (it loses its leader in between), the next one is there first and
 *   the refused one comes again. Whoever reads by (shard, seq), drops what it has and waits for what is missing, sees every
 *   event once and in order in each of these cases.
 *
 * While NATS is away nothing is published, and the lag is still known. Nothing is kept in memory between rounds but numbers.
 */
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { Clock } from '../actors/runtime/ports.ts'
import type { ShardId } from '../domain/ids.ts'
import { POLL_EVERY_MS, RETRY_AFTER_MS, ROUND_EVENTS_MAX, ROUND_EVERY_MS } from './limits.ts'
import type { FeedEntry, FeedJournal, FeedPosition, FeedSink, ShardProgress } from './ports.ts'
import { type Pause, Rounds } from './rounds.ts'

export interface EventFeedParts {
  readonly journal: FeedJournal
  readonly sink: FeedSink
  /** As sentences begin with it. */
  readonly name: string
  /** Those that this node serves now. */
  readonly shardsServed: () => readonly ShardId[]
  readonly clock: Clock
  /** What an operator should read; said once when it begins. */
  readonly onTrouble: (sentence: string) => void
  /** An error that is no weather: a bug. The feed tries again. */
  readonly onError: (error: unknown) => void
}

/** What came of a round: `more`: there is more to publish now · `idle`: everything is published · `failed`: try again later. */
type Outcome = 'more' | 'idle' | 'failed'

const PAUSES: Readonly<Record<Outcome, Pause>> = {
  more: { restMs: ROUND_EVERY_MS, idleMs: 0 },
  idle: { restMs: ROUND_EVERY_MS, idleMs: POLL_EVERY_MS - ROUND_EVERY_MS },
  failed: { restMs: RETRY_AFTER_MS, idleMs: 0 },
}

export class EventFeed {
  readonly #parts: EventFeedParts
  /** As of the last look at the record. */
  #lag: ReadonlyMap<ShardId, number> = new Map()
  #published = 0
  readonly #rounds: Rounds
  /** Troubles that were told and last. */
  readonly #troubles = new Set<string>()

  constructor(parts: EventFeedParts) {
    this.#parts = parts
    this.#rounds = new Rounds(parts.clock, async () => PAUSES[await this.#round()])
  }

  start(): void {
    this.#rounds.start()
  }

  /** Something was committed. Cheap; may be called for every commit. */
  hint(): void {
    this.#rounds.hint()
  }

  /** Ends the round that is under way, and no other begins. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }

  /** Per served shard the events of the journal that are not known to be in the stream, as of the last look. */
  lag(): ReadonlyMap<ShardId, number> {
    return this.#lag
  }

  /** Events that the stream acknowledged to this node, repeats included. */
  get published(): number {
    return this.#published
  }

  async #round(): Promise<Outcome> {
    try {
      const progress = await this.#look()
      const behind = progress.filter(({ head, watermark }) => head > watermark)
      if (behind.length === 0) return 'idle'
      if (!this.#parts.sink.isUp) {
        this.#trouble('nats', `${this.#parts.name} waits: there is no connection to NATS.`)
        return 'failed'
      }
      return await this.#publish(behind)
    } catch (error) {
      if (error instanceof StoreUnavailableError) this.#trouble('record', `${this.#parts.name} waits: ${error.message}`)
      else this.#parts.onError(error)
      return 'failed'
    }
  }

  async #look(): Promise<ShardProgress[]> {
    const progress = await this.#parts.journal.progress(this.#parts.shardsServed())
    this.#settled('record')
    this.#lag = new Map(progress.map(now => [now.shard, lagOf(now)]))
    return progress
  }

  async #publish(behind: readonly ShardProgress[]): Promise<Outcome> {
    const { journal, sink } = this.#parts
    const positions = sharesOf(behind, ROUND_EVENTS_MAX)
    const entries = await journal.read(positions)
    const ready = this.#withoutGaps(positions, entries)
    if (ready.length === 0) return 'failed'
    const stored = await sink.put(ready)
    const watermarks = acknowledged(ready, stored)
    this.#published += stored.filter(is => is).length
    if (watermarks.size > 0) await journal.saveWatermarks(watermarks)
    this.#lag = new Map([...this.#lag, ...behind.map(now => [now.shard, lagOf(now, watermarks)] as const)])
    if (stored.includes(false)) {
      this.#trouble('stream', `${this.#parts.name} waits: its events are not taken.`)
      return 'failed'
    }
    this.#settled('stream')
    this.#settled('nats')
    // A shard that stands would make a round follow at once, in vain.
    return [...watermarks.keys()].some(shard => (this.#lag.get(shard) ?? 0) > 0) ? 'more' : 'idle'
  }

  /** A hole in the journal cannot be: its shard stops, for a person to look at, rather than pass over events in silence. */
  #withoutGaps(positions: readonly FeedPosition[], entries: readonly FeedEntry[]): FeedEntry[] {
    const nextSeq = new Map(positions.map(({ shard, afterSeq }) => [shard, afterSeq + 1]))
    const good = entries.filter(({ shard, seq }) => {
      if (nextSeq.get(shard) !== seq) return false
      nextSeq.set(shard, seq + 1)
      return true
    })
    for (const { shard, afterSeq } of positions) {
      const isBroken = nextSeq.get(shard) === afterSeq + 1
      if (isBroken)
        this.#trouble(`shard ${shard}`, `The journal of shard ${shard} lacks event ${afterSeq + 1}: its feed stands.`)
      else this.#settled(`shard ${shard}`)
    }
    return good
  }

  #trouble(what: string, sentence: string): void {
    if (this.#troubles.has(what)) return
    this.#troubles.add(what)
    this.#parts.onTrouble(sentence)
  }

  #settled(what: string): void {
    this.#troubles.delete(what)
  }
}

function lagOf({ shard, head, watermark }: ShardProgress, watermarks?: ReadonlyMap<ShardId, number>): number {
  return Math.max(0, head - Math.max(watermark, watermarks?.get(shard) ?? 0))
}

/** Shares a round out: who is behind by little gets all of it, and what that leaves goes to who is behind by much. */
export function sharesOf(behind: readonly ShardProgress[], eventsMax: number): FeedPosition[] {
  const byLag = [...behind].sort((a, b) => lagOf(a) - lagOf(b))
  let left = eventsMax
  return byLag.map((progress, i): FeedPosition => {
    const share = Math.max(1, Math.floor(left / (byLag.length - i)))
    const max = Math.min(lagOf(progress), share)
    left -= max
    return { shard: progress.shard, afterSeq: progress.watermark, max }
  })
}

/** @returns per shard the last event up to which all were acknowledged. */
export function acknowledged(entries: readonly FeedEntry[], stored: readonly boolean[]): Map<ShardId, number> {
  const watermarks = new Map<ShardId, number>()
  const halted = new Set<ShardId>()
  entries.forEach(({ shard, seq }, i) => {
    if (stored[i] !== true) halted.add(shard)
    if (!halted.has(shard)) watermarks.set(shard, seq)
  })
  return watermarks
}
