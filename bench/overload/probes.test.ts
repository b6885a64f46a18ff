import { expect, test } from 'bun:test'
import { wellFrom } from './probes.ts'

const probed = (...times: (number | null)[]) => times.map((tookMs, i) => ({ dueAtMs: 1_000 + i * 1_000, tookMs }))

test('all is well from the first of a run of quick answers that lasts', () => {
  expect(wellFrom(probed(5_000, 900, 20, 30, 20), 0, 5_000)).toBe(3_000)
  expect(wellFrom(probed(5_000, 900, 20, 30, 20), 0, 4_900)).toBeNull()
})

test('a slow answer, or none, is a relapse; what was asked a moment ago may still be on its way', () => {
  expect(wellFrom(probed(20, 20, null, 20), 0, 5_900)).toBeNull()
  expect(wellFrom(probed(20, 20, null, 20), 0, 6_000)).toBe(4_000)
  expect(wellFrom(probed(20, 20, 20, null), 0, 4_100)).toBe(1_000)
})

test('how it was before counts for nothing', () => {
  expect(wellFrom(probed(20, 20, 20), 1_500, 4_000)).toBe(2_000)
})
