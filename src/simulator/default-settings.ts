import type { DispatchSettings } from '../actors/settings.ts'

/** Of a run whose plan says nothing else. */
export const DEFAULT_SETTINGS: DispatchSettings = {
  shards: 16,
  acceptAutomatically: false,
  offersAtOnce: 1,
  offerTtlMs: 15_000,
  orderTtlMs: 600_000,
  scheduleLeadMs: 600_000,
  staleMs: 60_000,
  matchWindowMs: 2_000,
  pickupMaxS: 1_200,
}
