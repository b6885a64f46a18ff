import { expect, test } from 'bun:test'
import { parseArgs } from './args.ts'

test('with minutes there are as many seeds as there is time for', () => {
  expect(parseArgs([])?.seeds).toBe(500)
  expect(parseArgs(['--minutes', '2'])).toMatchObject({ minutes: 2, seeds: 100_000_000 })
  expect(parseArgs(['--minutes', '2', '--seeds', '7'])).toMatchObject({ minutes: 2, seeds: 7 })
})

test('a seed has 64 bits', () => {
  expect(parseArgs(['--from', '18446744073709551615'])?.from).toBe(2n ** 64n - 1n)
  expect(() => parseArgs(['--from', '18446744073709551616'])).toThrow('64 bits')
  expect(() => parseArgs(['--from', '-1'])).toThrow('64 bits')
})

test('help is no seed', () => {
  expect(parseArgs(['--help'])).toBeNull()
})

test('what is not known, or wants a value, is refused', () => {
  expect(() => parseArgs(['--sedes', '1'])).toThrow('--sedes is not known')
  expect(() => parseArgs(['--seeds'])).toThrow('wants a value')
  expect(() => parseArgs(['--seeds', '0'])).toThrow('wants a number')
})

test('a shrunk plan is named by what is left out', () => {
  expect([...(parseArgs(['--without', 'fault_1,dropped', '--trace'])?.without ?? [])]).toEqual(['fault_1', 'dropped'])
})
