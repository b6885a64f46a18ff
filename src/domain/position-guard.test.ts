import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { even } from './even.fixtures.ts'
import type { Fix } from './fix.ts'
import { distanceM } from './geo.ts'
import { bearings } from './places.fixtures.ts'
import {
  type Admission,
  admit,
  advance,
  CURRENT_MAX_AGE_MS,
  emptyGuard,
  FUTURE_SKEW_MS,
  type Guard,
  guardFrom,
} from './position-guard.ts'

const NOW = 1_700_000_000_000
const METRES_PER_DEGREE = 111_195
const CITY = { latitude: 37.77, longitude: -122.42 }

/** A fix so many metres north and east of the city's middle. */
function fix(northM: number, eastM: number, recordedAtMs: number | null, accuracy: number | null = null): Fix {
  return {
    latitude: CITY.latitude + northM / METRES_PER_DEGREE,
    longitude: CITY.longitude + eastM / (METRES_PER_DEGREE * Math.cos((CITY.latitude * Math.PI) / 180)),
    speed: null,
    heading: null,
    accuracy,
    recordedAtMs,
    orderId: null,
  }
}

interface Arrival {
  readonly fix: Fix
  readonly nowMs: number
}

function admitAll(arrivals: readonly Arrival[], guard: Guard = emptyGuard()): Admission[] {
  let current = guard
  return arrivals.map(arrival => {
    const admission = admit(current, arrival.fix, arrival.nowMs)
    current = admission.guard
    return admission
  })
}

function kinds(arrivals: readonly Arrival[]): string[] {
  return admitAll(arrivals).map(admission => admission.kind)
}

/** At second `s` after the start, recorded and received. */
function at(s: number, northM: number, accuracy: number | null = null): Arrival {
  return { fix: fix(northM, 0, NOW + s * 1000, accuracy), nowMs: NOW + s * 1000 }
}

type DeviceClock = (trueMs: number) => number | null

const deviceClocks: fc.Arbitrary<DeviceClock> = fc.oneof(
  fc.integer({ min: -3_600_000, max: 9_000 }).map(offsetMs => (trueMs: number) => trueMs + offsetMs),
  fc.constant(() => null),
  fc.integer({ min: 60_000, max: 86_400_000 }).map(offsetMs => (trueMs: number) => trueMs + offsetMs),
)

const legs = fc.array(
  fc.record({
    elapsedMs: fc.integer({ min: 1, max: 120_000 }),
    speedMps: even(0, 84),
    bearing: bearings,
    errorM: even(0, 120),
  }),
  { minLength: 1, maxLength: 40 },
)
type Legs = typeof legs extends fc.Arbitrary<infer T> ? T : never

/** What a vehicle's phone reports that drives these legs from a start, each fix wrong by up to 120 m. */
function drive(start: { northM: number; eastM: number; ms: number }, driven: Legs, clock: DeviceClock): Arrival[] {
  let { northM, eastM, ms } = start
  return driven.map(({ elapsedMs, speedMps, bearing, errorM }) => {
    northM += (Math.cos(bearing) * speedMps * elapsedMs) / 1000
    // The city's metres east hold within a few hundred kilometres; half the speed keeps well within them.
    eastM += (Math.sin(bearing) * speedMps * elapsedMs) / 2000
    ms += elapsedMs
    return { fix: fix(northM + Math.sin(bearing) * errorM, eastM + Math.cos(bearing) * errorM, clock(ms)), nowMs: ms }
  })
}

