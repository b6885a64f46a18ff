/**
 * Positions on their way to the node, in the order in which they were recorded. Pure bookkeeping: what is kept on the disk and what goes
 * over the line is for its owner.
 *
 * A position leaves when the node has acknowledged it, which is when it is committed; not when it was sent. Frames are numbered from 1 on each
 * connection; an acknowledgement settles every frame up to its number. After a break all that is kept is sent again, with the times at which it was
 * recorded, by which the node tells a repeat. What the node cannot take now (`error` of a passing kind) stays at its place; frames behind it
 * that are on their way already are late in its history, and none is lost.
 */
export interface Point {
  readonly latitude: number
  readonly longitude: number
  readonly speed?: number
  readonly heading?: number
  readonly accuracy?: number
  readonly recorded_at: string
  readonly order_id?: string
}

export interface Queued {
  /** Rises; names it on the disk. */
  readonly id: number
  readonly point: Point
}

export interface Frame {
  readonly seq: number
  readonly points: readonly Point[]
}

interface Slot {
  readonly queued: Queued
  /** Of the frame on this connection that carries it; 0: none. */
  seq: number
  /** When that frame was made. */
  sentAtMs: number
  /** It was in a frame of which something was refused: by itself it is seen whether it was this. */
  isAlone: boolean
}

export interface QueueCounts {
  readonly waiting: number
  readonly stored: number
  /** There was no room for them. */
  readonly dropped: number
  /** The node does not want them, ever. */
  readonly refused: number
}

/** Eleven hours without a network at a position every four seconds. */
export const QUEUE_MAX = 10_000
/** Of one frame, and of frames that are not settled: a tunnel's worth goes at once, and no burst buries the node. */
export const POINTS_MAX = 100
export const FRAMES_MAX = 8

/**
 * A tab from which the seat was just taken may still write some to the disk that this life has not read. They lie in the gap, where nothing of
 * this life writes over them, and the next life sends them.
 */
const TAKEOVER_GAP = 1_000

export class PositionQueue {
  readonly #max: number
  #slots: Slot[]
  #nextId: number
  #seq = 0
  #counts = { stored: 0, dropped: 0, refused: 0 }

  /** @param kept  from an earlier life, in order. */
  constructor(kept: readonly Queued[] = [], max: number = QUEUE_MAX) {
    this.#max = max
    this.#slots = kept.map(slotOf)
    this.#nextId = (kept.at(-1)?.id ?? 0) + TAKEOVER_GAP
  }

  get waiting(): readonly Queued[] {
    return this.#slots.map(({ queued }) => queued)
  }

  get counts(): QueueCounts {
    return { waiting: this.#slots.length, ...this.#counts }
  }

  /** When the frame was made that has waited longest for its answer; null: none waits. */
  get dueSinceMs(): number | null {
    return this.#slots.reduce<number | null>(
      (since, { seq, sentAtMs }) => (seq === 0 ? since : Math.min(since ?? sentAtMs, sentAtMs)),
      null,
    )
  }

  /** @returns what is to be kept, and what there is no room for any more: the oldest. */
  push(point: Point): { readonly added: Queued; readonly dropped: readonly number[] } {
    const added: Queued = { id: this.#nextId++, point }
    this.#slots.push(slotOf(added))
    const over = this.#slots.splice(0, Math.max(0, this.#slots.length - this.#max))
    this.#counts.dropped += over.length
    return { added, dropped: over.map(({ queued }) => queued.id) }
  }

  /** On a new connection nothing has been sent. */
  reconnected(): void {
    this.#seq = 0
    for (const slot of this.#slots) slot.seq = 0
  }

  /** @returns null where nothing waits, or enough is on its way. */
  next(nowMs: number): Frame | null {
    const first = this.#slots.findIndex(slot => slot.seq === 0)
    if (first === -1 || this.#framesOnTheirWay() >= FRAMES_MAX) return null
    const batch: Slot[] = []
    for (let i = first; batch.length < POINTS_MAX; i++) {
      const slot = this.#slots[i]
      if (slot === undefined || slot.seq !== 0 || (slot.isAlone && batch.length > 0)) break
      batch.push(slot)
      if (slot.isAlone) break
    }
    const seq = ++this.#seq
    for (const slot of batch) {
      slot.seq = seq
      slot.sentAtMs = nowMs
    }
    return { seq, points: batch.map(({ queued }) => queued.point) }
  }

  /** @returns which are committed, and need not be kept. */
  acked(seq: number): readonly number[] {
    const settled = this.#remove(slot => slot.seq !== 0 && slot.seq <= seq)
    this.#counts.stored += settled.length
    return settled
  }

  /** An error settles its own frame. @returns which need not be kept. */
  failed(seq: number, isPassing: boolean): readonly number[] {
    const carried = this.#slots.filter(slot => slot.seq === seq)
    if (isPassing || carried.length > 1) {
      for (const slot of carried) {
        slot.seq = 0
        slot.isAlone ||= !isPassing
      }
      return []
    }
    const refused = this.#remove(slot => slot.seq === seq)
    this.#counts.refused += refused.length
    return refused
  }

  #framesOnTheirWay(): number {
    return new Set(this.#slots.flatMap(({ seq }) => (seq === 0 ? [] : [seq]))).size
  }

  #remove(goes: (slot: Slot) => boolean): number[] {
    const gone: number[] = []
    this.#slots = this.#slots.filter(slot => {
      if (!goes(slot)) return true
      gone.push(slot.queued.id)
      return false
    })
    return gone
  }
}

function slotOf(queued: Queued): Slot {
  return { queued, seq: 0, sentAtMs: 0, isAlone: false }
}
