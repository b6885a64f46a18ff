import { expect, test } from 'bun:test'
import type { Mode } from '../../domain/mode.ts'
import { Refusal } from '../problem.ts'
import { checkRole } from './permit.ts'
import { principalOf } from './principal.ts'
import { ruleOf } from './table.ts'

/** What an admin of that mode may do: everything that its mode may. */
function answered(route: string, mode: Mode): string {
  try {
    checkRole(ruleOf(route), principalOf({ role: 'admin', id: 'admin', mode }))
    return 'allowed'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.code
  }
}

test.each([
  ['GET /v1/keys', 'allowed', 'forbidden'],
  ['GET /v1/drivers', 'allowed', 'allowed'],
  ['POST /v1/test/drivers', 'forbidden', 'allowed'],
])('%s: with a live key %s, with a test key %s', (route, live, trial) => {
  expect([answered(route, 'live'), answered(route, 'test')]).toEqual([live, trial])
})
