import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { even } from '../even.fixtures.ts'
import { NoFareError, type PriceInputs, price } from './price.ts'
import { RULESET_1, type Ruleset } from './ruleset.ts'

const TRIP: PriceInputs = { distanceM: 8_000, durationS: 1_200, vehicleType: null, surgePermille: 1000 }

const inputsOf: fc.Arbitrary<PriceInputs> = fc.record({
  distanceM: even(0, 20_000_000),
  durationS: even(0, 2_678_400),
  vehicleType: fc.constantFrom(null, 'bike', 'van', 'tuk-tuk', 'constructor', '__proto__', ''),
  surgePermille: fc.integer({ min: 0, max: 100_000 }),
})
const rulesets: fc.Arbitrary<Ruleset> = fc.record({
  version: fc.constant('test'),
  currency: fc.constant('EUR'),
  baseMinor: fc.nat(10_000),
  perKmMinor: fc.nat(10_000),
  perMinuteMinor: fc.nat(10_000),
  minimumMinor: fc.nat(10_000),
  roundToMinor: fc.integer({ min: 1, max: 500 }),
  byVehicleType: fc.constant({ bike: 850, van: 1400 }),
})

function lines(inputs: PriceInputs, ruleset = RULESET_1): Record<string, number> {
  return Object.fromEntries(price(inputs, ruleset).breakdown.map(line => [line.code, line.amount]))
}

describe('a fare', () => {
  test('is base, distance and time', () => {
    expect(price(TRIP, RULESET_1)).toEqual({
      amount: 1570,
      currency: 'USD',
      breakdown: [
        { code: 'base', label: 'Base fare', amount: 250 },
        { code: 'distance', label: 'Distance', amount: 760 },
        { code: 'time', label: 'Time', amount: 560 },
      ],
    })
  })

  test('shows the vehicle type and the surge as lines of their own', () => {
    expect(lines({ ...TRIP, vehicleType: 'van', surgePermille: 1500 })).toEqual({
      base: 250,
      distance: 760,
      time: 560,
      vehicle_type: 628,
      surge: 1099,
      rounding: -2,
    })
  })

  test('is topped up to the minimum', () => {
    expect(lines({ ...TRIP, distanceM: 0, durationS: 0 })).toEqual({
      base: 250,
      distance: 0,
      time: 0,
      minimum_fare: 350,
    })
  })

  test('is not rounded below the minimum', () => {
    const fare = price({ ...TRIP, distanceM: 0, durationS: 0 }, { ...RULESET_1, minimumMinor: 510, roundToMinor: 50 })
    expect(fare.amount).toBe(550)
  })

  test('shows a surge even where it comes to nothing', () => {
    expect(
      lines({ ...TRIP, surgePermille: 1001 }, { ...RULESET_1, baseMinor: 0, perKmMinor: 0, perMinuteMinor: 0 }),
    ).toEqual({
      base: 0,
      distance: 0,
      time: 0,
      surge: 0,
      minimum_fare: 600,
    })
  })

  test('of a type that the ruleset does not list is the plain fare', () => {
    for (const vehicleType of ['tuk-tuk', 'constructor', '__proto__', '']) {
      expect(price({ ...TRIP, vehicleType }, RULESET_1)).toEqual(price(TRIP, RULESET_1))
    }
  })

  test('sums exactly, in whole minor units, is a multiple of the step and never below the minimum', () => {
    fc.assert(
      fc.property(inputsOf, rulesets, (inputs, ruleset) => {
        const { amount, breakdown } = price(inputs, ruleset)
        expect(breakdown.reduce((sum, line) => sum + line.amount, 0)).toBe(amount)
        expect(breakdown.every(line => Number.isSafeInteger(line.amount))).toBe(true)
        expect(amount % ruleset.roundToMinor).toBe(0)
        expect(amount).toBeGreaterThanOrEqual(ruleset.minimumMinor)
      }),
      { numRuns: 1_000 },
    )
  })

  test('is the same for the same inputs, bit for bit', () => {
    fc.assert(
      fc.property(inputsOf, rulesets, (inputs, ruleset) => {
        const again = price(structuredClone(inputs), structuredClone(ruleset))
        expect(JSON.stringify(again)).toBe(JSON.stringify(price(inputs, ruleset)))
      }),
    )
  })

  test('never falls when the way, the time or the surge grows', () => {
    fc.assert(
      fc.property(
        inputsOf,
        rulesets,
        fc.nat(1_000),
        fc.nat(1_000),
        fc.nat(1_000),
        (inputs, ruleset, metres, seconds, surge) => {
          fc.pre(inputs.durationS + seconds <= 2_678_400 && inputs.surgePermille + surge <= 100_000)
          const more = {
            ...inputs,
            distanceM: inputs.distanceM + metres,
            durationS: inputs.durationS + seconds,
            surgePermille: inputs.surgePermille + surge,
          }
          expect(price(more, ruleset).amount).toBeGreaterThanOrEqual(price(inputs, ruleset).amount)
        },
      ),
    )
  })

  test('is refused for a ruleset that gives no whole amount', () => {
    expect(() => price(TRIP, { ...RULESET_1, roundToMinor: 0 })).toThrow(RangeError)
    expect(() => price(TRIP, { ...RULESET_1, baseMinor: Number.NaN })).toThrow(RangeError)
  })

  test('is refused where a line of it is beyond whole numbers, whatever the maximum fare makes of it', () => {
    const huge = { ...RULESET_1, perKmMinor: 1e8, byVehicleType: { van: 1e300 } }
    for (const rules of [huge, { ...huge, maximumMinor: 5_000 }]) {
      expect(() => price({ ...TRIP, vehicleType: 'van' }, rules)).toThrow(NoFareError)
    }
  })

  test('is refused for what is no number', () => {
    for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      expect(() => price({ ...TRIP, distanceM: bad }, RULESET_1)).toThrow(RangeError)
      expect(() => price({ ...TRIP, durationS: bad }, RULESET_1)).toThrow(RangeError)
      expect(() => price({ ...TRIP, surgePermille: bad }, RULESET_1)).toThrow(RangeError)
    }
  })
})

