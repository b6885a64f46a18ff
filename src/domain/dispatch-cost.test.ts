import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { costCapS, dearestS, driverCostS, earlyS, fitS, orderCostS, orderTerms, scarcityOf } from './dispatch-cost.ts'
import { DEFAULT_RULESET } from './dispatch-ruleset.ts'
import { even } from './even.fixtures.ts'

const NOBODY = { idleS: 0, servedAboveMean: 0, refusedShare: 0, rating: null }
const PICKUP_MAX_S = 1_200

test('a driver who has waited, earned little, takes what it is offered and is liked costs less', () => {
  const cost = (facts: object) => driverCostS({ ...NOBODY, ...facts }, DEFAULT_RULESET)
  expect(cost({})).toBe(0)
  expect(cost({ idleS: 100 })).toBe(-50)
  expect(cost({ servedAboveMean: 3 })).toBe(6)
  expect(cost({ servedAboveMean: -3 })).toBe(-6)
  expect(cost({ refusedShare: 0.5 })).toBe(10)
  expect(cost({ rating: 4 })).toBe(5)
})

const TYPICAL = { ageS: 0, jobS: 600, meanJobS: 600 }

test('an order that has waited costs less, and less so where all wait', () => {
  const cost = (ageS: number, scarcity = 1) => orderCostS({ ...TYPICAL, ageS }, scarcity, DEFAULT_RULESET)
  expect(cost(0)).toBe(0)
  expect(cost(100)).toBe(-12)
  expect(cost(100, 4)).toBe(-6)
})

test('a trip twice as long as those that wait costs as much more as one half as long costs less, whatever the city', () => {
  const cost = (jobS: number, meanJobS = 600) => orderTerms({ ...TYPICAL, jobS, meanJobS }, 1, DEFAULT_RULESET).trip
  expect(cost(1_200)).toBe(6)
  expect(cost(300)).toBe(-6)
  expect(cost(4_800, 2_400)).toBe(cost(1_200))
  expect(cost(0)).toBe(cost(30))
})

test('a long trip is let by for a while, and not for good', () => {
  const trip = (ageS: number, ruleset = DEFAULT_RULESET) =>
    orderTerms({ ...TYPICAL, jobS: 2_400, ageS }, 1, ruleset).trip
  expect(trip(100)).toBe(6)
  expect(trip(200)).toBe(0)
  expect(trip(900)).toBe(0)
  const { terms } = DEFAULT_RULESET
  expect(trip(900, { ...DEFAULT_RULESET, terms: { ...terms, trip: { ...terms.trip, fadeS: 0 } } })).toBe(12)
})

test('no term goes beyond its cap, whatever the facts', () => {
  const { idle, earnings, acceptance, rating, waiting_age, trip, vehicle_fit } = DEFAULT_RULESET.terms
  const driverMax = idle.capS + earnings.capS + acceptance.capS + rating.capS
  const big = even(0, 1e9)
  fc.assert(
    fc.property(big, big, even(-1e9, 1e9), (idleS, ageS, servedAboveMean) => {
      const facts = { idleS, servedAboveMean, refusedShare: 1, rating: 1 }
      expect(Math.abs(driverCostS(facts, DEFAULT_RULESET))).toBeLessThanOrEqual(driverMax)
      const order = Math.abs(orderCostS({ ageS, jobS: idleS, meanJobS: 600 }, 1, DEFAULT_RULESET))
      expect(order).toBeLessThanOrEqual(waiting_age.capS + trip.capS)
      expect(fitS(ageS, DEFAULT_RULESET)).toBeLessThanOrEqual(vehicle_fit.capS)
    }),
  )
})

test('where drivers are plenty nobody within reach is too dear', () => {
  const scarcity = scarcityOf(10, 30)
  expect(scarcity).toBe(1)
  const cap = costCapS({ scarcity, meanJobS: 600, pickupMaxS: PICKUP_MAX_S }, DEFAULT_RULESET)
  const worst = driverCostS({ idleS: 0, servedAboveMean: 1e3, refusedShare: 1, rating: 1 }, DEFAULT_RULESET)
  expect(
    PICKUP_MAX_S + worst + fitS(1e3, DEFAULT_RULESET) + earlyS(1e9, DEFAULT_RULESET) + DEFAULT_RULESET.terms.trip.capS,
  ).toBeLessThan(cap)
})

test('the cap tightens with scarcity, down to its floor', () => {
  const cap = (waiting: number) =>
    costCapS({ scarcity: scarcityOf(waiting, 9), meanJobS: 600, pickupMaxS: PICKUP_MAX_S }, DEFAULT_RULESET)
  expect(cap(20)).toBe(dearestS(PICKUP_MAX_S, DEFAULT_RULESET) / 2)
  expect(cap(1_000)).toBe(480)
  for (let waiting = 1; waiting < 200; waiting++) expect(cap(waiting + 1)).toBeLessThanOrEqual(cap(waiting))
})
