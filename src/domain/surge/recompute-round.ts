/** Computes a stored round again from what was stored with it, and says what should be stored of each cell. */
import type { CellId } from '../ids.ts'
import { cellsFrom } from './next-round.ts'
import { type CellSurge, NEUTRAL_PERMILLE, type SurgeRound } from './surge-round.ts'
import type { SurgeRules } from './surge-rules.ts'

export interface StoredRound {
  readonly round: SurgeRound
  /** The one that it went on from, as it is stored; null where it was the first of its area. */
  readonly previous: SurgeRound | null
  /** Of the ruleset that it names. */
  readonly rules: SurgeRules
}

/** @returns by cell; every other cell of the area is neutral. Null where the round does not say what it came from. */
export function recomputedCells({ round, previous, rules }: StoredRound): ReadonlyMap<CellId, CellSurge> | null {
  if (round.basis === null) return null
  const cells = cellsFrom({
    area: round.area,
    nowMs: round.atMs,
    previous,
    // Cells that were neutral and counted nothing are left out, and weigh nothing.
    counted: round.cells,
    digests: new Map(round.basis.borders.map(digest => [digest.from, digest])),
    rules,
  })
  return new Map(cells.map(surge => [surge.cell, surge]))
}

/** What it says of a cell. */
export function cellIn(round: SurgeRound, cell: CellId): CellSurge {
  return round.cells.find(known => known.cell === cell) ?? neutral(cell)
}

export function neutral(cell: CellId): CellSurge {
  const [multiplierPermille, smoothedPermille] = [NEUTRAL_PERMILLE, NEUTRAL_PERMILLE]
  return { cell, multiplierPermille, smoothedPermille, demand: 0, supplyPermille: 0 }
}
