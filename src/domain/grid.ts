/**
 * A grid over the globe for indexes of points: rows of equal height along the parallels, each cut into columns that are about
 * as wide as it is high. The cell of a point is two divisions and a cosine, its neighbours are the numbers beside its own,
 * and how far a block of cells reaches is a matter of two lengths. To name a hexagon costs its library half a microsecond
 * and a ring of them ten: they are for what is shared, shown and stored, not for what one thread looks things up by.
 */
import { EARTH_RADIUS_M, type LatLng, RADIANS } from './geo.ts'

/** 153 m high: nine cells hold the nearest ten where there are as many vehicles as in the busiest of cities. */
const ROWS = 131_072
const ROW_DEGREES = 180 / ROWS
const ROW_M = ROW_DEGREES * RADIANS * EARTH_RADIUS_M
/** More than any row has. */
const COLUMNS_MAX = 2 * ROWS + 1
/** What rounding may put on the wrong side of an edge is less than this part of a row. */
const ROUNDING = 1e-9

/** @returns the same number for all points of a cell, and another for those of any other. */
export function gridCellAt({ latitude, longitude }: LatLng): number {
  const row = rowOf(latitude)
  return keyOf(row, columnOf(longitude, columnsOf(row)))
}

/** The cells that are `k` rows or columns from that of a point and no more of either, each once. */
export function visitRing({ latitude, longitude }: LatLng, k: number, visit: (cell: number) => void): void {
  const middle = rowOf(latitude)
  const top = Math.min(ROWS - 1, middle + k)
  for (let row = Math.max(0, middle - k); row <= top; row++) {
    const columns = columnsOf(row)
    const column = columnOf(longitude, columns)
    // A row goes around the globe: near the poles its two ends meet within a few columns.
    const west = Math.min(k, (columns - 1) >> 1)
    const east = Math.min(k, columns >> 1)
    if (Math.abs(row - middle) === k) {
      for (let by = -west; by <= east; by++) visit(keyOf(row, around(column + by, columns)))
    } else {
      if (west === k) visit(keyOf(row, around(column - k, columns)))
      if (east === k) visit(keyOf(row, around(column + k, columns)))
    }
  }
}

/**
 * Whatever is farther than `k` rows or columns from the cell of a point is at least so many metres from the point: beyond the
 * rows by their height, beyond the columns by the way to the meridian there.
 */
export function ringsReachM({ latitude }: LatLng, k: number): number {
  const middle = rowOf(latitude)
  const widest = Math.max(middle - k, Math.min(middle + k, ROWS >> 1))
  const degrees = (k * 360) / columnsOf(widest)
  return Math.min(k * ROW_M, meridianM(latitude, degrees)) * (1 - ROUNDING)
}

/** To what is that many degrees of longitude away, or more; past a quarter turn nothing of that is nearer than the pole. */
function meridianM(latitude: number, degrees: number): number {
  const sine = degrees < 90 ? Math.sin(degrees * RADIANS) : 1
  return EARTH_RADIUS_M * Math.asin(Math.cos(latitude * RADIANS) * sine)
}

function rowOf(latitude: number): number {
  return Math.min(ROWS - 1, Math.floor((latitude + 90) / ROW_DEGREES))
}

/** As many as keep a cell as wide as it is high where the row is widest, which is towards the equator. */
function columnsOf(row: number): number {
  const fromEquator = Math.max(0, Math.abs(row + 0.5 - ROWS / 2) - 0.5)
  return Math.max(1, Math.floor(2 * ROWS * Math.cos(fromEquator * ROW_DEGREES * RADIANS)))
}

function columnOf(longitude: number, columns: number): number {
  return Math.floor(((longitude + 180) / 360) * columns) % columns
}

function around(column: number, columns: number): number {
  return column < 0 ? column + columns : column >= columns ? column - columns : column
}

function keyOf(row: number, column: number): number {
  return row * COLUMNS_MAX + column
}
