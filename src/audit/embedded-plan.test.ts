import { expect, test } from 'bun:test'
import { ArgsError, parseCommand } from './args.ts'
import { FAULTS, planRounds } from './embedded-plan.ts'

test('a seed gives one plan, and a hundred rounds have every fault', () => {
  const options = { seed: 7, rounds: 100, roundMs: 5_000 }
  const plan = planRounds(options)
  expect(planRounds(options)).toEqual(plan)
  expect(planRounds({ ...options, seed: 8 })).not.toEqual(plan)
  expect(new Set(plan.map(round => round.fault))).toEqual(new Set(FAULTS))
  expect(plan.every(round => round.loadMs >= 1_500 && round.loadMs <= 5_000)).toBe(true)
})

test('options are read, and one that cannot be is named', () => {
  expect(parseCommand(['--rounds', '3', '--seconds-per-round', '0.5', '--json'])).toMatchObject({
    kind: 'run',
    options: { rounds: 3, roundMs: 500, drivers: 200, seed: 1, dataDir: null, output: 'json' },
  })
  expect(parseCommand(['--help'])).toEqual({ kind: 'help' })
  expect(() => parseCommand(['--drivers', '0'])).toThrow(ArgsError)
  expect(() => parseCommand(['--rounds', '1.5'])).toThrow('--rounds')
  expect(() => parseCommand(['--kill', 'all'])).toThrow(ArgsError)
})