describe('time', () => {
  test('the first fix is committed, wherever it is', () => {
    expect(kinds([{ fix: fix(0, 0, NOW - 3_600_000), nowMs: NOW }])).toEqual(['committed'])
    expect(kinds([{ fix: fix(0, 0, null), nowMs: NOW }])).toEqual(['committed'])
    expect(kinds([{ fix: fix(0, 0, NOW + 1e9), nowMs: NOW }])).toEqual(['committed'])
  })

  test('an equal time is a duplicate, an older one late, and neither moves the guard', () => {
    const [first, repeat, older] = admitAll([at(10, 0), at(10, 5), at(9, 5)])
    expect([repeat?.kind, older?.kind]).toEqual(['duplicate', 'late'])
    expect(repeat?.guard).toBe(first?.guard as Guard)
    expect(older?.guard).toBe(first?.guard as Guard)
  })

  test('a late fix is late wherever it is: the history takes what the map does not', () => {
    expect(kinds([at(10, 0), at(9, 900_000)])).toEqual(['committed', 'late'])
  })

  test('a time beyond the skew is clamped to now and flagged; one within it is kept', () => {
    const ahead = admit(emptyGuard(), fix(0, 0, NOW + FUTURE_SKEW_MS + 1), NOW)
    expect([ahead.recordedAtMs, ahead.clamped]).toEqual([NOW, true])
    const near = admit(emptyGuard(), fix(0, 0, NOW + FUTURE_SKEW_MS), NOW)
    expect([near.recordedAtMs, near.clamped]).toEqual([NOW + FUTURE_SKEW_MS, false])
  })

  test('fixes without a time are never late or repeated by accident', () => {
    const arrivals = [at(5, 0), ...[0, 0, 1, 9_000].map(ms => ({ fix: fix(0, 0, null), nowMs: NOW + ms }))]
    const admissions = admitAll(arrivals)
    expect(admissions.map(a => a.kind)).toEqual(['committed', 'committed', 'committed', 'committed', 'committed'])
    expect(admissions.map(a => a.recordedAtMs - NOW)).toEqual([5_000, 5_001, 5_002, 5_003, 9_000])
  })

  test('a resend of a clamped fix is a duplicate, at once and when its time has come', () => {
    const ahead = fix(0, 0, NOW + 60_000)
    const resends = [1, 500, 59_000, 60_000, 70_000].map(ms => ({ fix: ahead, nowMs: NOW + ms }))
    expect(kinds([{ fix: ahead, nowMs: NOW }, ...resends])).toEqual(['committed', ...resends.map(() => 'duplicate')])
  })

  test('a guard read back from the history knows the newest', () => {
    const guard = guardFrom(fix(0, 0, null), NOW)
    expect(admit(guard, fix(0, 0, NOW), NOW).kind).toBe('duplicate')
    expect(admit(guard, fix(0, 0, NOW - 1), NOW).kind).toBe('late')
    expect(admit(guard, fix(9_000, 0, NOW + 1_000), NOW + 1_000).kind).toBe('implausible_jump')
    expect(admit(guard, fix(10, 0, NOW + 1_000), NOW + 1_000).kind).toBe('committed')
  })
})

describe('jumps', () => {
  test('a single jump and back is ignored', () => {
    expect(kinds([at(0, 0), at(1, 20_000), at(2, 20)])).toEqual(['committed', 'implausible_jump', 'committed'])
  })

  test('the third consistent fix elsewhere is believed', () => {
    const admissions = admitAll([at(0, 0), at(1, 20_000), at(2, 20_010), at(3, 20_020), at(4, 20_030), at(5, 0)])
    expect(admissions.map(a => a.kind)).toEqual([
      'committed',
      'implausible_jump',
      'implausible_jump',
      'committed',
      'committed',
      'implausible_jump',
    ])
    expect(admissions[3]?.guard.suspect).toBeNull()
  })

  test('jumps that do not agree with each other are never believed', () => {
    expect(kinds([at(0, 0), at(1, 20_000), at(2, -20_000), at(3, 20_000), at(4, -20_000), at(5, 0)])).toEqual([
      'committed',
      'implausible_jump',
      'implausible_jump',
      'implausible_jump',
      'implausible_jump',
      'committed',
    ])
  })

  test('resends of a jump do not make it true', () => {
    const resent = [at(1, 20_000), at(1, 20_000), at(2, 20_000), at(1, 20_000), at(2, 20_000)]
    expect(kinds([at(0, 0), ...resent]).slice(1)).toEqual(resent.map(() => 'implausible_jump'))
  })

  test('without times, three jumps of one millisecond are three', () => {
    const jump = { fix: fix(20_000, 0, null), nowMs: NOW }
    expect(kinds([{ fix: fix(0, 0, null), nowMs: NOW }, jump, jump, jump])).toEqual([
      'committed',
      'implausible_jump',
      'implausible_jump',
      'committed',
    ])
  })

  test('nor do resends of a jump whose time lies in the future', () => {
    const jump = fix(20_000, 0, NOW + 60_000)
    const resends = [1, 2, 3, 4].map(s => ({ fix: jump, nowMs: NOW + s * 1_000 }))
    expect(kinds([at(0, 0), ...resends]).slice(1)).toEqual(resends.map(() => 'implausible_jump'))
  })

  test('a fix without a time is judged by when it came, where the newest came from a clock ahead', () => {
    const ahead = { fix: fix(0, 0, NOW + 9_000), nowMs: NOW }
    expect(kinds([ahead, { fix: fix(600, 0, null), nowMs: NOW + 6_000 }])).toEqual(['committed', 'committed'])
    const jumps = [6, 12, 18].map(s => ({ fix: fix(20_000 + s * 80, 0, null), nowMs: NOW + s * 1_000 }))
    expect(kinds([ahead, ...jumps])).toEqual(['committed', 'implausible_jump', 'implausible_jump', 'committed'])
    const early = [1, 6, 12].map(s => ({
      fix: fix(20_000 + s * 80, 0, s === 1 ? NOW + 11_000 : null),
      nowMs: NOW + s * 1_000,
    }))
    expect(kinds([ahead, ...early])).toEqual(['committed', 'implausible_jump', 'implausible_jump', 'committed'])
  })

  test('reported accuracy widens the margin, up to a kilometre each', () => {
    expect(kinds([at(0, 0, 800), at(1, 1_900, 900)])).toEqual(['committed', 'committed'])
    expect(kinds([at(0, 0, null), at(1, 1_900, 900)])).toEqual(['committed', 'implausible_jump'])
    expect(kinds([at(0, 0, 1e9), at(1, 9_000, 1e9)])).toEqual(['committed', 'implausible_jump'])
  })

  test('a step over the date line is a step', () => {
    const west = { ...fix(0, 0, NOW), latitude: -16.8, longitude: 179.9999 }
    const east = { ...fix(0, 0, NOW + 1_000), latitude: -16.8, longitude: -179.9999 }
    expect(kinds([west, east].map(f => ({ fix: f, nowMs: NOW + 1_000 })))).toEqual(['committed', 'committed'])
  })
})

