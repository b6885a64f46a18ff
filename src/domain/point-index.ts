/**
 * Which items are near a point. An item has a slot, which whoever put it in keeps, so that neither a move nor a question looks
 * anything up by a name. Positions lie in the buckets of a grid's cells (`vector-buckets.ts`), since what a question costs is the
 * memory that it must wait for: it reads a few stretches from end to end, and of the items only those that it returns.
 *
 * Exact: cells are read ring by ring, and of what was read the nearest is drawn as long as nothing outside the rings can be
 * nearer. Where the rings would visit more cells than are occupied, or cost more than to read all items, all are read.
 */
import { distanceM, EARTH_RADIUS_M, type LatLng, RADIANS } from './geo.ts'
import { gridCellAt, ringsReachM, visitRing } from './grid.ts'
import { asLongAs, lineWithin, NearLines, type Vector, vectorOf } from './near-lines.ts'
import { ROW_WIDTH, VectorBuckets } from './vector-buckets.ts'

export interface NearestQuery<T> {
  readonly limit: number
  readonly radiusM: number
  /** Asked of the nearest first, until there are enough. */
  readonly accept?: (item: T) => boolean
}

export interface Near<T> {
  readonly item: T
  readonly distanceM: number
}

/** To look one cell up costs about as much as to read so many items in the order in which they lie. */
const ITEMS_PER_VISIT = 3
/** An item that is asked and refused was fetched from anywhere in the memory. */
const VISITS_PER_REFUSAL = 4
const METRES_PER_DEGREE = EARTH_RADIUS_M * RADIANS
/** What rounding may add to a metre count. */
const SLACK_M = 1

interface Slots<T> {
  readonly items: (T | undefined)[]
  readonly positions: LatLng[]
}

export class PointIndex<T> {
  readonly #isBefore: (a: T, b: T) => boolean
  readonly #buckets = new VectorBuckets()
  readonly #slots: Slots<T> = { items: [], positions: [] }
  readonly #freed: number[] = []
  /** Of the search that is under way: there is one at a time, whoever is asked whether an item will do asks nothing here. */
  readonly #lines = new NearLines()
  #size = 0

  /** @param isBefore  of two that are equally far. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#size
  }

  /** @param p  kept: where the item is, read anew with each `moved`. @returns its slot, good until it is removed. */
  add(item: T, p: LatLng): number {
    const slot = this.#freed.pop() ?? this.#slots.items.length
    this.#slots.items[slot] = item
    this.#slots.positions[slot] = p
    this.#size++
    this.#buckets.add(slot, gridCellAt(p), vectorOf(p))
    return slot
  }

