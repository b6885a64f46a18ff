import { DEFAULT_RULESET } from '../domain/dispatch-ruleset.ts'
import type { DispatchSettings } from './settings.ts'

/** What tests, benches and the simulator start from: the defaults of a node, with few enough shards for actors to meet. */
export const DEFAULT_SETTINGS: DispatchSettings = {
  shards: 16,
  acceptAutomatically: false,
  offersAtOnce: 1,
  offerTtlMs: 15_000,
  orderTtlMs: 600_000,
  scheduleLeadMs: 600_000,
  scheduleLateMs: 1_800_000,
  noShowAfterMs: 600_000,
  staleMs: 60_000,
  matchWindowMs: 1_000,
  pickupMaxS: 1_200,
  lookAheadMs: 60_000,
  ruleset: DEFAULT_RULESET,
}
