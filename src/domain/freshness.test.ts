import { expect, test } from 'bun:test'
import { asOfMs, CLOCK_BEHIND_MAX_MS } from './freshness.ts'

test('a phone whose clock is a little behind is as fresh as its messages; a backlog is as old as it says', () => {
  const receivedAtMs = 1_800_000_000_000
  expect(asOfMs({ receivedAtMs, recordedAtMs: receivedAtMs - CLOCK_BEHIND_MAX_MS })).toBe(receivedAtMs)
  expect(asOfMs({ receivedAtMs, recordedAtMs: receivedAtMs + 5_000 })).toBe(receivedAtMs)
  expect(asOfMs({ receivedAtMs, recordedAtMs: receivedAtMs - 3 * 3_600_000 })).toBe(receivedAtMs - 3 * 3_600_000)
})
