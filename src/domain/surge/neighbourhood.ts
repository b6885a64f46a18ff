/**
 * Which price cells lie around one, and whose they are. Asked for tens of thousands of times per round and never
 * different, so it is remembered: a round of a whole metropolis is computed in a quarter of the time.
 */
import { MATCHING_RES, parentOf, ring } from '../h3.ts'
import type { CellId } from '../ids.ts'

/** About ten metropolises; beyond that it begins anew. */
const CELLS_MAX = 25_000

const rings = new Map<CellId, CellId[][]>()
const areas = new Map<CellId, CellId>()

/** The cells exactly `k` steps away. */
export function ringAround(cell: CellId, k: number): readonly CellId[] {
  const known = rings.get(cell) ?? []
  const found = known[k] ?? ring(cell, k)
  if (known[k] === undefined) {
    if (rings.size >= CELLS_MAX) rings.clear()
    known[k] = found
    rings.set(cell, known)
  }
  return found
}

/** The metropolis that counts the cell and computes its price. */
export function areaOf(cell: CellId): CellId {
  const known = areas.get(cell)
  if (known) return known
  if (areas.size >= CELLS_MAX) areas.clear()
  const found = parentOf(cell, MATCHING_RES)
  areas.set(cell, found)
  return found
}
