import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { DEFAULT_RULESET, parseRuleset, RulesetError } from './dispatch-ruleset.ts'

const EXAMPLE = join(import.meta.dir, '../../docs/dispatch-ruleset.json')

async function example() {
  return JSON.parse(await Bun.file(EXAMPLE).text())
}

test('the example in the docs is the built-in ruleset', async () => {
  expect(parseRuleset(await example())).toEqual(DEFAULT_RULESET)
})

test('a term that is left out counts nothing', async () => {
  const { idle, ...terms } = (await example()).terms
  expect(idle).toBeDefined()
  expect(parseRuleset({ ...(await example()), terms }).terms.idle).toEqual({ weight: 0, capS: 0 })
})

test.each([
  ['version', { version: '' }],
  ['terms', { terms: null }],
  ['terms has no field "luck"', { terms: { luck: { weight: 1, cap_s: 1 } } }],
  ['terms.idle.weight', { terms: { idle: { weight: -1, cap_s: 1 } } }],
  ['terms.trip.cap_s', { terms: { trip: { weight: 1 } } }],
  ['scarcity.age_power', { scarcity: { cap_floor_trips: 1, cap_floor_s: 1, age_power: '1' } }],
  ['look_ahead.plan_s', { look_ahead: { left_weight: 1, plan_s: 1e9, commit_s: 1, commit_age_s: 1 } }],
])('a ruleset with a bad field is refused by its name: %s', async (named, change) => {
  const changed = { ...(await example()), ...change }
  expect(() => parseRuleset(changed)).toThrow(RulesetError)
  expect(() => parseRuleset(changed)).toThrow(named)
})
