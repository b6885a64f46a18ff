/**
 * Whether a node is behind with the positions that it takes in. Left alone, a node that is offered more than it can store lets
 * them wait until each is given up, and then stores them all the same: it is busy with nothing but what nobody waits for
 * any more. So it has to refuse early, while what it has taken can still be answered in time.
 *
 * What counts is not how many wait but how long: a full queue that moves is no trouble. And of a stretch of time the
 * shortest wait counts: if even the luckiest position took too long, all did (one slow shard, or one that is handed
 * over, makes only its own wait).
 *
 * Who refuses everything learns nothing more: what is left may all wait for one shard whose node has died. So a few are
 * taken in each stretch all the same, and if one of them is quick, all are taken again. Where nothing is answered at all the
 * record is away, not slow; then positions go on to whoever watches, and other limits bound what is kept.
 */
import type { UnixMs } from '../domain/ids.ts'

/** Well below the time after which a position is given up. */
const WAIT_MAX_MS = 2_000
/** A record that is slow answers some batch within this. */
const SILENCE_MAX_MS = 2_000
/** Of each stretch, while behind: enough to reach several shards, little beside what a node stores. */
const PROBES = 20

export class Congestion {
  #shortestMs = Number.POSITIVE_INFINITY
  #isBehind = false
  #answeredAtMs: UnixMs = 0
  #probesLeft = 0

  /** Whether this node takes so many more positions now. What comes together is taken together. */
  admits(positions: number): boolean {
    if (!this.#isBehind) return true
    if (this.#probesLeft <= 0) return false
    this.#probesLeft -= positions
    return true
  }

  /** Of a position that is in the record now: answers that did not wait for it say nothing of it. */
  stored(afterMs: number): void {
    if (afterMs < this.#shortestMs) this.#shortestMs = afterMs
  }

  /** A stretch of time is over. @param isEmpty  nothing waits. */
  look(isEmpty: boolean, nowMs: UnixMs): void {
    if (this.#shortestMs !== Number.POSITIVE_INFINITY) {
      this.#answeredAtMs = nowMs
      this.#isBehind = this.#shortestMs > WAIT_MAX_MS
    } else if (nowMs - this.#answeredAtMs >= SILENCE_MAX_MS) this.#isBehind = false
    if (isEmpty) this.#isBehind = false
    this.#shortestMs = Number.POSITIVE_INFINITY
    this.#probesLeft = PROBES
  }
}
