import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { even } from '../domain/even.fixtures.ts'
import { afterFailure } from './backoff.ts'
import { ORDER_KEPT_FOR_MS, RETRY_FIRST_MS, RETRY_FOR_MS, RETRY_MAX_MS } from './limits.ts'

/** The attempts of one delivery that is never taken, each at its time. */
function attemptsOf(random: () => number): { atMs: number[]; leftAtMs: number | null } {
  const atMs = [0]
  let leftAtMs: number | null = null
  for (let nowMs = 0; ; ) {
    const next = afterFailure({ nowMs, attempts: atMs.length, sinceMs: 0, firstTriedMs: 0 }, random)
    if (next.kind === 'dead') return { atMs, leftAtMs }
    if (next.leavesLane) leftAtMs ??= nowMs
    nowMs = next.atMs
    atMs.push(nowMs)
  }
}

test('what is never taken is tried for exactly three days, at growing intervals, and is then dead', () => {
  fc.assert(
    fc.property(fc.infiniteStream(even(0, 0.999_999)), chances => {
      const { atMs } = attemptsOf(() => chances.next().value)
      expect(atMs.at(-1)).toBe(RETRY_FOR_MS)
      expect(atMs[1]).toBeGreaterThanOrEqual(RETRY_FIRST_MS / 2)
      expect(atMs[1]).toBeLessThanOrEqual(RETRY_FIRST_MS)
      for (const [i, at] of atMs.entries()) expect(at - (atMs[i - 1] ?? 0)).toBeLessThanOrEqual(RETRY_MAX_MS)
      // Some 12 until the waits are longest, then every three to six hours.
      expect(atMs.length).toBeGreaterThan(20)
      expect(atMs.length).toBeLessThan(45)
    }),
    { numRuns: 200 },
  )
})

test('those behind it never wait longer than an hour: it leaves its lane before an attempt that would come later', () => {
  for (const chance of [0, 0.5, 0.999]) {
    const { leftAtMs } = attemptsOf(() => chance)
    expect(leftAtMs).toBeGreaterThan(ORDER_KEPT_FOR_MS / 4)
    expect(leftAtMs).toBeLessThanOrEqual(ORDER_KEPT_FOR_MS)
  }
})

test('what has waited for longer than three days, for an endpoint that was disabled, has one attempt', () => {
  const late = { nowMs: RETRY_FOR_MS * 2, attempts: 1, sinceMs: 0, firstTriedMs: RETRY_FOR_MS * 2 }
  expect(afterFailure(late, () => 0)).toEqual({ kind: 'dead' })
})
