/** What it costs to give an order to a driver, in seconds, term by term: so that it can be read aloud. */
import type { CostTerm, DispatchRuleset, TermName, TripTerm } from './dispatch-ruleset.ts'

/** What costs ask about a driver. */
export interface DriverFacts {
  readonly idleS: number
  /** Delivered today, above (or below) the mean of the drivers around. */
  readonly servedAboveMean: number
  /** 0 to 1. */
  readonly refusedShare: number
  /** 1 to 5; null where nobody rates. */
  readonly rating: number | null
}

/** What costs ask about an order. */
export interface OrderFacts {
  readonly ageS: number
  /** From pickup to drop-off, the stops included. */
  readonly jobS: number
  /** Of the orders that wait. */
  readonly meanJobS: number
}

/** How hard it is to find a driver: waiting orders per free driver, at least 1. */
export function scarcityOf(waiting: number, free: number): number {
  return Math.max(1, waiting / (free + 1))
}

export function driverCostS(facts: DriverFacts, ruleset: DispatchRuleset): number {
  const { idle, earnings, acceptance, rating } = driverTerms(facts, ruleset)
  return idle + earnings + acceptance + rating
}

export function driverTerms(
  { idleS, servedAboveMean, refusedShare, rating }: DriverFacts,
  { terms }: DispatchRuleset,
): Record<'idle' | 'earnings' | 'acceptance' | 'rating', number> {
  return {
    idle: capped(terms.idle, -idleS),
    earnings: capped(terms.earnings, servedAboveMean),
    acceptance: capped(terms.acceptance, refusedShare),
    rating: capped(terms.rating, rating === null ? 0 : 5 - rating),
  }
}

export function orderCostS(facts: OrderFacts, scarcity: number, ruleset: DispatchRuleset): number {
  const { waiting_age, trip } = orderTerms(facts, scarcity, ruleset)
  return waiting_age + trip
}

export function orderTerms(
  { ageS, jobS, meanJobS }: OrderFacts,
  scarcity: number,
  { terms, scarcity: { agePower } }: DispatchRuleset,
): Record<'waiting_age' | 'trip', number> {
  return {
    waiting_age: capped(terms.waiting_age, -ageS / scarcity ** agePower),
    trip: capped(terms.trip, doublings(jobS, meanJobS)) * unfaded(terms.trip, ageS),
  }
}

export function fitS(spareCapacity: number, { terms }: DispatchRuleset): number {
  return capped(terms.vehicle_fit, spareCapacity)
}

/** To stand and wait for an order is a driver's time, which another order could use. */
export function earlyS(standsS: number, { terms }: DispatchRuleset): number {
  return capped(terms.early, standsS)
}

/**
 * What it may cost to serve an order before it is rather left waiting for a driver that suits it better. Where drivers are
 * plenty nothing within reach costs as much; the scarcer they are, the nearer the next order of a driver is, and the
 * dearer it is to send it far.
 */
export function costCapS(
  {
    scarcity,
    meanJobS,
    pickupMaxS,
  }: { readonly scarcity: number; readonly meanJobS: number; readonly pickupMaxS: number },
  ruleset: DispatchRuleset,
): number {
  const { capFloorTrips, capFloorS } = ruleset.scarcity
  return Math.max(capFloorS, capFloorTrips * meanJobS, dearestS(pickupMaxS, ruleset) / scarcity)
}

/** No pair within the largest pickup time costs more. */
export function dearestS(pickupMaxS: number, { terms, lookAhead }: DispatchRuleset): number {
  const adding: readonly TermName[] = ['earnings', 'acceptance', 'vehicle_fit', 'rating', 'trip', 'early']
  return adding.reduce((sum, name) => sum + terms[name].capS, pickupMaxS * Math.max(1, lookAhead.leftWeight) + 1)
}

/** Shorter than this a trip is the same: what it takes to get in and out. */
const JOB_MIN_S = 30

/** The logarithm, since a driver is kept from others by twice as long a trip as much in a village as in a metropolis. */
function doublings(jobS: number, meanJobS: number): number {
  return Math.log2(Math.max(JOB_MIN_S, jobS) / Math.max(JOB_MIN_S, meanJobS))
}

function unfaded({ fadeS }: TripTerm, ageS: number): number {
  return fadeS === 0 ? 1 : Math.max(0, 1 - ageS / fadeS)
}

function capped({ weight, capS }: CostTerm, amount: number): number {
  return Math.max(-capS, Math.min(capS, weight * amount))
}
