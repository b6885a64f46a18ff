/** What a round is computed from: who asks, who is there and who has left, by price cell. */
import type { CellId, UnixMs } from '../../domain/ids.ts'
import type { CellCounts } from '../../domain/surge/surge-round.ts'
import type { SurgeRules } from '../../domain/surge/surge-rules.ts'
import type { PricingAreaState } from './pricing-area.state.ts'

type Sum = { -readonly [K in keyof CellCounts]: CellCounts[K] }

/** Of a state that was pruned a moment ago. */
export function countsOf(state: PricingAreaState, nowMs: UnixMs, rules: SurgeRules): CellCounts[] {
  const sums = new Map<CellId, Sum>()
  const at = (cell: CellId): Sum => {
    const sum = sums.get(cell) ?? { cell, demand: 0, idle: 0, soon: 0, leftPermille: 0, left: 0 }
    sums.set(cell, sum)
    return sum
  }
  for (const { cell } of state.askers.values()) at(cell).demand++
  for (const { cell, is } of state.drivers.values()) at(cell)[is]++
  for (const { cell, atMs } of state.left.values()) {
    const sum = at(cell)
    sum.left++
    sum.leftPermille += Math.round(1_000 * 0.5 ** ((nowMs - atMs) / (rules.leftHalfLifeS * 1_000)))
  }
  return [...sums.values()]
}
