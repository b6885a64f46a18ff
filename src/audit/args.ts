import { parseArgs } from 'node:util'

/** The command line of an audit. */
export interface AuditOptions {
  readonly rounds: number
  /** 1: an embedded one with its own Postgres; more: a cluster on NATS, Redis and Postgres. */
  readonly nodes: number
  readonly drivers: number
  readonly roundMs: number
  readonly seed: number
  /** Null: a directory for this run only. */
  readonly dataDir: string | null
  readonly output: 'progress' | 'json'
}

export type Command = { readonly kind: 'help' } | { readonly kind: 'run'; readonly options: AuditOptions }

/** An option that cannot be; the message names it. */
export class ArgsError extends Error {
  override readonly name = 'ArgsError'
}

export const HELP = `bun run audit -- [options]: strikes real nodes and their servers under load, and holds them to all they acknowledged

  --rounds N               faults, one per round (5)
  --nodes N                1: an embedded node; kill -9 of it, of its Postgres, of both, while it starts; SIGTERM (1)
                           2 to 9: a cluster; nodes killed, two at once, frozen past their leases, stopped and started, added;
                           NATS, Redis and Postgres killed, frozen, started again, flushed
  --drivers N              (200; in a cluster 100)
  --seconds-per-round S    load before each fault, at most (5)
  --seed N                 of what clients do and when faults come; real processes make it only nearly repeatable (1)
  --data-dir DIR           where the node keeps its data (a directory made for this run)
  --json                   no progress, only the last line
  --help

Prints progress on stderr and one line of JSON on stdout. Exit codes: 0 nothing wrong, 1 violations (the data directory is
kept, and its name told), 2 the audit could not be made.`

const OPTIONS = {
  rounds: { type: 'string' },
  nodes: { type: 'string' },
  drivers: { type: 'string' },
  'seconds-per-round': { type: 'string' },
  seed: { type: 'string' },
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** @throws {ArgsError} */
export function parseCommand(argv: readonly string[]): Command {
  const values = parse(argv)
  if (values.help === true) return { kind: 'help' }
  const nodes = numberOf('nodes', values.nodes, { fallback: 1, min: 1, max: 9, whole: true })
  return {
    kind: 'run',
    options: {
      rounds: numberOf('rounds', values.rounds, { fallback: 5, min: 1, max: 10_000, whole: true }),
      nodes,
      // Each has a socket and reports four times a second: more would measure the machine.
      drivers: numberOf('drivers', values.drivers, {
        fallback: nodes === 1 ? 200 : 100,
        min: 4,
        max: 2_000,
        whole: true,
      }),
      roundMs: 1_000 * numberOf('seconds-per-round', values['seconds-per-round'], { fallback: 5, min: 0.5, max: 600 }),
      seed: numberOf('seed', values.seed, { fallback: 1, min: 0, max: 2 ** 31 - 1, whole: true }),
      dataDir: values['data-dir'] ?? null,
      output: values.json === true ? 'json' : 'progress',
    },
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (cause) {
    throw new ArgsError(cause instanceof Error ? cause.message : 'the options cannot be read', { cause })
  }
}

interface Range {
  readonly fallback: number
  readonly min: number
  readonly max: number
  readonly whole?: true
}

function numberOf(name: string, text: string | undefined, { fallback, min, max, whole }: Range): number {
  if (text === undefined) return fallback
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= min && value <= max && (whole !== true || Number.isInteger(value))) return value
  throw new ArgsError(`--${name} must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}, not "${text}"`)
}
