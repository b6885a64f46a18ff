/**
 * Messages of actors to each other that came to a shard between two owners. Nobody waits for an answer to them, so nobody would
 * say them again but an actor, by some timer of its own, up to a minute later. They are sent again from here until somebody serves
 * the shard; what follows them to it waits behind them, since the end of an assignment should not overtake its beginning. Where it does all the
 * same, since a try is just on its way or the shard has come to this thread, versions of load say so.
 *
 * How often one may be sent on is counted in the message itself, since each try may end at another node.
 */
import type { Envelope } from '../actors/runtime/envelope.ts'
import type { Clock } from '../actors/runtime/ports.ts'
import { HOPS_MAX } from '../actors/runtime/router.ts'
import type { ShardId } from '../domain/ids.ts'

/** A hand-off takes some tens of milliseconds; all eight tries together take as long as one whose successor was slow and is asked again. */
const DELAY_MIN_MS = 20
const DELAY_MAX_MS = 1_600
/** Some megabytes: a shard that nobody serves for long is a take-over, and then actors find out by themselves. */
const STRAYS_MAX = 10_000

export interface StraysParts {
  readonly clock: Clock
  /** Once more, to whoever serves their shard now, in this order. */
  readonly send: (envelopes: readonly Envelope[]) => void
}

/** What waits for one shard. */
interface Waiting {
  readonly back: Envelope[]
  readonly followers: Envelope[]
}

export class Strays {
  readonly #parts: StraysParts
  readonly #waiting = new Map<ShardId, Waiting>()
  #size = 0
  #isStopped = false
  readonly figures = { sent_on: 0, given_up: 0 }

  constructor(parts: StraysParts) {
    this.#parts = parts
  }

  /** Of one that has met nobody. */
  keep(envelope: Envelope): void {
    if (envelope.hops >= HOPS_MAX || this.#size >= STRAYS_MAX) {
      this.figures.given_up++
      return
    }
    const { shard } = envelope.to
    const waiting = this.#waiting.get(shard) ?? { back: [], followers: [] }
    waiting.back.push({ ...envelope, hops: envelope.hops + 1 })
    this.#size++
    if (this.#waiting.has(shard)) return
    this.#waiting.set(shard, waiting)
    this.#parts.clock.after(Math.min(DELAY_MAX_MS, DELAY_MIN_MS * 2 ** envelope.hops), () => this.#sendOn(shard))
  }

  /** @returns whether it has to wait for others that are to be there before it, and does. */
  follow(envelope: Envelope): boolean {
    const waiting = this.#waiting.get(envelope.to.shard)
    if (waiting === undefined || this.#size >= STRAYS_MAX) return false
    waiting.followers.push(envelope)
    this.#size++
    return true
  }

  get isIdle(): boolean {
    return this.#size === 0
  }

  /** Nothing is sent on any more. */
  stop(): void {
    this.#isStopped = true
    this.figures.given_up += this.#size
  }

  #sendOn(shard: ShardId): void {
    const waiting = this.#waiting.get(shard)
    if (waiting === undefined || this.#isStopped) return
    const { back, followers } = waiting
    this.#waiting.delete(shard)
    this.#size -= back.length + followers.length
    this.figures.sent_on += back.length
    this.#parts.send([...back, ...followers])
  }
}
