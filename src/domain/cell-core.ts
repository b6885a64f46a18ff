/**
 * The core of a cell: a circle around its centre of which every point is in the cell. To name the cell of a point costs the
 * library half a microsecond, and a vehicle that reports every second or so is nearly always where it was: whoever knows
 * the cell of before is done with a few multiplications.
 *
 * Exact: the core is a little smaller than the circle that touches the nearest edge, so that neither the curve of that
 * edge nor the flat measure used here can put a point of another cell into it. Near the poles, where the flat
 * measure fails, and across the 180th meridian nothing counts as near to anything.
 */
import type { LatLng } from './geo.ts'
import { boundaryOf, cellAt, centreOf } from './h3.ts'
import type { CellId } from './ids.ts'

interface Core {
  readonly latitude: number
  readonly longitude: number
  /** Degrees of latitude per degree of longitude. */
  readonly narrowing: number
  /** To the nearest edge: degrees of latitude, squared; less than nothing where that cannot be said. */
  readonly toEdge: number
}

const CORE_PART = 0.95
const LATITUDE_MAX = 80
/** Cells of a hundred cities. Beyond it the cores are worked out anew, which costs some microseconds each. */
const CORES_MAX = 250_000

const cores = new Map<CellId, Core>()

/** As `cellAt(p, res)`, quickly where it is still the one of before. */
export function cellNear(p: LatLng, res: number, before: CellId | null): CellId {
  return before !== null && isInCore(p, before) ? before : cellAt(p, res)
}

/** True: `p` is in the cell. False: it may be. */
export function isInCore(p: LatLng, cell: CellId): boolean {
  return isAroundCentre(p, cell, CORE_PART)
}

/** Nearer to the centre than that part of the way from there to the nearest edge. False where that cannot be said. */
export function isAroundCentre(p: LatLng, cell: CellId, part: number): boolean {
  const { latitude, longitude, narrowing, toEdge } = coreOf(cell)
  const north = p.latitude - latitude
  const east = (p.longitude - longitude) * narrowing
  return north * north + east * east < toEdge * part * part
}

function coreOf(cell: CellId): Core {
  const known = cores.get(cell)
  if (known !== undefined) return known
  if (cores.size >= CORES_MAX) cores.clear()
  const core = makeCore(cell)
  cores.set(cell, core)
  return core
}

function makeCore(cell: CellId): Core {
  const { latitude, longitude } = centreOf(cell)
  if (Math.abs(latitude) > LATITUDE_MAX) return { latitude, longitude, narrowing: 1, toEdge: -1 }
  const narrowing = Math.cos((latitude * Math.PI) / 180)
  const corners = boundaryOf(cell).map(corner => ({
    x: (corner.longitude - longitude) * narrowing,
    y: corner.latitude - latitude,
  }))
  const isCut = corners.some(({ x }) => Math.abs(x) > 180)
  const nearest = Math.min(...corners.map((a, i) => lineDistance(a, corners[(i + 1) % corners.length] ?? a)))
  return { latitude, longitude, narrowing, toEdge: isCut ? -1 : nearest ** 2 }
}

interface Flat {
  readonly x: number
  readonly y: number
}

/** From the origin to the line through two points. */
function lineDistance(a: Flat, b: Flat): number {
  return Math.abs(a.x * b.y - a.y * b.x) / Math.hypot(b.x - a.x, b.y - a.y)
}
