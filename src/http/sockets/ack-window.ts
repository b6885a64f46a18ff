/**
 * Which frames of one stream are settled, as one number: everything up to it is.
 *
 * Frames are numbered from 1 by the sender. TCP keeps their order, so a hole means that the sender skipped or lost a
 * frame; the acknowledgement never passes a hole, or the sender would take a frame for committed that never came. A
 * frame may still fill the hole later. A frame seen before is not taken again, only acknowledged again.
 *
 * Bounded twice: frames that are not settled yet (and the points in them), and how far numbers may run ahead.
 */
export interface AckLimits {
  readonly framesMax: number
  readonly pointsMax: number
}

/**
 * - `new`: take it · `ahead`: take it, but a frame before it is missing
 * - `repeat`: seen before · `full`: too much is unsettled; counts as settled, because it is answered with an error
 * - `beyond`: so far ahead of the missing frame that it is not even remembered
 */
export type Verdict = 'new' | 'ahead' | 'repeat' | 'full' | 'beyond'

/** How far numbers may run ahead of the first missing one, in windows. */
const SPAN_WINDOWS = 4

export class AckWindow {
  readonly #limits: AckLimits
  /** Received and not settled, with the number of points in them. */
  readonly #open = new Map<number, number>()
  /** Settled, but not everything before them. */
  readonly #settled = new Set<number>()
  #acked = 0
  #highest = 0
  #points = 0

  constructor(limits: AckLimits) {
    this.#limits = limits
  }

  /** Every frame up to this one is settled. */
  get acked(): number {
    return this.#acked
  }

  get unsettledFrames(): number {
    return this.#open.size
  }

  get unsettledPoints(): number {
    return this.#points
  }

  /** The first frame that has not come; where none is missing, the next. */
  get expected(): number {
    let seq = this.#acked + 1
    while (this.#open.has(seq) || this.#settled.has(seq)) seq++
    return seq
  }

  /** @param seq  a whole number from 1. */
  receive(seq: number, points: number): Verdict {
    if (seq <= this.#acked || this.#open.has(seq) || this.#settled.has(seq)) return 'repeat'
    if (seq > this.#acked + this.#limits.framesMax * SPAN_WINDOWS) return 'beyond'
    const isAhead = seq > this.#highest + 1
    this.#highest = Math.max(this.#highest, seq)
    if (!this.#hasRoom(points)) {
      this.#markSettled(seq)
      return 'full'
    }
    this.#open.set(seq, points)
    this.#points += points
    return isAhead ? 'ahead' : 'new'
  }

  /** Everything in the frame is committed or answered. */
  settle(seq: number): void {
    const points = this.#open.get(seq)
    if (points === undefined) return
    this.#open.delete(seq)
    this.#points -= points
    this.#markSettled(seq)
  }

  /** One frame always fits, or a large one could never be taken. */
  #hasRoom(points: number): boolean {
    const { framesMax, pointsMax } = this.#limits
    return this.#open.size === 0 || (this.#open.size < framesMax && this.#points + points <= pointsMax)
  }

  #markSettled(seq: number): void {
    this.#settled.add(seq)
    while (this.#settled.delete(this.#acked + 1)) this.#acked++
  }
}
