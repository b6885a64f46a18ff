import { expect, test } from 'bun:test'
import { type Plan, partsOf, planOf } from './plan.ts'
import { RunFailure } from './run.ts'
import { shrink } from './shrink.ts'
import { Violation } from './violation.ts'

const FAILURE = new RunFailure(new Violation('(b) two drivers'), { step: 9, trace: [] })

test('a plan is shrunk to the parts without which it does not fail', () => {
  const plan = richPlan()
  const needed = [plan.faults[1]?.id, plan.bookings[2]?.id, plan.drivers[0]?.id, 'dropped']
  const run = (tried: Plan) => (needed.every(part => part && partsOf(tried).includes(part)) ? FAILURE : null)

  const { left, runs } = shrink(plan, FAILURE, run)
  expect(partsOf(plan).filter(part => !left.has(part))).toEqual(needed as string[])
  expect(runs).toBeLessThan(250)
})

test('what fails in another way is not taken for the same', () => {
  const plan = richPlan()
  const other = new RunFailure(new Violation('(e) no rest'), { step: 9, trace: [] })

  expect(shrink(plan, FAILURE, () => other).left.size).toBe(0)
})

test('parts of a plan draw from seeds of their own', () => {
  const [plan, again] = [richPlan(), richPlan()]

  expect(again).toEqual(plan)
  expect(new Set(plan.bookings.map(b => b.seed)).size).toBe(plan.bookings.length)
})

function richPlan(): Plan {
  for (let seed = 1n; ; seed++) {
    const plan = planOf(seed)
    if (plan.faults.length > 3 && plan.bookings.length > 3 && plan.drivers.length > 1) return plan
  }
}
