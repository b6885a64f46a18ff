/** The command line of the simulator. */

export interface Args {
  readonly seeds: number
  readonly from: bigint
  readonly minutes: number | null
  /** Parts of the plan that are left out: what a shrunk violation names. */
  readonly without: ReadonlySet<string>
  readonly isTraced: boolean
}

export const USAGE = `bun run simulate -- [--seeds N] [--from S] [--minutes M] [--without part,part,…] [--trace]

  --seeds N      how many seeds (500; with --minutes as many as there is time for)
  --from S       the first seed, 64 bits (1)
  --minutes M    begin no further seed after that
  --without …    leave these faults, bookings, drivers or kinds of noise out of each plan
  --trace        print what happened in each run that fails
`

const SEEDS_DEFAULT = 500
const SEEDS_MAX = 100_000_000
const SEED_MAX = 2n ** 64n - 1n

/** @returns null where help was asked for. @throws {Error} in words for whoever typed it. */
export function parseArgs(argv: readonly string[]): Args | null {
  if (argv.includes('--help')) return null
  let seeds: number | null = null
  let from = 1n
  let minutes: number | null = null
  let without: ReadonlySet<string> = new Set()
  let isTraced = false
  for (let at = 0; at < argv.length; at++) {
    const name = argv[at]
    if (name === '--trace') {
      isTraced = true
      continue
    }
    const value = argv[++at]
    if (value === undefined) throw new Error(`${name} wants a value`)
    if (name === '--seeds') seeds = wholeNumber(name, value, SEEDS_MAX)
    else if (name === '--from') from = seedOf(value)
    else if (name === '--minutes') minutes = positive(name, value)
    else if (name === '--without') without = new Set(value.split(','))
    else throw new Error(`${name} is not known`)
  }
  return { seeds: seeds ?? (minutes === null ? SEEDS_DEFAULT : SEEDS_MAX), from, minutes, without, isTraced }
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > max) throw new Error(`${name} wants a number from 1 to ${max}`)
  return value
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0) || !Number.isFinite(value)) throw new Error(`${name} wants a positive number`)
  return value
}

function seedOf(text: string): bigint {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > SEED_MAX) throw new Error('--from wants a number of 64 bits')
  return BigInt(text)
}
