import { expect, test } from 'bun:test'
import { ArgsError, parseCommand } from './args.ts'

test('without options a node of its own is tried with the seed at hand', () => {
  expect(parseCommand([], 7)).toEqual({
    kind: 'run',
    options: { target: null, requests: 10_000, frames: 1_000, seed: 7, rounds: 1 },
  })
})

test.each([[['--requests', 'x']], [['--seed', '-1']], [['--url', 'http://localhost:1']], [['--nothing']]])(
  '%j is refused in words',
  argv => {
    expect(() => parseCommand(argv, 7)).toThrow(ArgsError)
  },
)
