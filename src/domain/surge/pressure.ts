/**
 * How much is asked of how many drivers around each cell, and the multiplier that this calls for. Counts of the rings
 * around weigh in, so that a target changes slowly over the map before anything else smooths it.
 */
import type { CellId } from '../ids.ts'
import { ringAround } from './neighbourhood.ts'
import type { CellCounts, CountedCell } from './surge-round.ts'
import { NEUTRAL_PERMILLE } from './surge-round.ts'
import type { SurgeRules } from './surge-rules.ts'

export interface Pressure {
  demandPermille: number
  supplyPermille: number
}

/** Beyond a hundred requests per driver more of them change nothing. */
const RATIO_MAX_PERMILLE = 100_000

export function supplyOf(counts: CellCounts, rules: SurgeRules, leftPermille: number): number {
  return counts.idle * 1_000 + counts.soon * rules.soonPermille + leftPermille
}

/** @returns for each cell near a counted one; `isInside` keeps out what another metropolis counts. */
export function pressures(
  counted: readonly CountedCell[],
  rules: SurgeRules,
  isInside: (cell: CellId) => boolean,
): Map<CellId, Pressure> {
  const around = new Map<CellId, Pressure>()
  for (const { cell, demand, supplyPermille } of counted) {
    if (demand === 0 && supplyPermille === 0) continue
    rules.ringWeightsPermille.forEach((weight, k) => {
      for (const near of ringAround(cell, k))
        if (isInside(near)) add(around, near, demand * weight, supplyPermille * weight)
    })
  }
  return around
}

function add(around: Map<CellId, Pressure>, cell: CellId, demand: number, supply: number): void {
  const sum = around.get(cell) ?? { demandPermille: 0, supplyPermille: 0 }
  sum.demandPermille += demand
  sum.supplyPermille += Math.floor(supply / 1_000)
  around.set(cell, sum)
}

/** Before smoothing in time, and before any limit. */
export function targetPermille(pressure: Pressure | undefined, rules: SurgeRules): number {
  if (!pressure) return NEUTRAL_PERMILLE
  const { demandPermille, supplyPermille } = pressure
  // Less than one driver counts as one: a cell without any must not divide by nothing.
  const drivers = Math.max(supplyPermille, 1_000)
  const ratio = Math.min(RATIO_MAX_PERMILLE, Math.floor((demandPermille * 1_000) / drivers))
  const excess = ratio - rules.balancePermille
  if (excess > 0 && demandPermille < rules.demandMinPermille) return NEUTRAL_PERMILLE
  // Cheaper than usual only where there are drivers who wait for somebody.
  if (excess < 0 && supplyPermille < 1_000) return NEUTRAL_PERMILLE
  return NEUTRAL_PERMILLE + Math.round((excess * rules.slopePermille) / 1_000)
}
