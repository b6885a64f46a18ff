import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import {
  correctionMs,
  isKnown,
  latestServerMs,
  offsetMs,
  type ServerClock,
  sampled,
  serverNowMs,
  UNKNOWN_CLOCK,
} from '../../../src/web/courier/core/server-clock.ts'

const START_MS = Date.UTC(2026, 0, 2, 12)

/** An answer of a node whose clock is ahead by so much, and whose header was made so long before. */
function answer(aheadMs: number, askedAtMs: number, thereMs: number, backMs: number, oldMs = 500) {
  const serverMs = Math.floor((askedAtMs + thereMs + aheadMs - oldMs) / 1_000) * 1_000
  return { askedAtMs, answeredAtMs: askedAtMs + thereMs + backMs, serverMs }
}

test('before any answer both clocks are the same', () => {
  expect(isKnown(UNKNOWN_CLOCK)).toBe(false)
  expect(serverNowMs(UNKNOWN_CLOCK, START_MS)).toBe(START_MS)
})

test('the true difference is always within what is known, whatever the network does', () => {
  const way = fc.integer({ min: 0, max: 3_000 })
  const answers = fc.array(fc.tuple(fc.integer({ min: 0, max: 60_000 }), way, way, fc.integer({ min: 0, max: 999 })), {
    minLength: 1,
    maxLength: 30,
  })
  fc.assert(
    fc.property(fc.integer({ min: -600_000, max: 600_000 }), answers, (aheadMs, many) => {
      let atMs = START_MS
      let clock: ServerClock = UNKNOWN_CLOCK
      for (const [pauseMs, thereMs, backMs, oldMs] of many) {
        atMs += pauseMs
        clock = sampled(clock, answer(aheadMs, atMs, thereMs, backMs, oldMs))
        expect(clock.lowMs).toBeLessThanOrEqual(aheadMs)
        expect(clock.highMs).toBeGreaterThan(aheadMs)
      }
    }),
  )
})

test('an offer is never taken for longer than it is, nor for more than a second and a half shorter than is likely', () => {
  const clock = sampled(UNKNOWN_CLOCK, answer(60_000, START_MS + 900, 20, 20))
  expect(latestServerMs(clock, START_MS)).toBeGreaterThanOrEqual(START_MS + 60_000)
  const slow = sampled(UNKNOWN_CLOCK, answer(60_000, START_MS, 4_000, 4_000))
  expect(latestServerMs(slow, START_MS) - serverNowMs(slow, START_MS)).toBe(1_500)
  expect(latestServerMs(UNKNOWN_CLOCK, START_MS)).toBe(START_MS)
})

test('several answers that may each be two seconds behind are known better than to a second', () => {
  let clock: ServerClock = UNKNOWN_CLOCK
  for (let i = 0; i < 12; i++) clock = sampled(clock, answer(200_000, START_MS + i * 1_370, 20, 20, (i * 271) % 1_000))
  expect(Math.abs(offsetMs(clock) - 200_000)).toBeLessThan(500)
})

test('a clock that was set is noticed by the next answer', () => {
  const before = sampled(UNKNOWN_CLOCK, answer(0, START_MS, 20, 20))
  const after = sampled(before, answer(300_000, START_MS, 20, 20))
  expect(Math.abs(offsetMs(after) - 300_000)).toBeLessThan(1_100)
})

test('positions keep their times unless the phone is wrong by more than the node bears', () => {
  expect(correctionMs(sampled(UNKNOWN_CLOCK, answer(2_000, START_MS, 20, 20)))).toBe(0)
  expect(Math.abs(correctionMs(sampled(UNKNOWN_CLOCK, answer(-180_000, START_MS, 20, 20))) + 180_000)).toBeLessThan(
    1_100,
  )
  expect(correctionMs(UNKNOWN_CLOCK)).toBe(0)
})

test('an answer that says no time, or took for ever, changes nothing', () => {
  expect(sampled(UNKNOWN_CLOCK, { askedAtMs: 0, answeredAtMs: 20, serverMs: Number.NaN })).toBe(UNKNOWN_CLOCK)
  expect(sampled(UNKNOWN_CLOCK, answer(0, START_MS, 10_000, 10_000))).toBe(UNKNOWN_CLOCK)
})
