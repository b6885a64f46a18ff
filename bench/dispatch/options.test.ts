import { expect, test } from 'bun:test'
import { FlagError } from '../flags.ts'
import { readDispatchOptions } from './options.ts'

const TRIPS = ['--trips', 'trips.csv']

test('drivers are a count or a file', () => {
  expect(readDispatchOptions([...TRIPS, '--drivers', '20']).drivers).toEqual({ count: 20 })
  expect(readDispatchOptions([...TRIPS, '--drivers', 'fleet.csv.gz']).drivers).toEqual({ file: 'fleet.csv.gz' })
})

test('threads go by either name', () => {
  expect(readDispatchOptions([...TRIPS, '--hosts', '3']).threads).toBe(3)
  expect(readDispatchOptions([...TRIPS, '--threads', '2']).threads).toBe(2)
})

test('what cannot be is refused with the name of its flag', () => {
  const refused = (argv: string[]) => () => readDispatchOptions(argv)
  expect(refused([])).toThrow('--trips is needed')
  expect(refused([...TRIPS, '--drivers', '0'])).toThrow('--drivers must be a whole number from 1')
  expect(refused([...TRIPS, '--policy', 'best'])).toThrow('--policy must be one of waggle, broadcast, greedy, batch')
  expect(refused([...TRIPS, '--accept', '1.5'])).toThrow('--accept must be a number from 0 to 1, not "1.5"')
  expect(refused([...TRIPS, '--speed', 'NaN'])).toThrow(FlagError)
  expect(refused([...TRIPS, '--sped', '5'])).toThrow(/--sped/)
})

test('seeds are a range, and couriers bring their own pace', () => {
  expect(readDispatchOptions(['--trips', 'x', '--seeds', '3-5']).seeds).toEqual([3, 4, 5])
  expect(() => readDispatchOptions(['--trips', 'x', '--seeds', '5-3'])).toThrow('--seeds')
  expect(readDispatchOptions(['--trips', 'x', '--couriers', 'y'])).toMatchObject({ stopS: 240, detour: 1 })
  expect(readDispatchOptions(['--trips', 'x'])).toMatchObject({ stopS: 0, lookAheadS: 0, shiftLng: 0 })
})
