/**
 * Prices, watched from outside: every fare is its quote and its lines, computed again from what is recorded, and the stored
 * rounds of surge have no cliffs, whatever crashed between them.
 */
import type { OrderState } from '../actors/order/order.state.ts'
import type { MemoryPrices } from '../actors/runtime/memory/memory-price-log.ts'
import type { CellId, OrderId } from '../domain/ids.ts'
import { recomputed } from '../domain/pricing/recompute.ts'
import { areaOf, ringAround } from '../domain/surge/neighbourhood.ts'
import { recomputedCells } from '../domain/surge/recompute-round.ts'
import { NEUTRAL_PERMILLE, type SurgeRound } from '../domain/surge/surge-round.ts'
import { DEFAULT_SURGE, type SurgeRules } from '../domain/surge/surge-rules.ts'
import { SIMULATED_RULESET } from './price-list.ts'
import { Violation } from './violation.ts'

const RULES: SurgeRules = SIMULATED_RULESET.surge ?? DEFAULT_SURGE

/** (f) */
export function checkFare(orderId: OrderId, { terms, adjustments = [] }: OrderState): void {
  const { price, pricing } = terms
  if (!pricing) return
  const { inputs, rules } = pricing
  const { differences, fareMinor } = recomputed({ price, inputs, rules, adjustments }, SIMULATED_RULESET)
  const [first] = differences
  check(first === undefined, () => `(f) ${orderId}: ${first?.what} is stored as ${JSON.stringify(first?.stored)}`)
  check(fareMinor >= 0, () => `(f) ${orderId} costs ${fareMinor}`)
}

/** @returns how many rounds there were, and in how many of them something cost more. */
export function checkRounds(prices: MemoryPrices): { price_rounds: number; surged_rounds: number } {
  const met = { price_rounds: 0, surged_rounds: 0 }
  for (const area of prices.areas) {
    let before: SurgeRound | null = null
    for (const round of prices.rounds(area)) {
      checkRound(before, round)
      before = round
      met.price_rounds++
      if (round.cells.some(cell => cell.multiplierPermille > NEUTRAL_PERMILLE)) met.surged_rounds++
    }
  }
  return met
}

function checkRound(before: SurgeRound | null, round: SurgeRound): void {
  const [was, now] = [levelsOf(before), levelsOf(round)]
  const name = `${round.area} in round ${round.round}`
  const rounds = before ? round.round - before.round : 1
  check(rounds > 0, () => `(f) ${name} comes after round ${before?.round}`)
  for (const cell of new Set([...was.keys(), ...now.keys()])) {
    const [from, to] = [was.get(cell) ?? NEUTRAL_PERMILLE, now.get(cell) ?? NEUTRAL_PERMILLE]
    const isMove = to - from <= RULES.movePermille && from - to <= RULES.movePermille * rounds
    check(isMove, () => `(f) ${name}: ${cell} jumps from ${from} to ${to}`)
    const cliff = ringAround(cell, 1).find(
      near => areaOf(near) === round.area && Math.abs(to - (now.get(near) ?? NEUTRAL_PERMILLE)) > RULES.stepPermille,
    )
    check(cliff === undefined, () => `(f) ${name}: there is a cliff between ${cell} and ${cliff}`)
  }
  checkAgain(name, before, round)
}

/** It follows from what is stored with it, whatever was lost, late or crashed while it was computed. */
function checkAgain(name: string, previous: SurgeRound | null, round: SurgeRound): void {
  const wentOnFrom = round.basis?.previousRound ?? null
  check(
    wentOnFrom === (previous?.round ?? null),
    () => `(f) ${name} went on from ${wentOnFrom}, not ${previous?.round}`,
  )
  const again = recomputedCells({ round, previous, rules: RULES })
  const differs = round.cells.find(cell => JSON.stringify(again?.get(cell.cell)) !== JSON.stringify(cell))
  check(again?.size === round.cells.length && !differs, () => `(f) ${name}: ${differs?.cell} is not as computed again`)
}

function levelsOf(round: SurgeRound | null): Map<CellId, number> {
  return new Map((round?.cells ?? []).map(cell => [cell.cell, cell.multiplierPermille]))
}

function check(holds: boolean, sentence: () => string): void {
  if (!holds) throw new Violation(sentence())
}
