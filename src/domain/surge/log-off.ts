/**
 * Drivers who leave together to raise the price. They are flagged, and while they are, whoever has left counts as if it
 * were still there: what they did has no effect until the window has passed, and then no more than a move per round.
 */
import { parentOf } from '../h3.ts'
import type { CellId } from '../ids.ts'
import type { CellCounts, RoundFlag } from './surge-round.ts'
import type { SurgeRules } from './surge-rules.ts'

/** A neighbourhood: about 36 km². */
const NEIGHBOURHOOD_RES = 6
/** How much of a round goes into what is usual: about an hour of rounds. */
const USUAL_SHARE = 1 / 50

export interface LogOffs {
  readonly flags: readonly RoundFlag[]
  readonly usualLeavesPermille: Readonly<Record<string, number>>
  /** The drivers who left this cell count whole. */
  readonly isFlagged: (cell: CellId) => boolean
}

export function logOffs(
  counts: readonly CellCounts[],
  usualBefore: Readonly<Record<string, number>>,
  rules: SurgeRules,
): LogOffs {
  const regions = sumByRegion(counts)
  const flags: RoundFlag[] = []
  const usual: Record<string, number> = {}
  for (const region of [...new Set([...regions.keys(), ...(Object.keys(usualBefore) as CellId[])])].sort()) {
    const { left, present } = regions.get(region) ?? { left: 0, present: 0 }
    const before = usualBefore[region] ?? 0
    const isMass = isMassLogOff(left, present, before, rules)
    if (isMass) flags.push({ kind: 'mass_log_off', region, left, present })
    // What is flagged is not usual, however often it is done.
    const now = isMass ? before : Math.round(before + (left * 1_000 - before) * USUAL_SHARE)
    if (now > 0) usual[region] = now
  }
  const flagged = new Set(flags.map(flag => flag.region))
  return {
    flags,
    usualLeavesPermille: usual,
    isFlagged: cell => flagged.size > 0 && flagged.has(parentOf(cell, NEIGHBOURHOOD_RES)),
  }
}

function isMassLogOff(left: number, present: number, usualPermille: number, { massLogOff }: SurgeRules): boolean {
  return (
    left >= massLogOff.minimum &&
    left * 1_000 >= (left + present) * massLogOff.sharePermille &&
    left * 1_000_000 >= usualPermille * massLogOff.usualPermille
  )
}

function sumByRegion(counts: readonly CellCounts[]): Map<CellId, { left: number; present: number }> {
  const regions = new Map<CellId, { left: number; present: number }>()
  for (const { cell, left, idle, soon } of counts) {
    if (left + idle + soon === 0) continue
    const region = parentOf(cell, NEIGHBOURHOOD_RES)
    const sum = regions.get(region) ?? { left: 0, present: 0 }
    sum.left += left
    sum.present += idle + soon
    regions.set(region, sum)
  }
  return regions
}
