/**
 * How long a driver stands: at the pickup until what it fetches is ready and handed over, at the drop-off until it is taken.
 * A driver counts as free only after that, and an order keeps it for that much longer than its way.
 */
import type { UnixMs } from './ids.ts'

export interface Stops {
  readonly pickupS: number
  readonly dropoffS: number
}

/** What a driver gives to an order, from the pickup on. */
export function jobS(tripS: number, { pickupS, dropoffS }: Stops): number {
  return pickupS + tripS + dropoffS
}

export interface Stay {
  readonly arrivesAtMs: UnixMs
  /** Not before this; null: at once. */
  readonly readyAtMs: UnixMs | null
}

export function leavesPickupAtMs({ arrivesAtMs, readyAtMs }: Stay, { pickupS }: Stops): UnixMs {
  return Math.max(arrivesAtMs, readyAtMs ?? 0) + pickupS * 1_000
}
