import { expect, test } from 'bun:test'
import { environment } from './environment.ts'
import { FlagError } from './flags.ts'
import { readCall } from './main.ts'

test('the name may stand before or after the dashes that npm adds, and --json is for all benches', () => {
  for (const argv of [
    ['dispatch', '--', '--trips', 'a.csv', '--json'],
    ['dispatch', '--trips', 'a.csv', '--', '--json'],
    ['--', 'dispatch', '--trips', 'a.csv', '--json'],
  ]) {
    const call = readCall(argv)
    expect(call.bench?.name).toBe('dispatch')
    expect(call).toMatchObject({ output: 'json', wantsHelp: false, argv: ['--trips', 'a.csv'] })
  }
})

test('help needs no bench, and of a bench nothing else', () => {
  expect(readCall(['--help'])).toMatchObject({ bench: null, wantsHelp: true })
  expect(readCall(['ingest', '--help']).bench?.name).toBe('ingest')
})

test('a bench that there is not is refused by name', () => {
  expect(() => readCall(['dispach'])).toThrow(new FlagError('there is no bench "dispach"'))
  expect(() => readCall([])).toThrow(FlagError)
})

test('a result names versions and machine', () => {
  const { versions, machine } = environment('18.4')
  expect(versions).toMatchObject({ bun: Bun.version, postgres: '18.4' })
  expect(machine).toMatchObject({ cores: expect.any(Number), memory_gb: expect.any(Number) })
})
