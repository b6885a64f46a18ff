import { describe, expect, test } from 'bun:test'
import type { CellId } from '../ids.ts'
import { DEFAULT_SURGE } from '../surge/surge-rules.ts'
import { type PublishedRuleset, rulesetInForce } from './in-force.ts'
import { isTimeZone, localTimeAt } from './local-time.ts'
import { price } from './price.ts'
import { RULESET_1, type Ruleset, type TimeBand } from './ruleset.ts'
import { rulesetFaults } from './ruleset-faults.ts'
import { bandAt } from './time-bands.ts'

const TRIP = { distanceM: 8_000, durationS: 1_200, vehicleType: null, surgePermille: 1_000 }
const NIGHT: TimeBand = { label: 'Night', days: [5, 6], fromMinute: 1_320, toMinute: 360, factorPermille: 1_200 }
const RUSH: TimeBand = { label: 'Rush', days: [1, 2, 3, 4, 5], fromMinute: 420, toMinute: 540, factorPermille: 1_100 }
const BERLIN: Ruleset = { ...RULESET_1, version: '2', timeZone: 'Europe/Berlin', timeBands: [NIGHT, RUSH] }

describe('the time of day', () => {
  test.each([
    ['2026-01-05T06:59:00Z', 'Europe/Berlin', { weekday: 1, minute: 479 }],
    ['2026-07-06T06:59:00Z', 'Europe/Berlin', { weekday: 1, minute: 539 }],
    ['2026-01-05T00:30:00Z', 'America/Los_Angeles', { weekday: 7, minute: 990 }],
    ['2026-03-29T00:59:00Z', 'Europe/Berlin', { weekday: 7, minute: 119 }],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', { weekday: 7, minute: 180 }],
    ['2026-01-05T18:30:00Z', 'Asia/Kathmandu', { weekday: 2, minute: 15 }],
  ])('%s in %s is %p', (text, zone, local) => {
    expect(localTimeAt(Date.parse(text), zone)).toEqual(local)
  })

  test('a band counts from its start to before its end, on its days', () => {
    expect(bandAt([RUSH], { weekday: 1, minute: 420 })).toBe(RUSH)
    expect(bandAt([RUSH], { weekday: 1, minute: 540 })).toBeNull()
    expect(bandAt([RUSH], { weekday: 6, minute: 420 })).toBeNull()
  })

  test('a band past midnight belongs to the day on which it begins', () => {
    expect(bandAt([NIGHT], { weekday: 5, minute: 1_320 })).toBe(NIGHT)
    expect(bandAt([NIGHT], { weekday: 7, minute: 359 })).toBe(NIGHT)
    expect(bandAt([NIGHT], { weekday: 5, minute: 359 })).toBeNull()
    const sunday = { ...NIGHT, days: [7] }
    expect(bandAt([sunday], { weekday: 1, minute: 0 })).toBe(sunday)
  })

  test('is a line of its own, before the surge', () => {
    const fare = price({ ...TRIP, surgePermille: 1_500, localTime: { weekday: 1, minute: 450 } }, BERLIN)
    expect(fare.breakdown.map(({ code, amount }) => [code, amount])).toEqual([
      ['base', 250],
      ['distance', 760],
      ['time', 560],
      ['time_of_day', 157],
      ['surge', 864],
      ['rounding', -1],
    ])
  })

  test('must be known where the ruleset has bands', () => {
    expect(() => price(TRIP, BERLIN)).toThrow(RangeError)
    expect(isTimeZone('Europe/Berlin')).toBe(true)
    expect(isTimeZone('Europe/Atlantis')).toBe(false)
  })
})

test('no fare is above the maximum, whatever the surge, and it is a multiple of the rounding all the same', () => {
  const capped = { ...RULESET_1, maximumMinor: 2_003 }
  const fare = price({ ...TRIP, surgePermille: 9_000 }, capped)
  expect(fare.amount).toBe(2_000)
  expect(fare.breakdown.map(line => line.code)).toEqual([
    'base',
    'distance',
    'time',
    'surge',
    'maximum_fare',
    'rounding',
  ])
})

test.each<[string, Partial<Ruleset>]>([
  ['/maximum_minor', { minimumMinor: 601, roundToMinor: 50, maximumMinor: 649 }],
  ['/time_zone', { timeZone: 'Mars/Olympus' }],
  ['/time_zone', { timeBands: [RUSH] }],
  ['/time_bands/0/to', { timeZone: 'UTC', timeBands: [{ ...RUSH, toMinute: 420 }] }],
  ['/surge/grid_permille', { surge: { ...DEFAULT_SURGE, gridPermille: 30 } }],
  ['/surge/cap_permille', { surge: { ...DEFAULT_SURGE, capPermille: 2_975 } }],
  ['/surge/emergency_cap_permille', { surge: { ...DEFAULT_SURGE, emergencyCapPermille: 1_210 } }],
  ['/surge/step_permille', { surge: { ...DEFAULT_SURGE, movePermille: 100 } }],
  ['/surge/hysteresis_permille', { surge: { ...DEFAULT_SURGE, hysteresisPermille: 50 } }],
  ['/surge/floor_permille', { surge: { ...DEFAULT_SURGE, floorPermille: 1_050 } }],
  ['/surge/floor_permille', { surge: { ...DEFAULT_SURGE, floorPermille: 800 } }],
])('a ruleset with a wrong %s is told so', (path, change) => {
  expect(rulesetFaults({ ...RULESET_1, ...change }).map(fault => fault.path)).toContain(path)
})

test('the rulesets of the house are right', () => {
  expect(rulesetFaults(RULESET_1)).toEqual([])
  expect(rulesetFaults({ ...BERLIN, surge: DEFAULT_SURGE })).toEqual([])
})

describe('the ruleset in force', () => {
  const [sf, la] = ['84283adffffffff', '8429a57ffffffff'] as CellId[] as [CellId, CellId]
  const published = (version: string, more: Partial<PublishedRuleset> = {}): PublishedRuleset => ({
    ruleset: { ...RULESET_1, version },
    validFromMs: 0,
    validToMs: null,
    cells: null,
    createdAtMs: 0,
    ...more,
  })
  const versionAt = (all: PublishedRuleset[], area: CellId, atMs: number) =>
    rulesetInForce(all, area, atMs)?.ruleset.version

  test('is the most specific, then the newest that has begun and not ended', () => {
    const all = [
      published('1'),
      published('2', { validFromMs: 100 }),
      published('sf', { cells: [sf], validFromMs: 50, validToMs: 200 }),
      published('both', { cells: [sf, la], validFromMs: 60 }),
    ]
    expect([10, 50, 100, 200].map(atMs => versionAt(all, sf, atMs))).toEqual(['1', 'sf', 'sf', 'both'])
    expect([10, 60].map(atMs => versionAt(all, la, atMs))).toEqual(['1', 'both'])
    expect([10, 99, 100].map(atMs => versionAt(all, '8428309ffffffff' as CellId, atMs))).toEqual(['1', '1', '2'])
  })

  test('of two of one moment is the one made last, in whatever order they are read', () => {
    const all = [published('a', { createdAtMs: 5 }), published('b', { createdAtMs: 6 })]
    expect(versionAt(all, sf, 1)).toBe('b')
    expect(versionAt(all.toReversed(), sf, 1)).toBe('b')
  })
})
