/**
 * Frames on their way to other nodes, one message per subject and flush. While the server is away nothing is kept: what
 * would be sent late is late, and a queue without a bound would be the next failure. Whoever said it is told so.
 */
import { encodeBatch, type Frame } from '../frames.ts'
import type { Line } from './line.ts'

/** Frames of one message at most: 2,000 positions are 200 kB, well below the server's limit of 1 MB. */
const FRAMES_MAX = 2_000

export interface OutboxParts {
  readonly line: Pick<Line, 'isUp' | 'payloadMax' | 'publish' | 'undelivered'>
  /** What each message begins with. */
  readonly heads?: readonly Frame[]
  /** Where the server is to say that nobody reads these. Left out: nobody wants to know. */
  readonly replyFor?: (frames: readonly Frame[]) => string
  /** The server is away: nothing of them was sent. */
  readonly onAway?: (frames: readonly Frame[]) => void
}

export class Outbox {
  readonly #parts: OutboxParts
  #waiting = new Map<string, Frame[]>()

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  put(subject: string, frame: Frame): void {
    const frames = this.#waiting.get(subject)
    if (frames) frames.push(frame)
    else this.#waiting.set(subject, [frame])
  }

  flush(): void {
    if (this.#waiting.size === 0) return
    const waiting = this.#waiting
    // What is said because of this goes with the next flush.
    this.#waiting = new Map()
    if (this.#parts.line.isUp) for (const [subject, frames] of waiting) this.#sendAll(subject, frames)
    else this.#giveBack([...waiting.values()].flat())
  }

  #sendAll(subject: string, frames: readonly Frame[]): void {
    for (let at = 0; at < frames.length; at += FRAMES_MAX) this.#send(subject, frames.slice(at, at + FRAMES_MAX))
  }

  /** In halves where it is too much for one message: orders are larger than positions. */
  #send(subject: string, frames: readonly Frame[]): void {
    const { line, heads = [], replyFor } = this.#parts
    const bytes = encodeBatch([...heads, ...frames])
    if (bytes.length <= line.payloadMax) line.publish(subject, bytes, replyFor?.(frames))
    else if (frames.length === 1) line.undelivered('too_large', 1)
    else {
      const half = Math.ceil(frames.length / 2)
      this.#send(subject, frames.slice(0, half))
      this.#send(subject, frames.slice(half))
    }
  }

  #giveBack(frames: readonly Frame[]): void {
    const { line, onAway } = this.#parts
    line.undelivered('away', frames.length)
    onAway?.(frames)
  }
}
