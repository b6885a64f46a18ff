/**
 * All zones, ready to be asked where a point is, once for every position that comes in. Zones are filed by the cells of their
 * covers; what there is in one of the finest cells is put together when somebody is first there, and kept until the zones
 * change. Most positions are in the cell of the one before, and in most cells there is nothing.
 */
import { type Core, coreOf, isWithin } from '../cell-core.ts'
import type { LatLng } from '../geo.ts'
import { cellAt, parentOf, resolutionOf } from '../h3.ts'
import type { CellId, ZoneId } from '../ids.ts'
import { COVER_RES_MAX, coverOf } from './cover.ts'
import { contains, type Shape, shapeOf } from './shape.ts'
import type { Zone, ZoneKind } from './zone.ts'

/** A zone in the index. Another version of it is another object. */
export interface IndexedZone extends Zone {
  readonly shape: Shape
}

/** What there is in one cell. */
export interface Surroundings {
  readonly cell: CellId
  readonly core: Core
  /** Zones that the whole cell is in. */
  readonly inner: readonly IndexedZone[]
  /** Zones that a part of the cell may be in. */
  readonly edge: readonly IndexedZone[]
  /** Of the index when it was looked up: with another one these are no longer true. */
  readonly generation: number
}

interface Filed {
  readonly zone: IndexedZone
  readonly inner: readonly CellId[]
  readonly edge: readonly CellId[]
}

/** Cells of the finest size where somebody has been: 100,000 of them are the cities of a country. */
const SURROUNDINGS_MAX = 100_000

export class ZoneIndex {
  readonly #zones = new Map<ZoneId, Filed>()
  readonly #inner = new Map<CellId, Set<IndexedZone>>()
  readonly #edge = new Map<CellId, Set<IndexedZone>>()
  /** How many cells of each resolution are filed. */
  readonly #filedAt: number[] = new Array<number>(COVER_RES_MAX + 1).fill(0)
  readonly #counts: Record<ZoneKind, number> = { service_area: 0, geofence: 0, price_area: 0 }
  #surroundings = new Map<CellId, Surroundings>()
  #generation = 0

  get size(): number {
    return this.#zones.size
  }

  count(kind: ZoneKind): number {
    return this.#counts[kind]
  }

  get(zoneId: ZoneId): IndexedZone | undefined {
    return this.#zones.get(zoneId)?.zone
  }

  /** In place of its version before. */
  put(zone: Zone): void {
    this.remove(zone.zoneId)
    const shape = shapeOf(zone.area)
    const indexed: IndexedZone = { ...zone, shape }
    const filed = { zone: indexed, ...coverOf(shape) }
    this.#zones.set(zone.zoneId, filed)
    for (const cell of filed.inner) this.#file(this.#inner, cell, indexed)
    for (const cell of filed.edge) this.#file(this.#edge, cell, indexed)
    this.#changed(zone.kind, 1)
  }

  remove(zoneId: ZoneId): void {
    const filed = this.#zones.get(zoneId)
    if (filed === undefined) return
    this.#zones.delete(zoneId)
    for (const cell of filed.inner) this.#unfile(this.#inner, cell, filed.zone)
    for (const cell of filed.edge) this.#unfile(this.#edge, cell, filed.zone)
    this.#changed(filed.zone.kind, -1)
  }

  /** @param before  of the last look of whoever is asking, which is likely to be this one. */
  around(point: LatLng, before: Surroundings | null): Surroundings {
    const isThere = before !== null && isWithin(point, before.core)
    if (isThere && before.generation === this.#generation) return before
    const cell = isThere ? before.cell : cellAt(point, COVER_RES_MAX)
    return this.#surroundings.get(cell) ?? this.#look(cell)
  }

  /** Every zone that the point is in. */
  at(point: LatLng): IndexedZone[] {
    return zonesAt(this.around(point, null), point)
  }

  #look(cell: CellId): Surroundings {
    const inner = new Set<IndexedZone>()
    const edge = new Set<IndexedZone>()
    for (let res = COVER_RES_MAX; res >= 0; res--) {
      if (this.#filedAt[res] === 0) continue
      const filed = res === COVER_RES_MAX ? cell : parentOf(cell, res)
      for (const zone of this.#inner.get(filed) ?? []) inner.add(zone)
      for (const zone of this.#edge.get(filed) ?? []) edge.add(zone)
    }
    // Of a zone in parts, one may have the whole cell and another only touch it.
    const found = {
      cell,
      core: coreOf(cell),
      inner: [...inner],
      edge: [...edge.difference(inner)],
      generation: this.#generation,
    }
    if (this.#surroundings.size >= SURROUNDINGS_MAX) this.#surroundings.clear()
    this.#surroundings.set(cell, found)
    return found
  }

  #file(cells: Map<CellId, Set<IndexedZone>>, cell: CellId, zone: IndexedZone): void {
    const there = cells.get(cell)
    if (there) there.add(zone)
    else cells.set(cell, new Set([zone]))
    this.#countCell(cell, 1)
  }

  #unfile(cells: Map<CellId, Set<IndexedZone>>, cell: CellId, zone: IndexedZone): void {
    const there = cells.get(cell)
    if (!there?.delete(zone)) return
    if (there.size === 0) cells.delete(cell)
    this.#countCell(cell, -1)
  }

  #countCell(cell: CellId, by: number): void {
    const res = resolutionOf(cell)
    this.#filedAt[res] = (this.#filedAt[res] ?? 0) + by
  }

  #changed(kind: ZoneKind, by: number): void {
    this.#counts[kind] += by
    this.#generation++
    if (this.#surroundings.size > 0) this.#surroundings = new Map()
  }
}

export function zonesAt({ inner, edge }: Surroundings, point: LatLng): IndexedZone[] {
  if (edge.length === 0) return [...inner]
  return [...inner, ...edge.filter(zone => contains(zone.shape, point))]
}
