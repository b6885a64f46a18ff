/** Price cells, and what is counted in them, for tests of surge. */
import { cellAt, disk, PRICE_RES, ring } from '../h3.ts'
import type { CellId, UnixMs } from '../ids.ts'
import { areaOf, ringAround } from './neighbourhood.ts'
import { nextRound } from './next-round.ts'
import { type BorderDigest, type CellCounts, NEUTRAL_PERMILLE, type SurgeRound } from './surge-round.ts'
import { DEFAULT_SURGE, type SurgeRules } from './surge-rules.ts'

export const START_MS: UnixMs = Date.UTC(2026, 0, 5, 12)
export const ROUND_MS = DEFAULT_SURGE.roundS * 1_000
export const DOWNTOWN = cellAt({ latitude: 37.775, longitude: -122.418 }, PRICE_RES)

/** Two price cells beside each other that belong to different matching cells. */
export const BORDER = borderCells()

/** A price cell where three matching cells meet. */
export const CORNER = firstCell(cell => new Set(disk(cell, 1).map(areaOf)).size >= 3)

function borderCells(): { readonly here: CellId; readonly there: CellId } {
  const isElsewhere = (cell: CellId) => (near: CellId) => areaOf(near) !== areaOf(cell)
  const here = firstCell(cell => ring(cell, 1).some(isElsewhere(cell)))
  const there = ring(here, 1).find(isElsewhere(here))
  if (!there) throw new Error('a border with one side')
  return { here, there }
}

/** The one nearest to downtown. */
function firstCell(fits: (cell: CellId) => boolean): CellId {
  for (let k = 0; ; k++) {
    const found = ring(DOWNTOWN, k).find(fits)
    if (found) return found
  }
}

export function counts(cell: CellId, more: Partial<CellCounts> = {}): CellCounts {
  return { cell, demand: 0, idle: 0, soon: 0, leftPermille: 0, left: 0, ...more }
}

/** One metropolis that computes a round whenever it is told to. */
export class Area {
  readonly area: CellId
  readonly rules: SurgeRules
  readonly digests = new Map<CellId, BorderDigest>()
  last: SurgeRound | null = null

  constructor(area: CellId, rules: Partial<SurgeRules> = {}) {
    this.area = area
    this.rules = { ...DEFAULT_SURGE, ...rules }
  }

  round(nowMs: UnixMs, counted: readonly CellCounts[]): SurgeRound {
    const { area, digests, rules, last } = this
    this.last = nextRound({ area, nowMs, previous: last, counts: counted, digests, rulesetVersion: 'test', rules })
    return this.last
  }

  at(cell: CellId): number {
    return this.last?.cells.find(c => c.cell === cell)?.multiplierPermille ?? NEUTRAL_PERMILLE
  }

  get levels(): Map<CellId, number> {
    return new Map((this.last?.cells ?? []).map(c => [c.cell, c.multiplierPermille]))
  }
}

/** The largest difference between neighbours, over all areas. */
export function steepest(areas: readonly Area[]): number {
  const levels = new Map(areas.flatMap(area => [...area.levels]))
  let most = 0
  for (const [cell, level] of levels) {
    for (const near of ringAround(cell, 1))
      most = Math.max(most, Math.abs(level - (levels.get(near) ?? NEUTRAL_PERMILLE)))
  }
  return most
}
