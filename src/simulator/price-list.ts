/** What simulated trips cost: with surge in short rounds, waiting and cancellations, so that a run of minutes meets all of it. */
import type { OrderPricing } from '../actors/order/order.state.ts'
import type { LatLng } from '../domain/geo.ts'
import { cellAt, PRICE_RES } from '../domain/h3.ts'
import type { UnixMs } from '../domain/ids.ts'
import type { PublishedRuleset } from '../domain/pricing/in-force.ts'
import { type Fare, type PriceInputs, price } from '../domain/pricing/price.ts'
import { adjustmentRulesOf, RULESET_1, type Ruleset } from '../domain/pricing/ruleset.ts'
import { DEFAULT_SURGE } from '../domain/surge/surge-rules.ts'

export const SIMULATED_RULESET: Ruleset = {
  ...RULESET_1,
  version: 'simulated',
  surge: { ...DEFAULT_SURGE, roundS: 10, windowS: 60, demandMinPermille: 500, leftWindowS: 60, leftHalfLifeS: 20 },
  waiting: { freeS: 1, perMinuteMinor: 600, maximumMinor: 900 },
  noShow: { afterS: 3, feeMinor: 150, sharePermille: 100, automatic: false },
  cancellation: {
    freeS: 1,
    chargedRoles: ['customer'],
    byStage: { assigned: { feeMinor: 100, sharePermille: 0 }, at_pickup: { feeMinor: 100, sharePermille: 250 } },
  },
}

export const SIMULATED: PublishedRuleset = {
  ruleset: SIMULATED_RULESET,
  validFromMs: 1,
  validToMs: null,
  cells: null,
  createdAtMs: 1,
}

/** As a gateway would price it. */
export function priced(
  { pickup, dueAtMs, ...inputs }: PriceInputs & { readonly pickup: LatLng; readonly dueAtMs: UnixMs },
  asker: string,
): { readonly price: Fare; readonly pricing: OrderPricing } {
  const rules = adjustmentRulesOf(SIMULATED_RULESET)
  const surge = { cell: cellAt(pickup, PRICE_RES), round: 0 }
  const pricing = { rulesetVersion: SIMULATED_RULESET.version, inputs, dueAtMs, surge, rules, asker }
  return { price: price(inputs, SIMULATED_RULESET), pricing }
}
