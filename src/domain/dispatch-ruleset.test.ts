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

test('the other example, for the most orders served, can be read', async () => {
  const path = join(import.meta.dir, '../../docs/dispatch-ruleset-throughput.json')
  const { terms } = parseRuleset(await Bun.file(path).json())
  expect(terms.trip).toEqual({ weight: 40, capS: 120, fadeS: 0 })
  expect(Object.values(terms).every(term => term.capS > 0)).toBe(true)
})

test('a term that is left out counts nothing', async () => {
  const { idle, ...terms } = (await example()).terms
  expect(idle).toBeDefined()
  expect(parseRuleset({ ...(await example()), terms }).terms.idle).toEqual({ weight: 0, capS: 0 })
})

test('without a section on windows they do not grow', async () => {
  const { window, ...rest } = await example()
  expect(window).toBeDefined()
  expect(parseRuleset(rest).window.timesMax).toBe(1)
})

test('a trip term without an end of its own does not fade', async () => {
  const ruleset = await example()
  const terms = { ...ruleset.terms, trip: { weight: 40, cap_s: 120 } }
  expect(parseRuleset({ ...ruleset, terms }).terms.trip).toEqual({ weight: 40, capS: 120, fadeS: 0 })
})

test.each([
  ['version', { version: '' }],
  ['terms', { terms: null }],
  ['terms has no field "luck"', { terms: { luck: { weight: 1, cap_s: 1 } } }],
  ['terms.idle.weight', { terms: { idle: { weight: -1, cap_s: 1 } } }],
  ['terms.trip.cap_s', { terms: { trip: { weight: 1 } } }],
  ['terms.trip.fade_s', { terms: { trip: { weight: 1, cap_s: 1, fade_s: -1 } } }],
  ['scarcity.age_power', { scarcity: { cap_floor_trips: 1, cap_floor_s: 1, age_power: '1' } }],
  ['window.times_max', { window: { from_waiting_per_free: 1, pickup_share: 0.1, times_max: 1_000 } }],
  ['stops.dropoff_s', { stops: { pickup_s: 60 } }],
  ['look_ahead.plan_s', { look_ahead: { left_weight: 1, plan_s: 1e9, commit_s: 1, commit_age_s: 1 } }],
])('a ruleset with a bad field is refused by its name: %s', async (named, change) => {
  const changed = { ...(await example()), ...change }
  expect(() => parseRuleset(changed)).toThrow(RulesetError)
  expect(() => parseRuleset(changed)).toThrow(named)
})
