import { expect, test } from 'bun:test'
import { auditOrder, Ledger, Violations } from './check.ts'
import type { HttpOutcome } from './http-client.ts'

function ledger(capacity = 1) {
  const violations = new Violations()
  const doubted: string[] = []
  const open = new Set<string>()
  const doubts = { doubt: (id: string) => doubted.push(id), isInDoubt: (id: string) => open.has(id) }
  return { ledger: new Ledger(capacity, violations, doubts), violations, doubted, open }
}

const answered = (status: number, body: unknown): HttpOutcome => ({
  kind: 'answered',
  status,
  body,
  retryAfterMs: null,
})

test('an order that two drivers hold is looked up, and a violation if that changes nothing', () => {
  const { ledger: held, violations, doubted } = ledger()
  held.assigned('drv_1', 'ord_1', 0)
  held.assigned('drv_2', 'ord_1', 1_000)
  held.settle(3_999)
  expect(doubted).toEqual([])
  held.settle(4_000)
  expect([doubted, violations.count, held.suspicions]).toEqual([['ord_1'], 0, 1])
  held.settle(7_000)
  held.settle(20_000)
  expect(violations.listed).toEqual([
    { kind: 'order_with_two_drivers', order_id: 'ord_1', detail: 'held by drv_1 and drv_2' },
  ])
})

test('nothing is held against the node while an order is still being looked up or its delivery unanswered', () => {
  const { ledger: held, violations, open } = ledger()
  held.assigned('drv_1', 'ord_1', 0)
  held.delivering('ord_1')
  held.assigned('drv_1', 'ord_2', 0)
  open.add('ord_2')
  for (const at of [10_000, 20_000, 30_000]) held.settle(at)
  open.clear()
  held.settle(40_000)
  held.released('drv_1', 'ord_1')
  held.settle(50_000)
  expect([violations.count, held.suspicions]).toEqual([0, 0])
})

test('an order that changed hands out of order is none', () => {
  const { ledger: held, violations } = ledger()
  held.assigned('drv_1', 'ord_1', 0)
  held.assigned('drv_2', 'ord_1', 1_000)
  held.released('drv_1', 'ord_1')
  for (const at of [30_000, 60_000]) held.settle(at)
  expect(violations.count).toBe(0)
  expect(held.holdersOf('ord_1')).toEqual(['drv_2'])
})

test('a driver with more than its capacity is a violation, at its capacity none', () => {
  const { ledger: held, violations } = ledger(2)
  for (const order of ['ord_1', 'ord_2', 'ord_2']) held.assigned('drv_1', order, 0)
  for (const at of [10_000, 20_000]) held.settle(at)
  expect(violations.count).toBe(0)
  held.assigned('drv_1', 'ord_3', 20_000)
  for (const at of [30_000, 40_000]) held.settle(at)
  expect(violations.listed.map(violation => violation.kind)).toEqual(['driver_beyond_capacity'])
})

test('an acknowledged order must be found, in a known state, with the end that was acknowledged', () => {
  const kindOf = (outcome: ReturnType<typeof auditOrder>) =>
    outcome.kind === 'violated' ? outcome.violation.kind : outcome.kind
  const order = (status: string) => answered(200, { order_id: 'ord_1', status })

  expect(auditOrder('ord_1', null, order('placed'))).toEqual({ kind: 'sound', status: 'placed' })
  expect(auditOrder('ord_1', 'delivered', order('delivered'))).toEqual({ kind: 'sound', status: 'delivered' })
  expect(kindOf(auditOrder('ord_1', null, answered(404, {})))).toBe('order_lost')
  expect(kindOf(auditOrder('ord_1', null, order('limbo')))).toBe('order_in_no_state')
  expect(kindOf(auditOrder('ord_1', 'delivered', order('cancelled')))).toBe('end_state_changed')
  expect(kindOf(auditOrder('ord_1', null, { kind: 'unreachable', cause: null }))).toBe('unknown')
  expect(kindOf(auditOrder('ord_1', null, answered(503, {})))).toBe('unknown')
})

test('violations are all counted, and the first of them listed', () => {
  const violations = new Violations()
  for (let i = 0; i < 250; i++) violations.add({ kind: 'order_lost', order_id: `ord_${i}`, detail: '' })
  expect([violations.count, violations.listed.length]).toEqual([250, 100])
})
