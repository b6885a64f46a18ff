import { expect, test } from 'bun:test'
import { CLUSTER_FAULTS, planClusterRounds } from './cluster-plan.ts'

test('a seed gives one plan, and two hundred rounds have every fault', () => {
  const options = { seed: 7, rounds: 200, roundMs: 5_000 }
  const plan = planClusterRounds(options, 3)
  expect(planClusterRounds(options, 3)).toEqual(plan)
  expect(planClusterRounds({ ...options, seed: 8 }, 3)).not.toEqual(plan)
  expect(new Set(plan.map(round => round.fault))).toEqual(new Set(CLUSTER_FAULTS))
  expect(new Set(plan.map(round => round.victim))).toEqual(new Set([0, 1, 2]))
  expect(plan.every(({ victim, other }) => other !== victim && other >= 0 && other < 3)).toBe(true)
})

test('a frozen node is frozen for longer than a lease lasts', () => {
  const plan = planClusterRounds({ seed: 1, rounds: 200, roundMs: 5_000 }, 3)
  const frozen = plan.filter(round => round.fault === 'node_frozen')
  expect(Math.min(...frozen.map(round => round.awayMs))).toBeGreaterThan(4_000)
})
