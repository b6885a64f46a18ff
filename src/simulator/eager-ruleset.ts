import type { DispatchSettings } from '../actors/settings.ts'
import { DEFAULT_RULESET } from '../domain/dispatch-ruleset.ts'

/** Drivers with room get a second order as early as can be: what may go wrong with two is to be looked for. */
export const EAGER: Pick<DispatchSettings, 'lookAheadMs' | 'pickupMaxS' | 'ruleset'> = {
  lookAheadMs: 3_600_000,
  // What is left of the first order counts, its stops included.
  pickupMaxS: 3_600,
  ruleset: {
    ...DEFAULT_RULESET,
    version: 'eager',
    stops: { pickupS: 60, dropoffS: 30 },
    lookAhead: { ...DEFAULT_RULESET.lookAhead, planS: 3_600, commitS: 3_600 },
  },
}
