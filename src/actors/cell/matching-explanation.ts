/** Why this driver, and why not the others: what a dispatcher reads aloud. Bounded, and kept with the order. */
import { driverTerms, earlyS, fitS, orderTerms } from '../../domain/dispatch-cost.ts'
import type { DriverId } from '../../domain/ids.ts'
import type { Candidate } from '../order/order.messages.ts'
import { asJson, type JsonObject } from '../runtime/turn.ts'
import { driverFacts, type Look, lookAtOthers, type Market, orderFacts } from './matching-candidates.ts'
import type { WaitingOrder } from './matching-cell.messages.ts'

/** Candidates in an explanation, and of those the ones that were ruled out. */
const EXPLAINED_MAX = 16
const EXCLUDED_EXPLAINED_MAX = 6
/** The nearest drivers among whom those are sought who are ruled out. */
const OTHERS_LOOKED_AT = 16

export interface Choice {
  /** Whom the solver gave the order; null: it stays open. */
  readonly solved: Look | null
  /** Asked now, or left for a later window. */
  readonly isProposed: boolean
  /** Who is asked about it now: of a broadcast others beside the chosen. */
  readonly drivers: readonly Candidate[]
  /** Drivers that this batch gave to some order. */
  readonly taken: ReadonlySet<DriverId>
}

export function explain(order: WaitingOrder, looks: readonly Look[], choice: Choice, market: Market): JsonObject {
  const { solved, isProposed, taken } = choice
  const row = (look: Look) => explainPair(look, order, whyNot(look, choice, market), market)
  const shown = shownOf(looks, lookAtOthers(order, OTHERS_LOOKED_AT, market), solved)
  const next = looks.find(look => look !== solved && !taken.has(idOf(look)))
  return asJson({
    cell: market.state.cell,
    window_ms: market.windowMs,
    ruleset_version: market.settings.ruleset.version,
    orders_waiting: market.waiting,
    drivers_known: market.state.drivers.size,
    drivers_free: market.free,
    scarcity: rounded(market.scarcity),
    cost_cap_s: rounded(market.capS),
    cap_tightened: market.scarcity > 1,
    look_ahead: solved !== null && solved.leftS > 0,
    chosen: solved && isProposed ? pick(solved) : null,
    planned: solved && !isProposed ? { ...pick(solved), free_in_s: Math.round(solved.leftS) } : null,
    next_best: next ? pick(next) : null,
    candidates: shown.map(row),
  })
}

/** The chosen, the cheapest, and some of those who were nearer but cannot. */
function shownOf(looks: readonly Look[], others: readonly Look[], solved: Look | null): Look[] {
  const excluded = others.slice(0, EXCLUDED_EXPLAINED_MAX)
  const able = looks.filter(look => look !== solved)
  const rest = [...(solved ? [solved] : []), ...able].slice(0, EXPLAINED_MAX - excluded.length)
  return [...rest, ...excluded]
}

function whyNot(look: Look, { solved, drivers, taken }: Choice, market: Market): string | null {
  const isAsked = look === solved || drivers.some(({ driverId }) => driverId === idOf(look))
  if (look.excludedBy !== null || isAsked) return look.excludedBy
  if (taken.has(idOf(look))) return 'given_to_another_order'
  return look.costS > market.capS ? 'above_cost_cap' : null
}

function explainPair(look: Look, order: WaitingOrder, excludedBy: string | null, market: Market) {
  const { ruleset } = market.settings
  const { driver } = look.driver
  const pair = driverTerms(driverFacts(look.driver, market), ruleset)
  const own = orderTerms(orderFacts(order, market), market.scarcity, ruleset)
  return {
    ...pick(look),
    terms: {
      pickup_eta_s: look.pickupEtaS,
      present_order_left_s: rounded(look.leftS),
      idle_s: rounded(pair.idle),
      earnings_s: rounded(pair.earnings),
      acceptance_s: rounded(pair.acceptance),
      rating_s: rounded(pair.rating),
      vehicle_fit_s: rounded(fitS(driver.capacity - order.size, ruleset)),
      waiting_age_s: rounded(own.waiting_age),
      trip_s: rounded(own.trip),
      early_s: rounded(earlyS(look.standsS, ruleset)),
    },
    excluded_by: excludedBy,
  }
}

function pick(look: Look) {
  return { driver_id: idOf(look), pickup_eta_s: look.pickupEtaS, cost: rounded(look.costS) }
}

function idOf(look: Look): DriverId {
  return look.driver.driver.driverId
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
