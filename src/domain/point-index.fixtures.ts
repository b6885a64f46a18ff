/** A {@link PointIndex} as a mutable map from key to position, for the tests. */
import type { LatLng } from './geo.ts'
import { type NearestQuery, PointIndex } from './point-index.ts'

export interface Neighbour<K extends string> {
  readonly key: K
  readonly distanceM: number
}

export class PointMap<K extends string> {
  readonly #slots = new Map<K, number>()
  readonly #points = new PointIndex<K>((a, b) => a < b)

  get size(): number {
    return this.#slots.size
  }

  get(key: K): LatLng | null {
    const slot = this.#slots.get(key)
    return slot === undefined ? null : this.#points.positionOf(slot)
  }

  set(key: K, p: LatLng): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) this.#slots.set(key, this.#points.add(key, { ...p }))
    else {
      Object.assign(this.#points.positionOf(slot) as LatLng, p)
      this.#points.moved(slot)
    }
  }

  /** @returns whether the key was there. */
  delete(key: K): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    this.#points.remove(slot)
    return this.#slots.delete(key)
  }

  /** The nearest first; equally far ones in the order of their keys. */
  nearest(p: LatLng, query: NearestQuery<K>): Neighbour<K>[] {
    return this.#points.nearest(p, query).map(({ item: key, distanceM }) => ({ key, distanceM }))
  }
}
