/**
 * Where every vehicle is drawn, as typed arrays: what the graphics card needs to draw the way between two fixes by itself, so
 * that a frame costs us nothing for each vehicle. A vehicle is never taken out: one that is not heard of is shown as old.
 */
import { type FeedBatch, FIX_WIDTH, STATUS_WIDTH } from '../live/feed-batch.ts'
import { placeOf } from './mercator.ts'

/**
 * Floats of a vehicle: corner x y, from x y and to x y relative to that, from when, until when, heading, status, seen at.
 *
 * Single precision has 24 bits, and a place in the world needs 30 of them at the closest zoom. So a place is two numbers: the corner of
 * a grid, which has few bits and is exact, and the small rest, which is good to a millimetre wherever on earth it is.
 */
export const STRIDE = 11
const WAY = 2
const TIME = 6
const HEADING = 8
export const STATUS = 9
export const SEEN_AT = 10
/** Corners lie so far apart, in Mercator units: some ten kilometres at the equator. A power of two. */
const GRID = 1 / 4_096
const CAPACITY_FIRST = 1_024
/** A fix is drawn as a way that takes as long as the one before took to come, within these. */
const WAY_MIN_S = 0.2
const WAY_MAX_S = 6
/** Farther is a jump and no way: in Mercator units, about a kilometre at the equator. */
const JUMP = 1 / 40_000

export interface Seen {
  readonly driverId: string
  readonly longitude: number
  readonly latitude: number
  readonly status: number
  readonly ageMs: number
}

export class Vehicles {
  readonly ids: string[] = []
  rows = new Float32Array(CAPACITY_FIRST * STRIDE)
  isDirty = false
  readonly #indexes = new Map<string, number>()
  readonly #startedAtMs = Date.now()

  get count(): number {
    return this.ids.length
  }

  /** Seconds since the page was opened: what times of rows are in. */
  nowS(nowMs = Date.now()): number {
    return (nowMs - this.#startedAtMs) / 1_000
  }

  take(batch: FeedBatch): void {
    for (const id of batch.added) this.#add(id)
    const { fixes, statuses } = batch
    const now = this.nowS()
    for (let i = 0; i < fixes.length; i += FIX_WIDTH) this.#move(fixes, i, now)
    for (let i = 0; i < statuses.length; i += STATUS_WIDTH) {
      this.rows[(statuses[i] ?? 0) * STRIDE + STATUS] = statuses[i + 1] ?? 0
    }
    this.isDirty = true
  }

  indexOf(driverId: string): number | null {
    return this.#indexes.get(driverId) ?? null
  }

  at(index: number, nowMs = Date.now()): Seen {
    const now = this.nowS(nowMs)
    const row = index * STRIDE
    return {
      driverId: this.ids[index] ?? '',
      ...placeOf(this.#shown(row, 0, now), this.#shown(row, 1, now)),
      status: this.rows[row + STATUS] ?? 0,
      ageMs: Math.max(0, (now - (this.rows[row + SEEN_AT] ?? 0)) * 1_000),
    }
  }

  /** @returns the nearest within the radius, all in Mercator units; null where there is none. */
  nearest(x: number, y: number, radius: number): number | null {
    const now = this.nowS()
    let best: number | null = null
    let least = radius * radius
    for (let index = 0; index < this.count; index++) {
      const dx = this.#shown(index * STRIDE, 0, now) - x
      const dy = this.#shown(index * STRIDE, 1, now) - y
      const d = dx * dx + dy * dy
      if (d < least) [best, least] = [index, d]
    }
    return best
  }

  #add(id: string): void {
    if (this.count * STRIDE >= this.rows.length) {
      const larger = new Float32Array(this.rows.length * 2)
      larger.set(this.rows)
      this.rows = larger
    }
    this.#indexes.set(id, this.count)
    this.ids.push(id)
    // Not placed yet: drawn off the world.
    const row = (this.count - 1) * STRIDE
    this.rows[row] = -1
    this.rows[row + SEEN_AT] = Number.NEGATIVE_INFINITY
  }

  #move(fixes: Float64Array, i: number, now: number): void {
    const row = (fixes[i] ?? 0) * STRIDE
    const { rows } = this
    const x = fixes[i + 1] ?? 0
    const y = fixes[i + 2] ?? 0
    const seenAt = this.nowS(fixes[i + 4])
    const before = rows[row + SEEN_AT] ?? 0
    let fromX = this.#shown(row, 0, now)
    let fromY = this.#shown(row, 1, now)
    const isFirst = before === Number.NEGATIVE_INFINITY
    if (isFirst || Math.abs(x - fromX) + Math.abs(y - fromY) > JUMP) {
      fromX = x
      fromY = y
    }
    const cornerX = cornerOf(x)
    const cornerY = cornerOf(y)
    rows[row] = cornerX
    rows[row + 1] = cornerY
    rows[row + WAY] = fromX - cornerX
    rows[row + WAY + 1] = fromY - cornerY
    rows[row + WAY + 2] = x - cornerX
    rows[row + WAY + 3] = y - cornerY
    rows[row + TIME] = now
    rows[row + TIME + 1] = now + Math.min(WAY_MAX_S, Math.max(WAY_MIN_S, seenAt - before))
    const heading = fixes[i + 3] ?? -1
    if (heading >= 0) rows[row + HEADING] = heading
    rows[row + SEEN_AT] = seenAt
  }

  #shown(row: number, axis: 0 | 1, now: number): number {
    const { rows } = this
    const from = rows[row + WAY + axis] ?? 0
    const to = rows[row + WAY + 2 + axis] ?? 0
    const start = rows[row + TIME] ?? 0
    const end = rows[row + TIME + 1] ?? 0
    const share = end > start ? Math.min(1, Math.max(0, (now - start) / (end - start))) : 1
    return (rows[row + axis] ?? 0) + from + (to - from) * share
  }
}

/** Of the grid, at or before that x or y. */
export function cornerOf(coordinate: number): number {
  return Math.floor(coordinate / GRID) * GRID
}
