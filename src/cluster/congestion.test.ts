import { describe, expect, test } from 'bun:test'
import { Congestion } from './congestion.ts'

const STRETCH_MS = 250

/** Stores so many in each of some stretches, all after the same wait. */
function storing({ perStretch, afterMs, stretches }: { perStretch: number; afterMs: number; stretches: number }) {
  const congestion = new Congestion()
  let nowMs = 1_000
  const pass = (positions: number, waitMs: number): void => {
    for (let i = 0; i < positions; i++) congestion.stored(waitMs)
    nowMs += STRETCH_MS
    congestion.look(false, nowMs)
  }
  for (let i = 0; i < stretches; i++) pass(perStretch, afterMs)
  return { congestion, pass }
}

/** The most that one sender may have under way beside so many of the others'. */
function roomOf(congestion: Congestion, others: number): number {
  let ofSender = 0
  while (ofSender < 200_000 && !congestion.holds(ofSender, others + ofSender)) ofSender += 50
  return ofSender
}

describe('a node that is slow', () => {
  test('has room for what it stores in half a second, and always leaves some of it free', () => {
    const { congestion } = storing({ perStretch: 20_000, afterMs: 400, stretches: 12 })
    // 80,000 a second: 48,000 in 0.6 s, of which one sender gets two thirds.
    expect(roomOf(congestion, 0)).toBeCloseTo(32_000, -3)
  })

  test('shares it evenly, whoever came first', () => {
    const { congestion } = storing({ perStretch: 20_000, afterMs: 400, stretches: 12 })
    expect(congestion.holds(24_000, 40_000)).toBe(true)
    expect(congestion.holds(12_000, 40_000)).toBe(false)
    expect(congestion.holds(12_000, 44_000)).toBe(true)
  })

  test('never holds back who has only a few under way', () => {
    const { congestion } = storing({ perStretch: 20_000, afterMs: 400, stretches: 12 })
    expect(congestion.holds(64, 400_000)).toBe(false)
    expect(congestion.holds(65, 400_000)).toBe(true)
  })

  test('is given room for something, however little it stores', () => {
    const { congestion } = storing({ perStretch: 1, afterMs: 400, stretches: 12 })
    expect(congestion.holds(5_000, 5_000)).toBe(false)
    expect(congestion.holds(6_000, 6_000)).toBe(true)
  })

  test('holds nobody back once it is quick again, or has nothing to do', () => {
    const { congestion, pass } = storing({ perStretch: 20_000, afterMs: 400, stretches: 12 })
    pass(20_000, 140)
    expect(congestion.holds(100_000, 100_000)).toBe(false)
    pass(20_000, 400)
    expect(congestion.holds(100_000, 100_000)).toBe(true)
    congestion.look(true, 100_000)
    expect(congestion.holds(100_000, 100_000)).toBe(false)
  })
})

test('a node that is quick holds nobody back, however much is under way', () => {
  const { congestion } = storing({ perStretch: 20_000, afterMs: 250, stretches: 12 })
  expect(congestion.holds(300_000, 300_000)).toBe(false)
})

test('where the record answers nothing it is away, not slow', () => {
  const { congestion, pass } = storing({ perStretch: 20_000, afterMs: 1_600, stretches: 4 })
  for (let i = 0; i < 7; i++) pass(0, 0)
  expect(congestion.holds(100_000, 100_000)).toBe(true)
  expect(congestion.isRefusing).toBe(false)
  expect(congestion.admits(100)).toBe(true)
  expect(congestion.isRefusing).toBe(true)
  pass(0, 0)
  expect(congestion.holds(100_000, 100_000)).toBe(false)
  expect(congestion.admits(100)).toBe(true)
  expect(congestion.isRefusing).toBe(false)
})

test('a node that is behind says so before anything is read, but for its few probes', () => {
  const { congestion } = storing({ perStretch: 100, afterMs: 1_600, stretches: 1 })
  expect(congestion.isRefusing).toBe(false)
  expect(congestion.admits(500)).toBe(true)
  expect(congestion.isRefusing).toBe(true)
  expect(congestion.admits(1)).toBe(false)
})