describe('price areas', () => {
  const area = (zoneId: string, at: 'pickup' | 'dropoff' | 'either', rest: object) =>
    ({ zoneId, label: zoneId, at, ...rest }) as never
  const lain = (zoneId: string, ...ends: string[]) => ({ zoneId, version: 1, ends }) as never
  const RULES: Ruleset = {
    ...RULESET_1,
    areas: [
      area('centre', 'pickup', { factorPermille: 1_100 }),
      area('airport', 'either', { addMinor: 300 }),
      area('suburb', 'dropoff', { addMinor: -100, factorPermille: 900 }),
    ],
  }

  test('count at the end that they are for, factors before surge and additions after it', () => {
    const inputs = {
      ...TRIP,
      surgePermille: 2_000,
      areas: [lain('centre', 'pickup', 'dropoff'), lain('airport', 'dropoff')],
    }
    expect(price(inputs, RULES).breakdown.slice(3)).toEqual([
      { code: 'price_area', label: 'centre', amount: 157 },
      { code: 'surge', label: 'Surge × 2', amount: 1_727 },
      { code: 'price_area', label: 'airport', amount: 300 },
      { code: 'rounding', label: 'Rounding', amount: 1 },
    ])
    expect(price({ ...TRIP, areas: [lain('centre', 'dropoff')] }, RULES)).toEqual(price(TRIP, RULES))
    expect(lines({ ...TRIP, areas: [lain('suburb', 'dropoff')] }, RULES)).toMatchObject({ price_area: -100 })
  })

  test('never make a fare that is less than the minimum', () => {
    const cheap = { ...RULES, areas: [area('centre', 'either', { addMinor: -100_000 })] }
    expect(price({ ...TRIP, areas: [lain('centre', 'pickup')] }, cheap).amount).toBe(RULESET_1.minimumMinor)
  })
})
