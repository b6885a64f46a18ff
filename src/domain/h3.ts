/**
 * The hexagons. The only file that knows the H3 library, so that its argument order (latitude first), its
 * string indexes and its units stay in one place.
 */
import {
  cellToBoundary,
  cellToChildren,
  cellToLatLng,
  cellToParent,
  getHexagonEdgeLengthAvg,
  getResolution,
  gridDisk,
  gridRing,
  isValidCell,
  latLngToCell,
  UNITS,
} from 'h3-js'
import { cellNamed } from './cell-names.ts'
import type { LatLng } from './geo.ts'
import type { CellId } from './ids.ts'

/** Matching cells: about a metropolis, so that one actor solves its whole city as one batch. */
export const MATCHING_RES = 4
/** Regions: what is hashed onto shards. */
export const REGION_RES = 7
/** Price cells: surge is counted and smoothed over these. */
export const PRICE_RES = 8
/** Index cells: as exactly as a place is named; a driver that comes into another is announced again. */
export const INDEX_RES = 9

const CELL = /^8[0-9a-f]{14}$/

/** @throws the library's error where a coordinate is not finite; the edge refuses such input. */
export function cellAt(p: LatLng, res: number): CellId {
  return cellNamed(latLngToCell(p.latitude, p.longitude, res))
}

/** @throws the library's error where `res` is finer than the cell. */
export function parentOf(cell: CellId, res: number): CellId {
  return cellNamed(cellToParent(cell, res))
}

/** The seven (at a pentagon six) cells below it. They reach a little beyond its edges, and do not fill its corners. */
export function childrenOf(cell: CellId): CellId[] {
  return cellToChildren(cell, getResolution(cell) + 1) as CellId[]
}

/** The cells at most `k` steps away, `cell` included. */
export function disk(cell: CellId, k: number): CellId[] {
  return gridDisk(cell, k) as CellId[]
}

/** The cells exactly `k` steps away; fewer than 6k of them where a pentagon is near. */
export function ring(cell: CellId, k: number): CellId[] {
  return gridRing(cell, k) as CellId[]
}

export function centreOf(cell: CellId): LatLng {
  const [latitude, longitude] = cellToLatLng(cell)
  return { latitude, longitude }
}

/** Its corners in order; more than six where the cell lies across an edge of the icosahedron. */
export function boundaryOf(cell: CellId): LatLng[] {
  return cellToBoundary(cell).map(([latitude, longitude]) => ({ latitude, longitude }))
}

/** @returns null unless the text is a cell in its canonical form, lower case without a prefix. */
export function parseCell(text: string): CellId | null {
  return CELL.test(text) && isValidCell(text) ? (text as CellId) : null
}

export function resolutionOf(cell: CellId): number {
  return getResolution(cell)
}

/** The mean edge over the globe. Real edges differ from it: the shortest, at the pentagons, by a third. */
export function averageEdgeM(res: number): number {
  return getHexagonEdgeLengthAvg(res, UNITS.m)
}
