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
  readonly tripS: number
  /** Of the orders that wait. */
  readonly meanTripS: number
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
  { ageS, tripS, meanTripS }: OrderFacts,
  scarcity: number,
  { terms, scarcity: { agePower } }: DispatchRuleset,
): Record<'waiting_age' | 'trip', number> {
  return {
    waiting_age: capped(terms.waiting_age, -ageS / scarcity ** agePower),
    trip: capped(terms.trip, doublings(tripS, meanTripS)) * unfaded(terms.trip, ageS),
  }
}

export function fitS(spareCapacity: number, { terms }: DispatchRuleset): number {
  return capped(terms.vehicle_fit, spareCapacity)
}

/**
 * What it may cost to serve an order before it is rather left waiting for a driver that suits it better. Where drivers are
 * plenty nothing within reach costs as much; the scarcer they are, the nearer the next order of a driver is, and the
 * dearer it is to send it far.
 */
export function costCapS(
  {
    scarcity,
    meanTripS,
    pickupMaxS,
  }: { readonly scarcity: number; readonly meanTripS: number; readonly pickupMaxS: number },
  ruleset: DispatchRuleset,
): number {
  const { capFloorTrips, capFloorS } = ruleset.scarcity
  return Math.max(capFloorS, capFloorTrips * meanTripS, dearestS(pickupMaxS, ruleset) / scarcity)
}

/** No pair within the largest pickup time costs more. */
export function dearestS(pickupMaxS: number, { terms, lookAhead }: DispatchRuleset): number {
  const adding: readonly TermName[] = ['earnings', 'acceptance', 'vehicle_fit', 'rating', 'trip']
  return adding.reduce((sum, name) => sum + terms[name].capS, pickupMaxS * Math.max(1, lookAhead.leftWeight) + 1)
}

/** Shorter than this a trip is the same: what it takes to get in and out. */
const TRIP_MIN_S = 30

/** The logarithm, since a driver is kept from others by twice as long a trip as much in a village as in a metropolis. */
function doublings(tripS: number, meanTripS: number): number {
  return Math.log2(Math.max(TRIP_MIN_S, tripS) / Math.max(TRIP_MIN_S, meanTripS))
}

function unfaded({ fadeS }: TripTerm, ageS: number): number {
  return fadeS === 0 ? 1 : Math.max(0, 1 - ageS / fadeS)
}

function capped({ weight, capS }: CostTerm, amount: number): number {
  return Math.max(-capS, Math.min(capS, weight * amount))
}
