/** A shape that is being drawn: its corners in order, not closed by repeating the first. Each step makes a new one. */
export type Corner = readonly [longitude: number, latitude: number]

export interface Drawn {
  readonly corners: readonly Corner[]
  readonly isClosed: boolean
}

export const NOTHING_DRAWN: Drawn = { corners: [], isClosed: false }
/** Fewer have no inside. */
export const CORNERS_MIN = 3
/** As many as the API takes positions, the repeated first one counted. */
export const CORNERS_MAX = 1_999

/** Seven digits are a centimetre: more is noise of the screen. */
function rounded([longitude, latitude]: Corner): Corner {
  return [Math.round(longitude * 1e7) / 1e7, Math.round(latitude * 1e7) / 1e7]
}

/** Before the corner at that place; at the end if left out. */
export function withCorner({ corners, isClosed }: Drawn, corner: Corner, at: number = corners.length): Drawn {
  if (corners.length >= CORNERS_MAX) return { corners, isClosed }
  return { corners: [...corners.slice(0, at), rounded(corner), ...corners.slice(at)], isClosed }
}

export function movedCorner({ corners, isClosed }: Drawn, at: number, to: Corner): Drawn {
  return { corners: corners.map((corner, i) => (i === at ? rounded(to) : corner)), isClosed }
}

/** A shape that is left with too few opens again. */
export function withoutCorner({ corners, isClosed }: Drawn, at: number): Drawn {
  const left = corners.filter((_, i) => i !== at)
  return { corners: left, isClosed: isClosed && left.length >= CORNERS_MIN }
}

export function closed(drawn: Drawn): Drawn {
  return drawn.corners.length < CORNERS_MIN ? drawn : { ...drawn, isClosed: true }
}

/** In the middle of each edge: taken there, it gets a corner. */
export function middles({ corners, isClosed }: Drawn): Corner[] {
  if (!isClosed) return []
  return corners.map((corner, i) => {
    const next = corners[(i + 1) % corners.length] ?? corner
    return [(corner[0] + next[0]) / 2, (corner[1] + next[1]) / 2]
  })
}

export function ringOf({ corners }: Drawn): Corner[] {
  const [first] = corners
  return first === undefined ? [] : [...corners, first]
}

/** @param ring  as GeoJSON has it: its last position is its first. */
export function drawnFrom(ring: readonly Corner[]): Drawn {
  return closed({ corners: ring.slice(0, -1).map(([longitude, latitude]) => [longitude, latitude]), isClosed: false })
}

interface Point {
  readonly x: number
  readonly y: number
}

/** @returns which of them is nearest to there, within so many pixels; null where none is. */
export function nearestWithin(points: readonly Point[], { x, y }: Point, withinPx: number): number | null {
  let [best, bestPx] = [-1, withinPx]
  for (const [i, point] of points.entries()) {
    const px = Math.hypot(point.x - x, point.y - y)
    if (px <= bestPx) [best, bestPx] = [i, px]
  }
  return best < 0 ? null : best
}
