/**
 * Where every vehicle is drawn, as typed arrays: what the graphics card needs to draw the way between two fixes by itself, so
 * that a frame costs us nothing for each vehicle. A vehicle is never taken out: one that is not heard of is shown as old.
 */
import { type FeedBatch, FIX_WIDTH, STATUS_WIDTH } from '../live/feed-batch.ts'

/** Floats of a vehicle: from x y, to x y, from when, until when, heading, status, seen at. */
export const STRIDE = 9
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
  /** Relative to {@link origin}: single precision would shake by metres otherwise. */
  rows = new Float32Array(CAPACITY_FIRST * STRIDE)
  readonly origin = { x: 0, y: 0 }
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
      this.rows[(statuses[i] ?? 0) * STRIDE + 7] = statuses[i + 1] ?? 0
    }
    this.isDirty = true
  }

  indexOf(driverId: string): number | null {
    return this.#indexes.get(driverId) ?? null
  }

  at(index: number, nowMs = Date.now()): Seen {
    const now = this.nowS(nowMs)
    const row = index * STRIDE
    const [x, y] = [this.origin.x + this.#shown(row, 0, now), this.origin.y + this.#shown(row, 1, now)]
    return {
      driverId: this.ids[index] ?? '',
      longitude: x * 360 - 180,
      latitude: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI,
      status: this.rows[row + 7] ?? 0,
      ageMs: Math.max(0, (now - (this.rows[row + 8] ?? 0)) * 1_000),
    }
  }

  /** @returns the nearest within the radius, all in Mercator units; null where there is none. */
  nearest(x: number, y: number, radius: number): number | null {
    const now = this.nowS()
    let best: number | null = null
    let least = radius * radius
    for (let index = 0; index < this.count; index++) {
      const [dx, dy] = [
        this.origin.x + this.#shown(index * STRIDE, 0, now) - x,
        this.origin.y + this.#shown(index * STRIDE, 1, now) - y,
      ]
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
    // Not placed yet: drawn nowhere.
    this.rows[(this.count - 1) * STRIDE + 8] = Number.NEGATIVE_INFINITY
  }

  #move(fixes: Float64Array, i: number, now: number): void {
    const row = (fixes[i] ?? 0) * STRIDE
    const { rows } = this
    const [mx, my] = mercator(fixes[i + 1] ?? 0, fixes[i + 2] ?? 0)
    if (this.origin.x === 0) Object.assign(this.origin, { x: mx, y: my })
    const [x, y] = [mx - this.origin.x, my - this.origin.y]
    const seenAt = this.nowS(fixes[i + 4])
    const before = rows[row + 8] ?? 0
    const isFirst = before === Number.NEGATIVE_INFINITY
    const [fromX, fromY] = [this.#shown(row, 0, now), this.#shown(row, 1, now)]
    const isJump = isFirst || Math.abs(x - fromX) + Math.abs(y - fromY) > JUMP
    rows[row] = isJump ? x : fromX
    rows[row + 1] = isJump ? y : fromY
    rows[row + 2] = x
    rows[row + 3] = y
    rows[row + 4] = now
    rows[row + 5] = now + Math.min(WAY_MAX_S, Math.max(WAY_MIN_S, seenAt - before))
    const heading = fixes[i + 3] ?? -1
    if (heading >= 0) rows[row + 6] = heading
    rows[row + 8] = seenAt
  }

  #shown(row: number, axis: 0 | 1, now: number): number {
    const { rows } = this
    const [from, to] = [rows[row + axis] ?? 0, rows[row + 2 + axis] ?? 0]
    const [start, end] = [rows[row + 4] ?? 0, rows[row + 5] ?? 0]
    const share = end > start ? Math.min(1, Math.max(0, (now - start) / (end - start))) : 1
    return from + (to - from) * share
  }
}

/** As the map has it: x and y from 0 to 1, y southwards. */
export function mercator(longitude: number, latitude: number): [number, number] {
  const radians = (latitude * Math.PI) / 180
  return [(longitude + 180) / 360, (1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2]
}
