/**
 * Whether the rings of a polygon cross or touch, themselves or each other. Edges are looked at in the order of their
 * western ends, each against those that it overlaps from west to east: of a ring that looks like anything on a map, few.
 */
import type { Position, Ring } from './zone.ts'

export interface RingCrossing {
  /** Where the first edge is: its ring, and its place in it. */
  readonly ring: number
  readonly edge: number
  /** The ring of the other edge. */
  readonly other: number
}

interface Edge {
  readonly ring: number
  readonly index: number
  /** Edges of its ring. */
  readonly count: number
  readonly from: Position
  readonly to: Position
  readonly west: number
  readonly east: number
}

/** @returns the first of them in the order of the document; null where there is none. */
export function crossingIn(rings: readonly Ring[]): RingCrossing | null {
  const edges = rings.flatMap(edgesOf).sort((a, b) => a.west - b.west)
  let first: RingCrossing | null = null
  let open: Edge[] = []
  for (const edge of edges) {
    open = open.filter(other => other.east >= edge.west)
    for (const other of open) {
      if (!meet(edge, other)) continue
      const [a, b] = isBefore(edge, other) ? [edge, other] : [other, edge]
      if (first === null || a.ring < first.ring || (a.ring === first.ring && a.index < first.edge))
        first = { ring: a.ring, edge: a.index, other: b.ring }
    }
    open.push(edge)
  }
  return first
}

function edgesOf(ring: Ring, ringIndex: number): Edge[] {
  return ring.slice(1).flatMap((to, index) => {
    const from = ring[index]
    if (!from) return []
    const [west, east] = from[0] < to[0] ? [from[0], to[0]] : [to[0], from[0]]
    return [{ ring: ringIndex, index, count: ring.length - 1, from, to, west, east }]
  })
}

function isBefore(a: Edge, b: Edge): boolean {
  return a.ring === b.ring ? a.index < b.index : a.ring < b.ring
}

function meet(a: Edge, b: Edge): boolean {
  if (Math.max(a.from[1], a.to[1]) < Math.min(b.from[1], b.to[1])) return false
  if (Math.max(b.from[1], b.to[1]) < Math.min(a.from[1], a.to[1])) return false
  if (a.ring === b.ring) {
    if ((a.index + 1) % a.count === b.index) return turnsBack(a.from, a.to, b.to)
    if ((b.index + 1) % b.count === a.index) return turnsBack(b.from, b.to, a.to)
  }
  const [fromSide, toSide] = [side(b.from, b.to, a.from), side(b.from, b.to, a.to)]
  const [otherFromSide, otherToSide] = [side(a.from, a.to, b.from), side(a.from, a.to, b.to)]
  if (fromSide * toSide < 0 && otherFromSide * otherToSide < 0) return true
  return (
    (fromSide === 0 && isWithin(b, a.from)) ||
    (toSide === 0 && isWithin(b, a.to)) ||
    (otherFromSide === 0 && isWithin(a, b.from)) ||
    (otherToSide === 0 && isWithin(a, b.to))
  )
}

/** Two edges that follow one another share a position; they meet beyond it only where the second runs back along the first. */
function turnsBack(before: Position, at: Position, after: Position): boolean {
  if (side(before, at, after) !== 0) return false
  return (after[0] - at[0]) * (before[0] - at[0]) + (after[1] - at[1]) * (before[1] - at[1]) > 0
}

/** 1: left of the line from a to b · -1: right · 0: on it. */
function side(a: Position, b: Position, p: Position): number {
  return Math.sign((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]))
}

/** Of a position on the edge's line. */
function isWithin({ from, to, west, east }: Edge, [x, y]: Position): boolean {
  return x >= west && x <= east && y >= Math.min(from[1], to[1]) && y <= Math.max(from[1], to[1])
}
