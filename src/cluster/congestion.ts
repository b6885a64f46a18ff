/**
 * Whether a node is behind with the positions that it takes in. Left alone, a node that is offered more than it can store lets
 * them wait until each is given up, and then stores them all the same: it is busy with nothing but what nobody waits for
 * any more, and what waits costs memory that is walked over and over. So not much may wait, and it must be known early.
 *
 * What counts is not how many wait but how long: a full queue that moves is no trouble. And of a stretch of time the
 * shortest wait counts: if even the luckiest position took too long, all did (one slow shard, or one that is handed
 * over, makes only its own wait).
 *
 * Two answers to it. A node that is *slow* has room for what it stores in half a second or so; whoever sends over a stream and has
 * more than twice as much under way as there is room left is not read on from until that is less (`holds`). So the room is shared
 * evenly, however much each would send, some of it always stays free, and nobody is refused: their systems hold them back.
 *
 * Those who cannot be held back, posts and crowds of phones, are refused by a node that is *behind* (`admits`). Who refuses
 * everything learns nothing more: what is left may all wait for one shard whose node has died. So a few are taken in each
 * stretch all the same, and if one of them is quick, all are taken again. Where nothing is answered at all the record is away,
 * not slow; then positions go on to whoever watches, and other limits bound what is kept.
 */
import type { UnixMs } from '../domain/ids.ts'

/** Longer than the sync of a disk takes on a bad day. */
const SLOW_MS = 300
/** Well below the time after which a position is given up. */
const WAIT_MAX_MS = 1_500
/** A record that is slow answers some batch within this. */
const SILENCE_MAX_MS = 2_000
/** Of each stretch, while behind: enough to reach several shards, little beside what a node stores. */
const PROBES = 20
/** What may be under way at a slow node: so long's worth. Longer than a sync takes, or each would leave room for less than itself. */
const ROOM_MS = 600
/** Whatever it stores: some megabytes. */
const ROOM_MIN = 8_000
/** A sender's part, of what is left. */
const PART_OF_LEFT = 2
/** Never held back: nobody's queue is of so few. */
const UNHELD_MAX = 64

export class Congestion {
  #shortestMs = Number.POSITIVE_INFINITY
  #isSlow = false
  #isBehind = false
  #answeredAtMs: UnixMs = 0
  #probesLeft = 0
  #stored = 0
  #room = Number.POSITIVE_INFINITY

  /** What comes now is not taken, so it need not be read. */
  get isRefusing(): boolean {
    return this.#isBehind && this.#probesLeft <= 0
  }

  /** Whether this node takes so many more positions now. What comes together is taken together. */
  admits(positions: number): boolean {
    if (!this.#isBehind) return true
    if (this.#probesLeft <= 0) return false
    this.#probesLeft -= positions
    return true
  }

  /** Whether a sender with so many under way is to be kept from sending more. @param underWay  those of all senders. */
  holds(ofSender: number, underWay: number): boolean {
    return this.#isSlow && ofSender > UNHELD_MAX && ofSender > PART_OF_LEFT * (this.#room - underWay)
  }

  /** Of a position that is in the record now: answers that did not wait for it say nothing of it. */
  stored(afterMs: number): void {
    this.#stored++
    if (afterMs < this.#shortestMs) this.#shortestMs = afterMs
  }

  /** A stretch of time is over. @param isEmpty  nothing waits. */
  look(isEmpty: boolean, nowMs: UnixMs): void {
    if (this.#stored > 0) this.#learn(nowMs)
    else if (nowMs - this.#answeredAtMs >= SILENCE_MAX_MS) this.#isBehind = this.#isSlow = false
    if (isEmpty) this.#isBehind = this.#isSlow = false
    this.#shortestMs = Number.POSITIVE_INFINITY
    this.#probesLeft = PROBES
  }

  #learn(nowMs: UnixMs): void {
    const shortestMs = this.#shortestMs
    const storedPerMs = this.#stored / Math.max(1, nowMs - this.#answeredAtMs)
    const room = Math.max(ROOM_MIN, storedPerMs * ROOM_MS)
    this.#room = this.#isSlow ? (this.#room + room) / 2 : room
    this.#isSlow = shortestMs > (this.#isSlow ? SLOW_MS / 2 : SLOW_MS)
    this.#isBehind = shortestMs > WAIT_MAX_MS
    this.#answeredAtMs = nowMs
    this.#stored = 0
  }
}
