import { expect, test } from 'bun:test'
import { readArguments } from './args.ts'

test('without arguments all services run in a scratch directory', () => {
  expect(readArguments(['--'])).toEqual({
    kind: 'run',
    install: 'never',
    output: 'lines',
    dir: null,
    only: ['nats', 'redis', 'postgres'],
  })
})

test('each argument is taken', () => {
  expect(readArguments(['--install', '--json', '--dir', 'here', '--only', 'redis,nats'])).toMatchObject({
    install: 'first',
    output: 'lines_and_json',
    dir: 'here',
    only: ['redis', 'nats'],
  })
})

test.each([
  [['--dir'], '--dir wants a value'],
  [['--dir', '--json'], '--dir wants a value'],
  [['--only', 'mongo'], '--only takes nats, redis, postgres, not "mongo"'],
  [['--fast'], 'unknown argument "--fast"; try --help'],
])('%p is refused', (argv, sentence) => {
  expect(() => readArguments(argv)).toThrow(sentence)
})
