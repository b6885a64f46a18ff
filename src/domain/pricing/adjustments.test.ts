import { describe, expect, test } from 'bun:test'
import { cancellationLines, fareOf, waitingCharge } from './adjustments.ts'
import type { AdjustmentRules } from './ruleset.ts'

const AT = Date.UTC(2026, 0, 5, 12)
const RULES: AdjustmentRules = {
  waiting: { freeS: 180, perMinuteMinor: 40, maximumMinor: 2_000 },
  cancellation: {
    freeS: 120,
    chargedRoles: ['customer'],
    byStage: {
      assigned: { feeMinor: 200, sharePermille: 0 },
      at_pickup: { feeMinor: 300, sharePermille: 250 },
    },
  },
}

describe('waiting', () => {
  const amountAfter = (seconds: number) => waitingCharge(RULES, AT, AT + seconds * 1_000)?.amount ?? 0

  test('is free at first, then by the second, up to a maximum', () => {
    expect([0, 180, 181, 240, 600, 86_400].map(amountAfter)).toEqual([0, 0, 1, 40, 280, 2_000])
  })

  test('of a driver that was too early does not count, nor one of a clock that ran backwards', () => {
    expect(waitingCharge(RULES, AT + 10_000, AT)).toBeNull()
  })

  test('costs nothing without a rule', () => {
    expect(waitingCharge({}, AT, AT + 86_400_000)).toBeNull()
  })
})

describe('a cancellation', () => {
  const cancelled = { quotedMinor: 1_000, status: 'at_pickup', role: 'customer', assignedAtMs: AT, atMs: AT + 600_000 }
  const fare = (change: Partial<typeof cancelled> = {}) =>
    fareOf(1_000, cancellationLines(RULES, { ...cancelled, ...change }))

  test('gives the price back and keeps the fee of its stage', () => {
    expect(fare()).toBe(550)
    expect(fare({ status: 'assigned' })).toBe(200)
    expect(fare({ status: 'en_route_to_pickup' })).toBe(0)
  })

  test('is free just after the assignment, and for those who are not charged', () => {
    expect(fare({ atMs: AT + 119_999 })).toBe(0)
    expect(fare({ atMs: AT + 120_000 })).toBe(550)
    expect(fare({ role: 'driver' })).toBe(0)
    expect(fareOf(1_000, cancellationLines(RULES, { ...cancelled, status: 'placed', assignedAtMs: null }))).toBe(0)
  })

  test('never costs more than the trip', () => {
    expect(fareOf(100, cancellationLines(RULES, { ...cancelled, quotedMinor: 100 }))).toBe(100)
  })

  test('leaves the price alone where the ruleset says nothing', () => {
    expect(cancellationLines({}, cancelled)).toEqual([])
  })
})
