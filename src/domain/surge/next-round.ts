/**
 * One round of surge, as a pure function of the round before, what was counted since, and what the neighbours say.
 *
 * counts → pressure over rings → target → smoothed over rounds → a wish on the grid, unless it is as near as not to matter →
 * within floor and cap → within a move of before → not above what the border allows → no cliffs → the emergency cap.
 */
import type { CellId, UnixMs } from '../ids.ts'
import { besideLowered, borderBounds } from './border.ts'
import { logOffs } from './log-off.ts'
import { areaOf } from './neighbourhood.ts'
import { lowered } from './no-cliffs.ts'
import { pressures, supplyOf, targetPermille } from './pressure.ts'
import {
  type BorderDigest,
  type CellCounts,
  type CellSurge,
  type CountedCell,
  NEUTRAL_PERMILLE,
  type SurgeRound,
} from './surge-round.ts'
import type { SurgeRules } from './surge-rules.ts'

export interface RoundInputs {
  readonly area: CellId
  readonly nowMs: UnixMs
  /** Null: the first round of the area, before which everything was neutral. */
  readonly previous: SurgeRound | null
  readonly counts: readonly CellCounts[]
  /** By the area that they are from. */
  readonly digests: ReadonlyMap<CellId, BorderDigest>
  readonly rulesetVersion: string
  readonly rules: SurgeRules
}

/** After this many rounds that nobody computed, what was before says nothing any more: every smoothed value has arrived. */
const GAP_MAX = 1_000

export function roundAt(nowMs: UnixMs, rules: SurgeRules): number {
  return Math.floor(nowMs / (rules.roundS * 1_000))
}

export function nextRound(inputs: RoundInputs): SurgeRound {
  const { area, nowMs, previous, counts, digests, rules, rulesetVersion } = inputs
  const { flags, usualLeavesPermille, isFlagged } = logOffs(counts, previous?.usualLeavesPermille ?? {}, rules)
  const counted = counts.map(count => ({
    cell: count.cell,
    demand: count.demand,
    supplyPermille: supplyOf(count, rules, isFlagged(count.cell) ? count.left * 1_000 : count.leftPermille),
  }))
  const borders = [...digests.values()].sort((a, b) => (a.from < b.from ? -1 : 1))
  return {
    area,
    round: roundAt(nowMs, rules),
    atMs: nowMs,
    rulesetVersion,
    flags,
    usualLeavesPermille,
    cells: cellsFrom({ area, nowMs, previous, counted, digests, rules }),
    basis: { previousRound: previous?.round ?? null, borders },
  }
}

export interface CellInputs extends Pick<RoundInputs, 'area' | 'nowMs' | 'previous' | 'digests' | 'rules'> {
  readonly counted: readonly CountedCell[]
}

/** The multipliers of a round. All that they come from is stored with it, so this is also how it is computed again. */
export function cellsFrom({ area, nowMs, previous, counted, digests, rules }: CellInputs): CellSurge[] {
  const isInside = (cell: CellId) => areaOf(cell) === area
  const round = roundAt(nowMs, rules)
  const around = pressures(counted, rules, isInside)
  const before = new Map((previous?.cells ?? []).map(cell => [cell.cell, cell]))
  const rounds = Math.min(GAP_MAX, Math.max(1, round - (previous?.round ?? round - 1)))
  const limits = {
    rules,
    // A fall may make up for rounds that nobody computed; a rise never does.
    fallPermille: rules.movePermille * rounds,
    borderOf: borderBounds({ digests, area, nowMs, rules }),
  }
  const smoothed = new Map<CellId, number>()
  const wishes = new Map<CellId, number>()
  for (const cell of new Set([...around.keys(), ...before.keys(), ...besideLowered(digests).filter(isInside)])) {
    const was = before.get(cell)
    // Within the limits before it is smoothed: beyond them it would keep a price up long after its reason is gone.
    const target = within(targetPermille(around.get(cell), rules), rules.floorPermille, rules.capPermille)
    const smooth = smoothedOver(was?.smoothedPermille ?? NEUTRAL_PERMILLE, { target, rounds }, rules)
    smoothed.set(cell, smooth)
    wishes.set(cell, wishOf(cell, was?.multiplierPermille ?? NEUTRAL_PERMILLE, smooth, limits))
  }
  const field = lowered({ wishes, stepPermille: rules.stepPermille, isInside })
  return cellsOf({ field, smoothed, counted, rules })
}

function smoothedOver(
  was: number,
  { target, rounds }: { target: number; rounds: number },
  { smoothingPermille }: SurgeRules,
): number {
  let smooth = was
  for (let n = 0; n < rounds && smooth !== target; n++) {
    const share = Math.round(((target - smooth) * smoothingPermille) / 1_000)
    // The last few permille at once, or rounding would stop short of the target for ever.
    smooth = share === 0 ? target : smooth + share
  }
  return smooth
}

interface Limits {
  readonly rules: SurgeRules
  readonly fallPermille: number
  readonly borderOf: (cell: CellId) => number
}

function wishOf(cell: CellId, was: number, smooth: number, { rules, fallPermille, borderOf }: Limits): number {
  const isNear = Math.abs(smooth - was) <= rules.hysteresisPermille
  const wish = within(isNear ? was : smooth, rules.floorPermille, rules.capPermille)
  const moved = within(onGrid(wish, rules), was - fallPermille, was + rules.movePermille)
  // The border is the last word: there a cell may have to fall by more than a move, where two rulesets differ.
  return Math.floor(Math.min(moved, borderOf(cell)) / rules.gridPermille) * rules.gridPermille
}

function onGrid(permille: number, { gridPermille }: SurgeRules): number {
  return Math.round(permille / gridPermille) * gridPermille
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}

interface Outcome {
  readonly field: ReadonlyMap<CellId, number>
  readonly smoothed: ReadonlyMap<CellId, number>
  readonly counted: readonly CountedCell[]
  readonly rules: SurgeRules
}

/** In the order of their ids, so that the same round is the same text. */
function cellsOf({ field, smoothed, counted, rules }: Outcome): CellSurge[] {
  const countOf = new Map(counted.map(count => [count.cell, count]))
  const emergencyCap = rules.emergencyCapPermille ?? Number.POSITIVE_INFINITY
  return [...new Set([...field.keys(), ...countOf.keys()])]
    .map(cell => ({
      cell,
      multiplierPermille: Math.min(emergencyCap, field.get(cell) ?? NEUTRAL_PERMILLE),
      smoothedPermille: smoothed.get(cell) ?? NEUTRAL_PERMILLE,
      demand: countOf.get(cell)?.demand ?? 0,
      supplyPermille: countOf.get(cell)?.supplyPermille ?? 0,
    }))
    .filter(says)
    .sort((a, b) => (a.cell < b.cell ? -1 : 1))
}

function says({ multiplierPermille, smoothedPermille, demand, supplyPermille }: CellSurge): boolean {
  const isNeutral = multiplierPermille === NEUTRAL_PERMILLE && smoothedPermille === NEUTRAL_PERMILLE
  return !isNeutral || demand > 0 || supplyPermille > 0
}
