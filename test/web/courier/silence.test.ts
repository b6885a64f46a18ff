import { expect, test } from 'bun:test'
import { isDead, SILENCE_MAX_MS } from '../../../src/web/courier/core/silence.ts'

const NOW_MS = Date.UTC(2026, 0, 2, 12)
const ago = (s: number) => NOW_MS - s * 1_000

test('standing still, a position that has just gone leaves the line as it is, however long nothing was heard', () => {
  expect(isDead({ nowMs: NOW_MS, heardAtMs: ago(25), dueSinceMs: ago(0.5) })).toBe(false)
  expect(isDead({ nowMs: NOW_MS, heardAtMs: ago(600), dueSinceMs: null })).toBe(false)
})

test('a line that owes an answer and says nothing else is dead', () => {
  expect(isDead({ nowMs: NOW_MS, heardAtMs: ago(25), dueSinceMs: ago(13) })).toBe(true)
  expect(isDead({ nowMs: NOW_MS, heardAtMs: ago(2), dueSinceMs: ago(13) })).toBe(false)
})

test('a clock that was set back keeps no dead line alive', () => {
  expect(isDead({ nowMs: NOW_MS - 3_600_000, heardAtMs: ago(1), dueSinceMs: ago(1) })).toBe(true)
  expect(isDead({ nowMs: NOW_MS - SILENCE_MAX_MS, heardAtMs: NOW_MS, dueSinceMs: NOW_MS })).toBe(false)
})
