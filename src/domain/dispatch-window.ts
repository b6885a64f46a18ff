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
  /** What a batch leaves: orders that some driver could serve, per driver that nobody was given. */
  readonly waitingPerFree: number
  /** Of the last proposals, faded; null before the first. */
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

/** Where proposals come one after the other the mean is theirs; what it says of a market at rest is worth less every minute. */
const KEPT_MS = 60_000
const HALVED_EVERY_MS = 60_000

/** @param ageMs  since the last proposal. */
export function fadedPickupS(meanS: number | null, ageMs: number): number | null {
  return meanS === null || ageMs <= KEPT_MS ? meanS : meanS * 0.5 ** ((ageMs - KEPT_MS) / HALVED_EVERY_MS)
}

export function smoothedPickupS(meanS: number | null, pickupsS: readonly number[]): number | null {
  let mean = meanS
  for (const pickupS of pickupsS) mean = mean === null ? pickupS : mean + SMOOTHING * (pickupS - mean)
  return mean
}
