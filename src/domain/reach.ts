/**
 * Which matching cells have orders that a driver could reach. An order is matched in one cell, that of its pickup; a driver
 * near a border is known to every cell it could serve, so that a border through a city does not cut it in two. Two cells
 * may then want the same driver: it takes one offer, and the other order is matched again.
 */
import { cellNear } from './cell-core.ts'
import { travelTimeS } from './eta.ts'
import type { LatLng } from './geo.ts'
import { cellAt, MATCHING_RES } from './h3.ts'
import type { CellId } from './ids.ts'

const METRES_PER_DEGREE = 111_195.08
/**
 * Looked at all around. A corner of a cell that points at the place can lie between two of them: of 120°, it is then no more than 3 % of the
 * reach deep (of 16 directions 13 %). Whoever moves asks some times in a minute, so that their number costs little.
 */
const DIRECTIONS = 64
/** Farther than this nobody is shared: it is less than the width of a cell, so none between is left out. */
const SHARED_MAX_M = 15_000
/** Beyond the poles' circles a degree of longitude is next to nothing. */
const COSINE_MIN = 0.01

const S_PER_METRE = travelTimeS({ latitude: 0, longitude: 0 }, { latitude: 1 / METRES_PER_DEGREE, longitude: 0 })

/** As the crow flies. */
export function reachM(travelS: number): number {
  return travelS / S_PER_METRE
}

/**
 * The cell of the place first. Most of those looked at are in the cell of the one before: only what is near an edge has to be
 * named by the library.
 */
export function matchingCellsNear(place: LatLng, travelS: number): CellId[] {
  let cell = cellAt(place, MATCHING_RES)
  const cells = new Set([cell])
  const degrees = Math.min(reachM(travelS), SHARED_MAX_M) / METRES_PER_DEGREE
  const eastward = degrees / Math.max(COSINE_MIN, Math.cos((place.latitude * Math.PI) / 180))
  for (let i = 0; i < DIRECTIONS; i++) {
    const angle = (2 * Math.PI * i) / DIRECTIONS
    const latitude = Math.max(-90, Math.min(90, place.latitude + degrees * Math.cos(angle)))
    cell = cellNear({ latitude, longitude: place.longitude + eastward * Math.sin(angle) }, MATCHING_RES, cell)
    cells.add(cell)
  }
  return [...cells]
}
