/**
 * The core of a cell: the cell, a little smaller, so that every point of the core is in the cell. To name the cell of a point costs the
 * library a microsecond or more, and a vehicle that reports every second or so is nearly always where it was: whoever knows
 * the cell of before is done with a few multiplications. Most points are in a circle around the centre; only of the others each edge
 * is asked.
 *
 * Exact: between the core and the nearest edge is more than the curve of that edge and the flat measure used here can be
 * wrong by. Near the poles, where the flat measure fails, and across the 180th meridian nothing counts as near to anything.
 */
import type { LatLng } from './geo.ts'
import { boundaryOf, cellAt, centreOf } from './h3.ts'
import type { CellId } from './ids.ts'

export interface Core {
  readonly latitude: number
  readonly longitude: number
  /** Degrees of latitude per degree of longitude. */
  readonly narrowing: number
  /** To the nearest edge: degrees of latitude, squared; less than nothing where that cannot be said. */
  readonly toEdge: number
  /** Of each edge, by turns, the share of the way to it that a degree north and a degree (of latitude) east are. None: that cannot be said. */
  readonly edges: readonly number[]
}

/** Of the way to each edge. Of the largest cells that are asked about, of a metropolis, an edge at 80° bends by three thousandths of that way. */
const CORE_PART = 0.98
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
  return isWithin(p, coreOf(cell))
}

/** As `isInCore`, for whoever keeps the core. */
export function isWithin(p: LatLng, { latitude, longitude, narrowing, toEdge, edges }: Core): boolean {
  const north = p.latitude - latitude
  const east = (p.longitude - longitude) * narrowing
  if (north * north + east * east < toEdge * CORE_PART * CORE_PART) return true
  for (let i = 0; i < edges.length; i += 2) {
    if (north * (edges[i] ?? 0) + east * (edges[i + 1] ?? 0) >= CORE_PART) return false
  }
  return edges.length > 0
}

/** Nearer to the centre than that part of the way from there to the nearest edge. False where that cannot be said. */
export function isAroundCentre(p: LatLng, cell: CellId, part: number): boolean {
  const { latitude, longitude, narrowing, toEdge } = coreOf(cell)
  const north = p.latitude - latitude
  const east = (p.longitude - longitude) * narrowing
  return north * north + east * east < toEdge * part * part
}

export function coreOf(cell: CellId): Core {
  const known = cores.get(cell)
  if (known !== undefined) return known
  if (cores.size >= CORES_MAX) cores.clear()
  const core = makeCore(cell)
  cores.set(cell, core)
  return core
}

function makeCore(cell: CellId): Core {
  const { latitude, longitude } = centreOf(cell)
  if (Math.abs(latitude) > LATITUDE_MAX) return { latitude, longitude, narrowing: 1, toEdge: -1, edges: [] }
  const narrowing = Math.cos((latitude * Math.PI) / 180)
  const boundary = boundaryOf(cell)
  const isCut = boundary.some(corner => Math.abs(corner.longitude - longitude) > 180)
  if (isCut) return { latitude, longitude, narrowing, toEdge: -1, edges: [] }
  const corners = boundary.map(corner => ({
    x: (corner.longitude - longitude) * narrowing,
    y: corner.latitude - latitude,
  }))
  const feet = corners.map((a, i) => footOf(a, corners[(i + 1) % corners.length] ?? a))
  const toEdge = Math.min(...feet.map(squared))
  // What is so far in the direction of the foot is on the edge.
  const edges = feet.flatMap(foot => [foot.y / squared(foot), foot.x / squared(foot)])
  return { latitude, longitude, narrowing, toEdge, edges }
}

interface Flat {
  readonly x: number
  readonly y: number
}

/** Of the line through two points what is nearest to the origin. */
function footOf(a: Flat, b: Flat): Flat {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const part = -(a.x * dx + a.y * dy) / (dx * dx + dy * dy)
  return { x: a.x + part * dx, y: a.y + part * dy }
}

function squared({ x, y }: Flat): number {
  return x * x + y * y
}
