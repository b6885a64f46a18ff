/**
 * Whether a node is behind with the positions that it takes in. Left alone, a node that is offered more than it can store lets
 * them wait until each is given up, and then stores them all the same: it is busy with nothing but what nobody waits for
 * any more. So it has to refuse early, while what it has taken can still be answered in time.
 *
 * What counts is not how many wait but how long: a full queue that moves is no trouble. And of a stretch of time the
 * shortest wait counts: if even the luckiest position took too long, all did (one slow shard, or one that is handed
 * over, makes only its own wait). Where nothing is answered at all the record is away, not slow; then nothing is learned
 * here, positions go on to whoever watches, and other limits bound what is kept.
 */

/** Well below the time after which a position is given up. */
const WAIT_MAX_MS = 2_000

export class Congestion {
  #shortestMs = Number.POSITIVE_INFINITY
  #isBehind = false

  get isBehind(): boolean {
    return this.#isBehind
  }

  /** Of positions that were answered, not refused. */
  answered(afterMs: number): void {
    if (afterMs < this.#shortestMs) this.#shortestMs = afterMs
  }

  /** A stretch of time is over. @param isEmpty  nothing waits. */
  look(isEmpty: boolean): void {
    if (isEmpty) this.#isBehind = false
    else if (this.#shortestMs !== Number.POSITIVE_INFINITY) this.#isBehind = this.#shortestMs > WAIT_MAX_MS
    this.#shortestMs = Number.POSITIVE_INFINITY
  }
}
