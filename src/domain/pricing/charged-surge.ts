/** What of the multiplier of a round a trip is charged. */
import type { UnixMs } from '../ids.ts'
import { NEUTRAL_PERMILLE } from '../surge/surge-round.ts'
import type { Ruleset } from './ruleset.ts'

/** Whoever books for later than this does not compete for a driver of now: it pays no surge, and raises none. */
export const SURGE_AHEAD_MAX_MS = 900_000

/** Some rounds: a take-over takes seconds. One that is older was followed by others that could not be stored. */
export const ROUND_OLD_MS = 600_000

/** Why a trip pays the multiplier that it pays: of the present round, or none at all. */
export type SurgeRule =
  /** Wanted now: what the round of its cell has, as its ruleset charges it. */
  | 'current_round'
  /** Wanted for later: it does not compete for a driver of now. */
  | 'none_ahead'
  /** Its ruleset has no surge. */
  | 'none_in_ruleset'

export function surgeRuleFor(isNow: boolean, { surge }: Ruleset): SurgeRule {
  if (!surge) return 'none_in_ruleset'
  return isNow ? 'current_round' : 'none_ahead'
}

/** A round was computed by the ruleset of its time. An emergency cap, or the end of surge, counts at once. */
export function charged(multiplierPermille: number, { surge }: Ruleset): number {
  if (!surge) return NEUTRAL_PERMILLE
  return Math.min(multiplierPermille, surge.emergencyCapPermille ?? multiplierPermille)
}

export interface PricedThen {
  readonly ruleset: Ruleset
  readonly pricedAtMs: UnixMs
  readonly dueAtMs: UnixMs
  /** Of its cell in the round that it names, and when that was; null: before the first round. */
  readonly stored: { readonly multiplierPermille: number; readonly atMs: UnixMs } | null
}

/** A price takes up to a second to be made, and only its end is known. */
const WHEN_TOLERANCE_MS = 10_000

/** @returns what it can have been charged: more than one only where seconds decided. */
export function chargeable({ ruleset, pricedAtMs, dueAtMs, stored }: PricedThen): readonly number[] {
  const asStored = stored ? charged(stored.multiplierPermille, ruleset) : NEUTRAL_PERMILLE
  const aheadMs = dueAtMs - pricedAtMs - SURGE_AHEAD_MAX_MS
  if (aheadMs > WHEN_TOLERANCE_MS) return [NEUTRAL_PERMILLE]
  const isOld = stored !== null && pricedAtMs - stored.atMs > ROUND_OLD_MS - WHEN_TOLERANCE_MS
  return isOld || aheadMs > -WHEN_TOLERANCE_MS ? [asStored, NEUTRAL_PERMILLE] : [asStored]
}
