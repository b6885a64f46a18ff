/**
 * Messages of which the server may still say that nobody reads them: each names a subject of its own for that. Nothing of such a
 * message has happened, and nothing will.
 */
import type { Clock } from '../../actors/runtime/ports.ts'
import type { Frame } from '../frames.ts'
import type { Line } from './line.ts'
import { batchOf, nobodySubject } from './subjects.ts'

/** That nobody has read a message is said within a round trip. */
const REMEMBERED_MS = 2_000
/** By whom it was read, while nobody else was there, says it as well: a worker that leaves the shard, for 300 ms after it began to. */
const SAID_WITHIN_MS = 500

export interface UnreadParts {
  /** Of all that are told so: no two are called the same. */
  readonly name: string
  readonly line: Pick<Line, 'hear' | 'undelivered'>
  readonly clock: Clock
  readonly onNobody: (frames: readonly Frame[]) => void
}

export class Unread {
  readonly #parts: UnreadParts
  readonly #sent = new Map<number, { readonly atMs: number; readonly frames: readonly Frame[] }>()
  #batches = 0
  #lastAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: UnreadParts) {
    this.#parts = parts
    parts.line.hear(nobodySubject(parts.name, '*'), subject => this.#nobody(batchOf(subject)))
  }

  /** @returns where the server is to say that nobody reads them. */
  remember(frames: readonly Frame[]): string {
    const { clock, name } = this.#parts
    const atMs = clock.nowMs()
    this.#forget(atMs)
    this.#lastAtMs = atMs
    const batch = ++this.#batches
    this.#sent.set(batch, { atMs, frames })
    return nobodySubject(name, batch)
  }

  /** Something was sent so lately that it may still be said to have met nobody. */
  get mayHear(): boolean {
    const agoMs = this.#parts.clock.nowMs() - this.#lastAtMs
    return agoMs >= 0 && agoMs < SAID_WITHIN_MS
  }

  #forget(nowMs: number): void {
    for (const [batch, { atMs }] of this.#sent) {
      // Before that the clock was set back: then nobody knows how old it is.
      if (atMs <= nowMs && nowMs - atMs < REMEMBERED_MS) break
      this.#sent.delete(batch)
    }
  }

  #nobody(batch: number): void {
    const { line, onNobody } = this.#parts
    const sent = this.#sent.get(batch)
    this.#sent.delete(batch)
    if (sent) onNobody(sent.frames)
    else line.undelivered('forgotten', 1)
  }
}