  /** What was given as its position says another one now. Before anything else is asked here. */
  moved(slot: number): void {
    const p = this.#slots.positions[slot]
    if (p === undefined || this.#slots.items[slot] === undefined) return
    this.#buckets.move(slot, gridCellAt(p), vectorOf(p))
  }

  remove(slot: number): void {
    this.#buckets.remove(slot)
    this.#slots.items[slot] = undefined
    this.#freed.push(slot)
    this.#size--
  }

  positionOf(slot: number): LatLng | null {
    return this.#slots.positions[slot] ?? null
  }

  /** The nearest first. */
  nearest(p: LatLng, query: NearestQuery<T>): Near<T>[] {
    if (!(query.limit > 0) || !(query.radiusM >= 0) || this.#size === 0) return []
    const found = this.#byRings(p, query) ?? this.#byScan(p, query)
    return found.sort((a, b) => this.#nearerFirst(a, b)).slice(0, query.limit)
  }

  /** @returns null where to read all items is cheaper. */
  #byRings(p: LatLng, query: NearestQuery<T>): Near<T>[] | null {
    const draw = this.#draw(p, query)
    const read = (cell: number): void => {
      const bucket = this.#buckets.of(cell)
      if (bucket !== undefined) draw.read(this.#buckets.rows, bucket.start, bucket.length)
    }
    const costMax = Math.min(this.#buckets.size, Math.ceil(this.#size / ITEMS_PER_VISIT))
    for (let k = 0, visits = 1; visits + VISITS_PER_REFUSAL * draw.refused <= costMax; k++, visits += 8 * k) {
      visitRing(p, k, read)
      if (draw.isEnoughWithin(ringsReachM(p, k))) return draw.found
    }
    return null
  }

  #byScan(p: LatLng, { limit, radiusM, accept }: NearestQuery<T>): Near<T>[] {
    const draw = this.#draw(p, { limit, radiusM })
    for (const [slot, item] of this.#slots.items.entries()) {
      const position = this.#slots.positions[slot]
      if (item === undefined || position === undefined || isFarNorth(position, p, radiusM)) continue
      if (accept?.(item) === false) continue
      draw.add(vectorOf(position), slot)
    }
    draw.isEnoughWithin(Number.POSITIVE_INFINITY)
    return draw.found
  }

  #draw(from: LatLng, query: NearestQuery<T>): Draw<T> {
    this.#lines.clear()
    return new Draw({ slots: this.#slots, lines: this.#lines, from, query })
  }

  #nearerFirst(a: Near<T>, b: Near<T>): number {
    return a.distanceM - b.distanceM || (this.#isBefore(a.item, b.item) ? -1 : 1)
  }
}

interface Search<T> {
  readonly slots: Slots<T>
  /** None in it. */
  readonly lines: NearLines
  readonly from: LatLng
  readonly query: NearestQuery<T>
}

/** One search. */
class Draw<T> {
  readonly found: Near<T>[] = []
  readonly #slots: Slots<T>
  readonly #from: LatLng
  readonly #query: NearestQuery<T>
  readonly #lines: NearLines
  readonly #vector: Vector
  readonly #lineMax: number
  refused = 0
  /** Once there are enough: only what may be just as far as the last of them is still drawn. */
  #enough = Number.POSITIVE_INFINITY

  constructor({ slots, lines, from, query }: Search<T>) {
    this.#slots = slots
    this.#lines = lines
    this.#from = from
    this.#query = query
    this.#vector = vectorOf(from)
    this.#lineMax = lineWithin(query.radiusM)
  }

  read(rows: Float64Array, start: number, length: number): void {
    const { x, y, z } = this.#vector
    const lineMax = this.#lineMax
    const end = (start + length) * ROW_WIDTH
    for (let at = start * ROW_WIDTH; at < end; at += ROW_WIDTH) {
      const dx = (rows[at] as number) - x
      const dy = (rows[at + 1] as number) - y
      const dz = (rows[at + 2] as number) - z
      const line = dx * dx + dy * dy + dz * dz
      if (line <= lineMax) this.#lines.add(line, rows[at + 3] as number)
    }
  }

  add({ x, y, z }: Vector, slot: number): void {
    const from = this.#vector
    const line = (x - from.x) ** 2 + (y - from.y) ** 2 + (z - from.z) ** 2
    if (line <= this.#lineMax) this.#lines.add(line, slot)
  }

  /** Draws what is nearer than anything that was not read, which is so far away. @returns whether no more is needed. */
  isEnoughWithin(metres: number): boolean {
    const isAll = metres > this.#query.radiusM
    const below = isAll ? Number.POSITIVE_INFINITY : lineWithin(metres)
    while (this.#lines.shortest < below && this.#lines.shortest <= this.#enough) this.#take(this.#lines.shortest)
    return isAll || this.#enough < below
  }

  #take(line: number): void {
    const slot = this.#lines.draw() as number
    const item = this.#slots.items[slot]
    const position = this.#slots.positions[slot]
    const { radiusM, limit, accept } = this.#query
    if (item === undefined || position === undefined) return
    if (accept?.(item) === false) {
      this.refused++
      return
    }
    const metres = distanceM(this.#from, position)
    if (metres > radiusM) return
    this.found.push({ item, distanceM: metres })
    if (this.found.length === limit) this.#enough = asLongAs(line)
  }
}

/** Or far south: cheap, and rules most of a scan out. */
function isFarNorth(a: LatLng, b: LatLng, radiusM: number): boolean {
  return Math.abs(a.latitude - b.latitude) * METRES_PER_DEGREE > radiusM + SLACK_M
}
