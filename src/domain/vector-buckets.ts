/**
 * Vectors in buckets, one bucket for each cell of a grid, and all of them rows of one array: a question reads the rows of a bucket from end to
 * end, and who knows its slot writes where its row lies. What either costs is waiting for memory; a bucket with an array of its
 * own would be four waits for each move: two for the map of buckets, one for the bucket and one for what it holds.
 *
 * A bucket has room for a power of two of rows. One that is full gets twice the room elsewhere, one that is a quarter full half of it,
 * and the room it leaves is given to the next bucket of its size.
 */
import type { Vector } from './near-lines.ts'

/** Of a row: x, y and z of its vector, then its slot. */
export const ROW_WIDTH = 4

/** Both in rows. */
export interface Bucket {
  readonly start: number
  readonly length: number
}

interface OwnBucket extends Bucket {
  start: number
  length: number
  /** Of its room the power of two. */
  power: number
}

/** Where a city is busiest a cell holds ten, elsewhere one or two. */
const POWER_FIRST = 1

export class VectorBuckets {
  readonly #buckets = new Map<number, OwnBucket>()
  /** Of each slot its cell, and the row in which its vector lies. */
  readonly #cells: number[] = []
  readonly #places: number[] = []
  /** By their power: where rooms begin that nobody uses. */
  readonly #rooms: number[][] = []
  #rows = new Float64Array(ROW_WIDTH << POWER_FIRST)
  /** Rows from here on were never used. */
  #end = 0

  /** Of occupied cells. */
  get size(): number {
    return this.#buckets.size
  }

  /** Good until the next `put` or `remove`. */
  get rows(): Float64Array {
    return this.#rows
  }

  of(cell: number): Bucket | undefined {
    return this.#buckets.get(cell)
  }

  add(slot: number, cell: number, vector: Vector): void {
    const bucket = this.#buckets.get(cell) ?? this.#opened(cell)
    if (bucket.length === 1 << bucket.power) this.#settle(bucket, bucket.power + 1)
    this.#cells[slot] = cell
    this.#write(bucket.start + bucket.length++, vector, slot)
  }

  move(slot: number, cell: number, vector: Vector): void {
    if (this.#cells[slot] === cell) {
      this.#write(this.#places[slot] as number, vector, slot)
      return
    }
    this.remove(slot)
    this.add(slot, cell, vector)
  }

  /** The last of the bucket takes its place. */
  remove(slot: number): void {
    const cell = this.#cells[slot] as number
    const bucket = this.#buckets.get(cell)
    if (bucket === undefined) return
    bucket.length--
    this.#copy(bucket.start + bucket.length, this.#places[slot] as number, 1)
    if (bucket.length === 0) {
      this.#buckets.delete(cell)
      this.#leave(bucket)
    } else if (bucket.power > POWER_FIRST && bucket.length <= 1 << (bucket.power - 2)) {
      this.#settle(bucket, bucket.power - 1)
    }
  }

  #opened(cell: number): OwnBucket {
    const bucket = { start: this.#room(POWER_FIRST), length: 0, power: POWER_FIRST }
    this.#buckets.set(cell, bucket)
    return bucket
  }

  /** Elsewhere, with another room. */
  #settle(bucket: OwnBucket, power: number): void {
    const start = this.#room(power)
    this.#copy(bucket.start, start, bucket.length)
    this.#leave(bucket)
    bucket.start = start
    bucket.power = power
  }

  #room(power: number): number {
    const left = this.#rooms[power]?.pop()
    if (left !== undefined) return left
    const start = this.#end
    this.#end += 1 << power
    if (this.#end * ROW_WIDTH > this.#rows.length) this.#grow()
    return start
  }

  #leave({ start, power }: OwnBucket): void {
    const rooms = this.#rooms[power]
    if (rooms === undefined) this.#rooms[power] = [start]
    else rooms.push(start)
  }

  #grow(): void {
    const rows = new Float64Array(2 * this.#end * ROW_WIDTH)
    rows.set(this.#rows)
    this.#rows = rows
  }

  #copy(from: number, to: number, count: number): void {
    const rows = this.#rows
    rows.copyWithin(to * ROW_WIDTH, from * ROW_WIDTH, (from + count) * ROW_WIDTH)
    for (let row = to; row < to + count; row++) this.#places[rows[row * ROW_WIDTH + ROW_WIDTH - 1] as number] = row
  }

  #write(row: number, { x, y, z }: Vector, slot: number): void {
    const rows = this.#rows
    const at = row * ROW_WIDTH
    rows[at] = x
    rows[at + 1] = y
    rows[at + 2] = z
    rows[at + 3] = slot
    this.#places[slot] = row
  }
}
