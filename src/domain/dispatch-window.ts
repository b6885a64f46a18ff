/**
 * How long a batch is collected. A longer one finds shorter ways to the pickup, since more drivers become free meanwhile, and
 * costs every order in it half of what it is longer. It pays where orders wait for drivers and ways are long: by a part of the
 * mean way, then. Where drivers are about it would be waiting for nothing, and where ways are short, as they are when
 * drivers are so few that each finds an order beside it, there is nothing to save.
 */
import type { DispatchRuleset } from './dispatch-ruleset.ts'

export interface WindowFacts {
  /** The operator's setting, and the least. */
  readonly baseMs: number
  readonly waitingPerFree: number
  /** Of the last proposals; null before the first. */
  readonly pickupMeanS: number | null
}

export function windowMs(
  { baseMs, waitingPerFree, pickupMeanS }: WindowFacts,
  { window: { fromWaitingPerFree, pickupShare, timesMax } }: DispatchRuleset,
): number {
  if (pickupMeanS === null || waitingPerFree < fromWaitingPerFree) return baseMs
  return Math.max(baseMs, Math.min(timesMax * baseMs, Math.round(pickupShare * pickupMeanS * 1_000)))
}

/** How much each proposal moves the mean: some fifty count. */
const SMOOTHING = 0.02

export function smoothedPickupS(meanS: number | null, pickupsS: readonly number[]): number | null {
  let mean = meanS
  for (const pickupS of pickupsS) mean = mean === null ? pickupS : mean + SMOOTHING * (pickupS - mean)
  return mean
}
