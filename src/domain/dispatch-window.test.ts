import { expect, test } from 'bun:test'
import { DEFAULT_RULESET } from './dispatch-ruleset.ts'
import { fadedPickupS, smoothedPickupS, windowMs } from './dispatch-window.ts'

function window(facts: object, changes: object = {}): number {
  const tight = { baseMs: 5_000, waitingPerFree: 1, pickupMeanS: 120 }
  const ruleset = { ...DEFAULT_RULESET, window: { ...DEFAULT_RULESET.window, ...changes } }
  return windowMs({ ...tight, ...facts }, ruleset)
}

test('where orders wait for drivers a window is a tenth of the way to the pickup', () => {
  expect(window({})).toBe(12_000)
  expect(window({ pickupMeanS: 80 })).toBe(8_000)
})

test('it is never shorter than the setting, nor longer than four times that', () => {
  expect(window({ pickupMeanS: 20 })).toBe(5_000)
  expect(window({ pickupMeanS: 1_000 })).toBe(20_000)
  expect(window({ baseMs: 0 })).toBe(0)
})

test('where drivers are about, or before anything was proposed, nobody waits longer than the setting', () => {
  expect(window({ waitingPerFree: 0.4 })).toBe(5_000)
  expect(window({ pickupMeanS: null })).toBe(5_000)
  expect(window({}, { timesMax: 1 })).toBe(5_000)
})

test('the mean way starts with the first one and then moves slowly', () => {
  expect(smoothedPickupS(null, [])).toBeNull()
  expect(smoothedPickupS(null, [100])).toBe(100)
  expect(smoothedPickupS(100, [200])).toBe(102)
  expect(smoothedPickupS(100, new Array(500).fill(50))).toBeCloseTo(50, 1)
})

test('the mean way fades where nothing is proposed any more', () => {
  expect(fadedPickupS(null, 600_000)).toBeNull()
  expect(fadedPickupS(100, 60_000)).toBe(100)
  expect(fadedPickupS(100, 120_000)).toBe(50)
  expect(fadedPickupS(100, 660_000)).toBeLessThan(0.1)
})