describe('always', () => {
  test('no fix of a plausible drive is rejected, whatever the clock of the phone', () => {
    fc.assert(
      fc.property(legs, deviceClocks, (driven, clock) => {
        const arrivals = drive({ northM: 0, eastM: 0, ms: NOW }, driven, clock)
        expect(kinds(arrivals)).toEqual(arrivals.map(() => 'committed'))
      }),
      { numRuns: 300 },
    )
  })

  test('after a teleport at most two fixes are ignored and the vehicle is where it says', () => {
    const jumps = fc.integer({ min: -300_000, max: 300_000 })
    fc.assert(
      fc.property(legs, legs, jumps, deviceClocks, (before, after, jumpM, clock) => {
        const first = drive({ northM: 0, eastM: 0, ms: NOW }, before, clock)
        const start = { northM: jumpM, eastM: 0, ms: first.at(-1)?.nowMs ?? NOW }
        const arrivals = [...first, ...drive(start, after, clock)]
        const admissions = admitAll(arrivals)
        const ignored = admissions.filter(a => a.kind !== 'committed').length
        expect(ignored).toBeLessThanOrEqual(2)
        const last = arrivals.at(-1)
        if (after.length > 2 && last) expect(distanceM(admissions.at(-1)?.guard ?? CITY, last.fix)).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  const chaos = fc.array(
    fc.record({
      northM: fc.constantFrom(0, 100, 400, 20_000, 20_300),
      offsetMs: fc.option(fc.integer({ min: -20, max: 20 }).map(s => s * 1_000)),
      stepMs: fc.constantFrom(0, 0, 1, 500, 1_000, -300),
    }),
    { maxLength: 60 },
  )

  test('each committed fix has a newer time than the one before, and nothing else moves the guard in time', () => {
    fc.assert(
      fc.property(chaos, steps => {
        let guard = emptyGuard()
        let nowMs = NOW
        for (const { northM, offsetMs, stepMs } of steps) {
          nowMs += stepMs
          const admission = admit(guard, fix(northM, 0, offsetMs === null ? null : nowMs + offsetMs), nowMs)
          if (admission.kind === 'committed') {
            expect(admission.recordedAtMs).toBeGreaterThan(guard.newestAtMs)
            expect(admission.guard.newestAtMs).toBe(admission.recordedAtMs)
          } else {
            expect(admission.guard.newestAtMs).toBe(guard.newestAtMs)
            expect(admission.guard.latitude).toBe(guard.latitude)
          }
          if (offsetMs === null) expect(['late', 'duplicate']).not.toContain(admission.kind)
          guard = admission.guard
        }
      }),
      { numRuns: 500 },
    )
  })

  test('what advances the guard at once is what is admitted as it is, and leaves the same guard; what does not leaves it alone', () => {
    fc.assert(
      fc.property(chaos, steps => {
        let guard = emptyGuard()
        let nowMs = NOW
        for (const { northM, offsetMs, stepMs } of steps) {
          nowMs += stepMs
          const sent = fix(northM, 0, offsetMs === null ? null : nowMs + offsetMs, northM)
          const kept = { ...guard }
          const isAdvanced = advance(kept, sent, nowMs)
          const admission = admit(guard, sent, nowMs)
          expect(kept).toEqual(isAdvanced ? admission.guard : guard)
          if (isAdvanced) {
            const { kind, recordedAtMs, clamped } = admission
            expect({ kind, recordedAtMs, clamped }).toEqual({
              kind: 'committed',
              recordedAtMs: sent.recordedAtMs as number,
              clamped: false,
            })
          }
          guard = admission.guard
        }
      }),
      { numRuns: 500 },
    )
  })

  test('on a drive all but the first fix advance the guard at once', () => {
    let guard = emptyGuard()
    const advanced = Array.from({ length: 10 }, (_, s) => {
      const { fix: sent, nowMs } = at(s, 10 * s)
      if (advance(guard, sent, nowMs)) return true
      guard = admit(guard, sent, nowMs).guard
      return false
    })
    expect(advanced).toEqual([false, ...Array.from({ length: 9 }, () => true)])
  })

  test('a fix that is newest by the clock of the phone and long past by ours is none that advances', () => {
    const old = { ...guardFrom(fix(0, 0, 0), NOW - 2 * CURRENT_MAX_AGE_MS) }
    expect(advance(old, fix(0, 0, NOW - 2 * CURRENT_MAX_AGE_MS + 1_000), NOW)).toBe(false)
  })

  test('a repeat of a timed fix that was committed never passes, however late it comes', () => {
    fc.assert(
      fc.property(chaos, fc.infiniteStream(fc.nat(5)), (steps, choices) => {
        let guard = emptyGuard()
        let nowMs = NOW
        const seen: Fix[] = []
        for (const { northM, offsetMs, stepMs } of steps) {
          nowMs += Math.max(0, stepMs)
          const fresh = fix(northM, 0, nowMs + Math.min(0, offsetMs ?? 0))
          const admission = admit(guard, fresh, nowMs)
          guard = admission.guard
          if (admission.kind === 'committed') seen.push(fresh)
          const again = seen.at(-1 - (choices.next().value ?? 0))
          if (again === undefined) continue
          const repeat = admit(guard, again, nowMs)
          expect(repeat.kind).toBe(again.recordedAtMs === guard.newestAtMs ? 'duplicate' : 'late')
          expect(repeat.guard).toBe(guard)
        }
      }),
      { numRuns: 300 },
    )
  })
})

const DATA_DIR = process.env.WAGGLE_TEST_DATA ?? join(import.meta.dir, '../../../shared/data')
const TRACES = join(DATA_DIR, 'traces_sf_raw_2008-05-30_17-22h.csv.gz')
const missing = existsSync(TRACES) ? '' : ' (skipped: the file is not there; WAGGLE_TEST_DATA names its folder)'

test.skipIf(missing !== '')(
  `of a real evening with real jumps half a percent is ignored, never ten in a row${missing}`,
  () => {
    const rows = new TextDecoder()
      .decode(Bun.gunzipSync(readFileSync(TRACES)))
      .trim()
      .split('\n')
      .slice(1)
    const guards = new Map<string, Guard>()
    const ignoredInARow = new Map<string, number>()
    let ignored = 0
    for (const row of rows) {
      const [vehicle = '', seconds, latitude, longitude] = row.split(',')
      const recordedAtMs = Number(seconds) * 1000
      const place = { latitude: Number(latitude), longitude: Number(longitude) }
      const admission = admit(
        guards.get(vehicle) ?? emptyGuard(),
        { ...fix(0, 0, recordedAtMs), ...place },
        recordedAtMs,
      )
      guards.set(vehicle, admission.guard)
      const inARow = admission.kind === 'implausible_jump' ? (ignoredInARow.get(vehicle) ?? 0) + 1 : 0
      ignoredInARow.set(vehicle, inARow)
      ignored += Math.sign(inARow)
      expect(inARow).toBeLessThan(10)
    }
    expect(ignored / rows.length).toBeLessThan(0.005)
    expect(ignored).toBeGreaterThan(0)
  },
)

test('a fix of two days ago is history, even as the first of its driver', () => {
  const nowMs = 1_800_000_000_000
  const fix = { latitude: 1, longitude: 1, speed: null, heading: null, accuracy: null, orderId: null }
  const old = admit(emptyGuard(), { ...fix, recordedAtMs: nowMs - 2 * 24 * 3_600_000 }, nowMs)
  expect(old.kind).toBe('late')
  expect(admit(old.guard, { ...fix, recordedAtMs: nowMs }, nowMs).kind).toBe('committed')
})
