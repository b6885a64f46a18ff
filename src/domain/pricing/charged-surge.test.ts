import { expect, test } from 'bun:test'
import { DEFAULT_SURGE } from '../surge/surge-rules.ts'
import { chargeable, charged, ROUND_OLD_MS, SURGE_AHEAD_MAX_MS, surgeRuleFor } from './charged-surge.ts'
import { RULESET_1 } from './ruleset.ts'

const AT = Date.UTC(2026, 0, 5, 12)
const SURGING = { ...RULESET_1, surge: DEFAULT_SURGE }
const stored = { multiplierPermille: 1_400, atMs: AT - 30_000 }
const then = { ruleset: SURGING, pricedAtMs: AT, dueAtMs: AT, stored }

test('what a round has is charged, unless the ruleset has no surge or an emergency cap', () => {
  expect(charged(1_400, SURGING)).toBe(1_400)
  expect(charged(1_400, RULESET_1)).toBe(1_000)
  expect(charged(1_400, { ...SURGING, surge: { ...DEFAULT_SURGE, emergencyCapPermille: 1_200 } })).toBe(1_200)
})

test('which rule holds follows from the ruleset first, then from the time', () => {
  expect(surgeRuleFor(true, SURGING)).toBe('current_round')
  expect(surgeRuleFor(false, SURGING)).toBe('none_ahead')
  expect(surgeRuleFor(true, RULESET_1)).toBe('none_in_ruleset')
})

test('afterwards it is known what can have been charged', () => {
  expect(chargeable(then)).toEqual([1_400])
  expect(chargeable({ ...then, stored: null })).toEqual([1_000])
  expect(chargeable({ ...then, dueAtMs: AT + SURGE_AHEAD_MAX_MS + 60_000 })).toEqual([1_000])
})

test('where seconds decided either is possible', () => {
  expect(chargeable({ ...then, dueAtMs: AT + SURGE_AHEAD_MAX_MS })).toEqual([1_400, 1_000])
  expect(chargeable({ ...then, stored: { ...stored, atMs: AT - ROUND_OLD_MS } })).toEqual([1_400, 1_000])
})
