/** The command line of the fuzzer. */
import { parseArgs } from 'node:util'

export interface Options {
  /** Null: a node of its own is started for it. */
  readonly target: { readonly url: string; readonly token: string } | null
  readonly requests: number
  readonly frames: number
  readonly seed: number
  /** The same again with other seeds, at the same node: what grows with each is a leak. */
  readonly rounds: number
}

export type Command = { readonly kind: 'help' } | { readonly kind: 'run'; readonly options: Options }

/** In words for whoever typed it. */
export class ArgsError extends Error {
  override readonly name = 'ArgsError'
}

const REQUESTS_DEFAULT = 10_000
const FRAMES_DEFAULT = 1_000
const ROUNDS_DEFAULT = 1
const ROUNDS_MAX = 100
const COUNT_MAX = 10_000_000
const SEED_MAX = 2 ** 32 - 1

export const HELP = `bun run fuzz -- [options]: bad requests and bad frames, drawn from a node's own documents

  --requests N   how many requests (${REQUESTS_DEFAULT})
  --frames N     how many frames, over every kind of socket (${FRAMES_DEFAULT})
  --seed N       what they are drawn with (any; it is printed)
  --rounds N     how often, at the same node (${ROUNDS_DEFAULT}); from 3 on memory and handles that grow with each round are findings
  --url URL      a node that runs; default: one is started, with a record of its own, and ended
  --token TOKEN  an admin's, for --url

Every request is to be refused with a 4xx that the document names and a problem document with a code, which names the place that is
wrong in a body, every frame with an error that has a code, and the node is to be as it was. Ends with 1 where something was not, and one line of JSON.`

/** @throws {ArgsError} */
export function parseCommand(argv: readonly string[], anySeed: number): Command {
  const values = read(argv)
  if (values.help) return { kind: 'help' }
  const { url, token } = values
  if ((url === undefined) !== (token === undefined)) throw new ArgsError('--url and --token go together')
  return {
    kind: 'run',
    options: {
      target: url === undefined || token === undefined ? null : { url: url.replace(/\/+$/, ''), token },
      requests: numberOf('requests', values.requests, REQUESTS_DEFAULT, COUNT_MAX),
      frames: numberOf('frames', values.frames, FRAMES_DEFAULT, COUNT_MAX),
      seed: numberOf('seed', values.seed, anySeed, SEED_MAX),
      rounds: Math.max(1, numberOf('rounds', values.rounds, ROUNDS_DEFAULT, ROUNDS_MAX)),
    },
  }
}

function read(argv: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    requests: text,
    frames: text,
    seed: text,
    rounds: text,
    url: text,
    token: text,
    help: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (cause) {
    throw new ArgsError(cause instanceof Error ? cause.message : 'the options cannot be read', { cause })
  }
}

function numberOf(name: string, text: string | undefined, fallback: number, max: number): number {
  if (text === undefined) return fallback
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value <= max) return value
  throw new ArgsError(`--${name} must be a whole number from 0 to ${max}, not "${text}"`)
}
