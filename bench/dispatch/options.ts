import { DEFAULT_RULESET, type DispatchRuleset } from '../../src/domain/dispatch-ruleset.ts'
import { SHARDS_MAX } from '../../src/domain/ids.ts'
import { choiceFlag, type FlagValues, numberFlag, type Range, readFlags, requiredFlag } from '../flags.ts'

export const POLICIES = ['waggle', 'broadcast', 'greedy', 'batch'] as const
export type Policy = (typeof POLICIES)[number]

export interface DispatchOptions {
  readonly tripsFile: string
  /** So many, placed at pickups drawn with the seed; or a file of places. */
  readonly drivers: { readonly count: number } | { readonly file: string }
  readonly fromTs: number
  /** Exclusive. */
  readonly toTs: number
  readonly policy: Policy
  readonly windowS: number
  readonly speedMps: number
  readonly detour: number
  readonly patienceS: number
  readonly pickupMaxS: number
  /** Shares of the offers that a driver accepts at once and that it does not answer; the others it declines. */
  readonly acceptShare: number
  readonly silentShare: number
  /** Drivers asked at once by `broadcast`. */
  readonly offersAtOnce: number
  readonly shards: number
  /** Hosts, each with its share of the shards, as the worker threads of a node have them. */
  readonly threads: number
  /** Drivers whose order ends within this may be given one to follow. */
  readonly lookAheadS: number
  readonly ruleset: DispatchRuleset
  readonly seed: number
}

export const DISPATCH_HELP = `bun run bench dispatch -- --trips FILE [flags]: recorded trips under a dispatch policy, in virtual time

  --trips FILE       request_ts,pickup_lat,pickup_lng,dropoff_lat,dropoff_lng; .csv or .csv.gz
  --drivers N|FILE   so many at pickups drawn with the seed, or a file with lat,lng (1000)
  --from TS --to TS  the part of the recording, Unix seconds, end excluded
  --policy P         waggle: the engine; broadcast: the engine asking several drivers at once;
                     greedy, batch: the baselines, which see the whole city and ask nobody (waggle)
  --window S         how long a batch is collected (5)
  --speed MPS        (6.5)  --detour X  road metres per straight metre (1.3)
  --patience S       a customer without a driver gives up (300)
  --max-pickup S     no driver farther away is sent (1200)
  --accept P         share of offers accepted at once (1)
  --silent P         share of offers that nobody answers (0)
  --offers-at-once K of broadcast (5)
  --shards N         of the engine (256)
  --threads N        hosts that the shards are dealt to; --hosts is the same (1)
  --seed N           (1)
`

const SHARE: Range = { min: 0, max: 1 }
const TIMESTAMP: Range = { min: 0, max: 1e12 }
const DRIVERS_MAX = 100_000

/** @throws {FlagError} */
export function readDispatchOptions(argv: readonly string[]): DispatchOptions {
  const values = readFlags(argv, FLAGS)
  const threads = values.threads === undefined ? { ...values, threads: values.hosts } : values
  return {
    tripsFile: requiredFlag(values, 'trips'),
    drivers: driversFlag(values),
    fromTs: numberFlag(values, 'from', 0, TIMESTAMP),
    toTs: numberFlag(values, 'to', 1e12, TIMESTAMP),
    policy: choiceFlag(values, 'policy', 'waggle', POLICIES),
    windowS: numberFlag(values, 'window', 5, { min: 0, max: 60 }),
    speedMps: numberFlag(values, 'speed', 6.5, { min: 0.1, max: 80 }),
    detour: numberFlag(values, 'detour', 1.3, { min: 1, max: 10 }),
    patienceS: numberFlag(values, 'patience', 300, { min: 1, max: 86_400 }),
    pickupMaxS: numberFlag(values, 'max-pickup', 1_200, { min: 1, max: 86_400 }),
    acceptShare: numberFlag(values, 'accept', 1, SHARE),
    silentShare: numberFlag(values, 'silent', 0, SHARE),
    offersAtOnce: numberFlag(values, 'offers-at-once', 5, { min: 1, max: 100, whole: true }),
    shards: numberFlag(values, 'shards', 256, { min: 1, max: SHARDS_MAX, whole: true }),
    threads: numberFlag(threads, 'threads', 1, { min: 1, max: 64, whole: true }),
    lookAheadS: numberFlag(values, 'look-ahead', 0, { min: 0, max: 3_600 }),
    ruleset: DEFAULT_RULESET,
    seed: numberFlag(values, 'seed', 1, { min: 0, max: 2 ** 31 - 1, whole: true }),
  }
}

const FLAGS = [
  'trips',
  'drivers',
  'from',
  'to',
  'policy',
  'window',
  'speed',
  'detour',
  'patience',
  'max-pickup',
  'accept',
  'silent',
  'offers-at-once',
  'shards',
  'threads',
  'hosts',
  'look-ahead',
  'ruleset',
  'seed',
] as const

function driversFlag(values: FlagValues): DispatchOptions['drivers'] {
  const text = values.drivers
  if (text !== undefined && !/^-?[0-9.]+$/.test(text)) return { file: text }
  return { count: numberFlag(values, 'drivers', 1_000, { min: 1, max: DRIVERS_MAX, whole: true }) }
}
