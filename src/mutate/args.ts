import { parseArgs } from 'node:util'

export interface MutateOptions {
  readonly hand: boolean
  /** Those around the engine: access, test mode, webhooks, zones, calls to others. */
  readonly edge: boolean
  /** Only hand-picked ones whose id contains one of these. */
  readonly only: readonly string[] | null
  /** Of those the n-th of so many parts, none longer than another by more than one. */
  readonly part: Part | null
  readonly generated: number
  readonly seedsMax: number
  /** Samples the generated ones, and is the first seed of the simulator. */
  readonly seed: number
  readonly lanes: number
  readonly json: boolean
  readonly write: boolean
}

export interface Part {
  readonly n: number
  readonly of: number
}

export class ArgsError extends Error {
  override readonly name = 'ArgsError'
}

export const HELP = `bun run mutate -- [options]: guards are taken away one by one; something must notice each

  --hand            the guards picked by hand (the default, unless --generated is given)
  --edge            the guards around the engine instead: access, test mode, webhooks, zones, promises, calls to others
  --only TEXT[,…]   of those, the ones whose id contains one of the TEXTs
  --part K/N        of those, every N-th from the K-th on: a run of all, in N runs
  --generated N     N mutants out of the syntax tree of the deciders, the runtime and the commit statement (0)
  --seeds N         seeds of the simulator per mutant, at most (300)
  --seed S          the first of them; also samples the generated mutants (1)
  --lanes N         mutants at once, 1 or 2 (2)
  --json            no progress, only the last line
  --write           writes what was run into docs/mutations.md, where what was not run stays
  --help

Prints a line per mutant on stderr, and one line of JSON on stdout at the end. Ends with 1 where a hand-picked one survives.`

const PARTS_MAX = 1_000

const OPTIONS = {
  hand: { type: 'boolean', default: false },
  edge: { type: 'boolean', default: false },
  only: { type: 'string' },
  part: { type: 'string' },
  generated: { type: 'string', default: '0' },
  seeds: { type: 'string', default: '300' },
  seed: { type: 'string', default: '1' },
  lanes: { type: 'string', default: '2' },
  json: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** @returns null where help was asked for. @throws {ArgsError} names the option. */
export function readArgs(argv: readonly string[]): MutateOptions | null {
  const values = parse(argv)
  if (values.help) return null
  const generated = whole(values.generated, 'generated', 0, 100_000)
  return {
    hand: !values.edge && (values.hand || values.only !== undefined || values.part !== undefined || generated === 0),
    edge: values.edge,
    only: values.only?.split(',') ?? null,
    part: values.part === undefined ? null : partOf(values.part),
    generated,
    seedsMax: whole(values.seeds, 'seeds', 1, 100_000),
    seed: whole(values.seed, 'seed', 1, 1_000_000_000),
    lanes: whole(values.lanes, 'lanes', 1, 2),
    json: values.json,
    write: values.write,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (cause) {
    throw new ArgsError(cause instanceof Error ? cause.message : 'the options cannot be read', { cause })
  }
}

function partOf(text: string): Part {
  const [n = '', of = '', ...more] = text.split('/')
  const parts = whole(of, 'part', 1, PARTS_MAX)
  if (more.length === 0) return { n: whole(n, 'part', 1, parts), of: parts }
  throw new ArgsError(`--part must be one of so many, such as 1/12, not "${text}"`)
}

function whole(text: string, name: string, min: number, max: number): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new ArgsError(`--${name} must be a whole number from ${min} to ${max}, not "${text}"`)
}
