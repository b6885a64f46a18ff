/**
 * From the gateway into the streams. Whatever comes within one turn of the event loop goes as one entry per stream, and all
 * of it is answered when the consumer of that stream says that Postgres has committed it. A driver always takes the same
 * stream, and a stream has one consumer: the order of a driver's positions is kept.
 */
import type { Redis } from 'ioredis'
import { streamOf } from './names.ts'
import { type Position, packEntry } from './position.ts'

export type Outcome = 'committed' | 'overloaded'
export type Settle = (outcome: Outcome) => void

interface Waiting {
  readonly settles: readonly Settle[]
  readonly positions: number
  readonly untilMs: number
}

interface Gathering {
  positions: Position[]
  settles: Settle[]
}

/** Taken in and not committed: more are refused, else an overload would fill Redis. */
const POSITIONS_MAX = 200_000
const ANSWER_MAX_MS = 10_000
const SWEEP_EVERY_MS = 500
/** Bounds what a consumer holds at once. */
const ENTRY_POSITIONS_MAX = 5_000

export class Intake {
  readonly #redis: Redis
  readonly #gathering: Gathering[]
  readonly #waiting = new Map<number, Waiting>()
  #lastToken = 0
  #positions = 0
  #armed = false

  constructor(redis: Redis, streams: number) {
    this.#redis = redis
    this.#gathering = Array.from({ length: streams }, () => ({ positions: [], settles: [] }))
    setInterval(() => this.#sweep(Date.now()), SWEEP_EVERY_MS)
  }

  /** @param lane  any number that is the same for all positions of a driver. */
  take(lane: number, positions: readonly Position[], settle: Settle): void {
    const gathering = this.#gathering[lane % this.#gathering.length]
    if (gathering === undefined || this.#positions + positions.length > POSITIONS_MAX) {
      settle('overloaded')
      return
    }
    this.#positions += positions.length
    for (const position of positions) gathering.positions.push(position)
    gathering.settles.push(settle)
    if (gathering.positions.length >= ENTRY_POSITIONS_MAX) this.#flush()
    else this.#arm()
  }

  committed(tokens: readonly number[]): void {
    for (const token of tokens) this.#settle(token, 'committed')
  }

  #arm(): void {
    if (this.#armed) return
    this.#armed = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#armed = false
    this.#gathering.forEach((gathering, stream) => {
      const { positions, settles } = gathering
      if (positions.length === 0) return
      gathering.positions = []
      gathering.settles = []
      const token = ++this.#lastToken
      this.#waiting.set(token, { settles, positions: positions.length, untilMs: Date.now() + ANSWER_MAX_MS })
      this.#redis
        .xadd(streamOf(stream), '*', 'e', packEntry({ token, positions }))
        .catch(() => this.#settle(token, 'overloaded'))
    })
  }

  #settle(token: number, outcome: Outcome): void {
    const waiting = this.#waiting.get(token)
    if (waiting === undefined) return
    this.#waiting.delete(token)
    this.#positions -= waiting.positions
    for (const settle of waiting.settles) settle(outcome)
  }

  /** A consumer died, or its word was lost: whoever sent them sends them again, and the record drops what it has. */
  #sweep(nowMs: number): void {
    for (const [token, { untilMs }] of this.#waiting) {
      if (untilMs > nowMs) return
      this.#settle(token, 'overloaded')
    }
  }
}
