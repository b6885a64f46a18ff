/**
 * Which keys are near a point: a mutable map from key to position, bucketed by H3 cell. Exact: a search grows ring by
 * ring until no key outside can be nearer than those found, and where the rings would visit more cells than are
 * occupied, or cost more than to read all keys, it reads all keys instead.
 */

import { cellNear } from './cell-core.ts'
import { distanceM, type LatLng } from './geo.ts'
import { cellAt, INDEX_RES, ring } from './h3.ts'
import type { CellId } from './ids.ts'

export interface NearestQuery<K extends string> {
  readonly limit: number
  readonly radiusM: number
  /** Asked only for keys within the radius. */
  readonly accept?: (key: K) => boolean
}

export interface Neighbour<K extends string> {
  readonly key: K
  readonly distanceM: number
}

/** The place of a key in an index. */
export interface Indexed {
  readonly position: LatLng
}

interface Entry<K extends string> extends Indexed {
  readonly key: K
  position: LatLng
  cell: CellId
  /** Place in its cell's bucket, so that leaving it needs no search. */
  slot: number
}

/**
 * No edge of an index cell is shorter: measured over 67,000 cells of the globe and all those within six steps of the
 * twelve pentagons, where cells are smallest, the shortest way past one ring is 141 m.
 */
const SHORTEST_EDGE_M = 130
/** To name and look up one cell costs about as much as to measure the distance to three keys. */
const KEYS_PER_VISIT = 3
const METRES_PER_DEGREE = 111_195.08
/** What rounding may add to a metre count; a latitude alone must never rule out what the haversine would keep. */
const SLACK_M = 1

/** Whatever lies this near to a point is at most `k` rings from the point's cell: k rows of hexagons, of which the first is only begun. */
function reachM(k: number): number {
  return k === 0 ? 0 : (1.5 * k - 0.5) * SHORTEST_EDGE_M
}

export class SpatialIndex<K extends string> {
  readonly #entries = new Map<K, Entry<K>>()
  readonly #buckets = new Map<CellId, Entry<K>[]>()

  get size(): number {
    return this.#entries.size
  }

  get(key: K): LatLng | null {
    return this.#entries.get(key)?.position ?? null
  }

  /** @returns the key's place in the index, good until the key is deleted: for whoever moves it often. */
  set(key: K, p: LatLng): Indexed {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#move(known, p)
      return known
    }
    const added = { key, position: p, cell: cellAt(p, INDEX_RES), slot: 0 }
    this.#entries.set(key, added)
    this.#join(added)
    return added
  }

  /** As `set` of its key, without looking for it. */
  move(indexed: Indexed, p: LatLng): void {
    this.#move(indexed as Entry<K>, p)
  }

  #move(entry: Entry<K>, p: LatLng): void {
    entry.position = p
    const cell = cellNear(p, INDEX_RES, entry.cell)
    if (entry.cell === cell) return
    this.#leave(entry)
    entry.cell = cell
    this.#join(entry)
  }

  /** @returns whether the key was there. */
  delete(key: K): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    this.#leave(entry)
    return this.#entries.delete(key)
  }

  /** The nearest first; equally far ones in the order of their keys. */
  nearest(p: LatLng, query: NearestQuery<K>): Neighbour<K>[] {
    if (!(query.limit > 0) || !(query.radiusM >= 0) || this.size === 0) return []
    return (this.#byRings(p, query) ?? this.#byScan(p, query)).sort(nearerFirst).slice(0, query.limit)
  }

  /** @returns null where to read all keys is cheaper. */
  #byRings(p: LatLng, query: NearestQuery<K>): Neighbour<K>[] | null {
    const found: Neighbour<K>[] = []
    const middle = cellAt(p, INDEX_RES)
    const visitedMax = Math.min(this.#buckets.size, Math.ceil(this.size / KEYS_PER_VISIT))
    for (let k = 0, visited = 1; visited <= visitedMax; k++, visited += 6 * k) {
      for (const cell of k === 0 ? [middle] : ring(middle, k)) {
        for (const entry of this.#buckets.get(cell) ?? []) collect(found, p, entry, query)
      }
      const reach = reachM(k)
      if (reach >= query.radiusM || holdsWithin(found, reach, query.limit)) return found
    }
    return null
  }

  #byScan(p: LatLng, query: NearestQuery<K>): Neighbour<K>[] {
    const found: Neighbour<K>[] = []
    for (const entry of this.#entries.values()) collect(found, p, entry, query)
    return found
  }

  #join(entry: Entry<K>): void {
    const bucket = this.#buckets.get(entry.cell)
    if (bucket === undefined) {
      entry.slot = 0
      this.#buckets.set(entry.cell, [entry])
    } else {
      entry.slot = bucket.push(entry) - 1
    }
  }

  #leave(entry: Entry<K>): void {
    const bucket = this.#buckets.get(entry.cell)
    const last = bucket?.pop()
    if (bucket === undefined || last === undefined) return
    if (last !== entry) {
      bucket[entry.slot] = last
      last.slot = entry.slot
    }
    if (bucket.length === 0) this.#buckets.delete(entry.cell)
  }
}

function collect<K extends string>(found: Neighbour<K>[], p: LatLng, entry: Entry<K>, query: NearestQuery<K>): void {
  // A difference in latitude alone is cheap and rules most of a scan out.
  const latitudesM = Math.abs(entry.position.latitude - p.latitude) * METRES_PER_DEGREE
  if (latitudesM > query.radiusM + SLACK_M) return
  const metres = distanceM(p, entry.position)
  if (metres > query.radiusM || query.accept?.(entry.key) === false) return
  found.push({ key: entry.key, distanceM: metres })
}

function holdsWithin<K extends string>(found: readonly Neighbour<K>[], reach: number, count: number): boolean {
  if (found.length < count) return false
  let within = 0
  // Strictly: one just as far may wait in the next ring with a smaller key.
  for (const neighbour of found) if (neighbour.distanceM < reach) within++
  return within >= count
}

function nearerFirst<K extends string>(a: Neighbour<K>, b: Neighbour<K>): number {
  return a.distanceM - b.distanceM || (a.key < b.key ? -1 : 1)
}
