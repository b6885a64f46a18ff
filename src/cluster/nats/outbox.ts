/**
 * Frames on their way to other nodes, one message per subject and flush. While the server is away nothing is kept: what
 * would be sent late is late, and a queue without a bound would be the next failure. Whoever asked is told so by its deadline.
 */
import { encodeBatch, type Frame } from '../frames.ts'
import type { Line } from './line.ts'

/** Frames of one message at most: 2,000 positions are 200 kB, well below the server's limit of 1 MB. */
const FRAMES_MAX = 2_000

export class Outbox {
  readonly #line: Line
  readonly #heads: readonly Frame[]
  readonly #waiting = new Map<string, Frame[]>()

  /** @param heads  what each message begins with. */
  constructor(line: Line, heads: readonly Frame[] = []) {
    this.#line = line
    this.#heads = heads
  }

  put(subject: string, frame: Frame): void {
    const frames = this.#waiting.get(subject)
    if (frames) frames.push(frame)
    else this.#waiting.set(subject, [frame])
  }

  /** @param replyFor  where the server is to say that nobody reads that message. */
  flush(replyFor?: (subject: string, frames: readonly Frame[]) => string): void {
    if (this.#waiting.size === 0) return
    if (this.#line.isUp) {
      for (const [subject, frames] of this.#waiting) {
        for (let at = 0; at < frames.length; at += FRAMES_MAX) {
          const part = frames.slice(at, at + FRAMES_MAX)
          this.#line.publish(subject, encodeBatch([...this.#heads, ...part]), replyFor?.(subject, part))
        }
      }
    }
    this.#waiting.clear()
  }
}
