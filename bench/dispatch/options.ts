import { SHARDS_MAX } from '../../src/domain/ids.ts'
import { choiceFlag, FlagError, type FlagValues, numberFlag, type Range, readFlags, requiredFlag } from '../flags.ts'

const POLICIES = ['waggle', 'broadcast', 'greedy', 'batch'] as const
export type Policy = (typeof POLICIES)[number]

export interface DispatchOptions {
  readonly tripsFile: string
  /** So many, placed at pickups drawn with the seed; or a file of places. */
  readonly drivers: { readonly count: number } | { readonly file: string }
  /** The drivers are couriers of a file, on duty from and to given times; null: they are not. */
  readonly couriersFile: string | null
  /** Time at each stop, besides driving. */
  readonly stopS: number
  /** Everything is moved so far to the east; `border`: to where a border of matching cells halves the pickups. */
  readonly shiftLng: number | 'border'
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
  /** A JSON file; null: the built-in one. */
  readonly rulesetFile: string | null
  /** At least one; each is a run of its own. */
  readonly seeds: readonly number[]
  readonly seed: number
}

export const DISPATCH_HELP = `bun run bench dispatch -- --trips FILE [flags]: recorded trips under a dispatch policy, in virtual time

  --trips FILE       request_ts,pickup_lat,pickup_lng,dropoff_lat,dropoff_lng; .csv or .csv.gz
  --drivers N|FILE   so many at pickups drawn with the seed, or a file with lat,lng (1000)
  --couriers FILE    lat,lng,on_ts,off_ts: who is on duty when, instead of --drivers; trips are deliveries then
                     (speed 5.33, detour 1, stops of 240 s; nothing leaves before its ready_ts)
  --stop S           time at each stop, besides driving (0); waggle is told, unless its ruleset says otherwise
  --shift-lng DEG    moves everything to the east; "border": to where a border of matching cells halves the city (0)
  --from TS --to TS  the part of the recording, Unix seconds, end excluded
  --policy P         waggle: the engine; broadcast: the engine asking several drivers at once;
                     greedy, batch: the baselines, which see the whole city and ask nobody (waggle)
  --window S         how long a batch is collected; of waggle the least, its ruleset lets it grow (5)
  --speed MPS        (6.5)  --detour X  road metres per straight metre (1.3)
  --patience S       a customer without a driver gives up (300)
  --max-pickup S     no driver farther away is sent (1200)
  --accept P         share of offers accepted at once (1)
  --silent P         share of offers that nobody answers (0)
  --offers-at-once K of broadcast (5)
  --shards N         of the engine (256)
  --threads N        hosts that the shards are dealt to; --hosts is the same (1)
  --look-ahead S     waggle: a driver whose order ends within this may be given one to follow; 0: none is (0)
  --ruleset FILE     waggle: what dispatch weighs, as JSON (the built-in one)
  --seed N           (1)
  --seeds A-B        a run for each, a line for each, and last their means with 95 % confidence intervals
`

/** As the source of the deliveries says: straight lines at 320 m/min, 4 min at each stop. */
const COURIER = { speedMps: 320 / 60, detour: 1, stopS: 240 } as const

const SHARE: Range = { min: 0, max: 1 }
const TIMESTAMP: Range = { min: 0, max: 1e12 }
const DRIVERS_MAX = 100_000

/** @throws {FlagError} */
export function readDispatchOptions(argv: readonly string[]): DispatchOptions {
  const values = readFlags(argv, FLAGS)
  const isDelivery = values.couriers !== undefined
  const seeds = seedsFlag(values)
  const threads = values.threads === undefined ? { ...values, threads: values.hosts } : values
  return {
    tripsFile: requiredFlag(values, 'trips'),
    drivers: driversFlag(values),
    couriersFile: values.couriers ?? null,
    stopS: numberFlag(values, 'stop', isDelivery ? COURIER.stopS : 0, { min: 0, max: 3_600 }),
    shiftLng: values['shift-lng'] === 'border' ? 'border' : numberFlag(values, 'shift-lng', 0, { min: -180, max: 180 }),
    fromTs: numberFlag(values, 'from', 0, TIMESTAMP),
    toTs: numberFlag(values, 'to', 1e12, TIMESTAMP),
    policy: choiceFlag(values, 'policy', 'waggle', POLICIES),
    windowS: numberFlag(values, 'window', 5, { min: 0, max: 60 }),
    speedMps: numberFlag(values, 'speed', isDelivery ? COURIER.speedMps : 6.5, { min: 0.1, max: 80 }),
    detour: numberFlag(values, 'detour', isDelivery ? COURIER.detour : 1.3, { min: 1, max: 10 }),
    patienceS: numberFlag(values, 'patience', 300, { min: 1, max: 86_400 }),
    pickupMaxS: numberFlag(values, 'max-pickup', 1_200, { min: 1, max: 86_400 }),
    acceptShare: numberFlag(values, 'accept', 1, SHARE),
    silentShare: numberFlag(values, 'silent', 0, SHARE),
    offersAtOnce: numberFlag(values, 'offers-at-once', 5, { min: 1, max: 100, whole: true }),
    shards: numberFlag(values, 'shards', 256, { min: 1, max: SHARDS_MAX, whole: true }),
    threads: numberFlag(threads, 'threads', 1, { min: 1, max: 64, whole: true }),
    lookAheadS: numberFlag(values, 'look-ahead', 0, { min: 0, max: 3_600 }),
    rulesetFile: values.ruleset ?? null,
    seeds,
    seed: seeds[0] ?? 1,
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
  'couriers',
  'stop',
  'shift-lng',
  'seed',
  'seeds',
] as const

const SEED: Range = { min: 0, max: 2 ** 31 - 1, whole: true }
const SEEDS_MAX = 100

/** `--seeds A-B`, else `--seed N`. */
function seedsFlag(values: FlagValues): number[] {
  const { seeds } = values
  if (seeds === undefined) return [numberFlag(values, 'seed', 1, SEED)]
  const [, first, last] = /^(\d{1,9})-(\d{1,9})$/.exec(seeds) ?? []
  const count = Number(last) - Number(first) + 1
  if (!(count >= 1 && count <= SEEDS_MAX)) {
    throw new FlagError(`--seeds must be like 1-10, with at most ${SEEDS_MAX} of them, not "${seeds}"`)
  }
  return Array.from({ length: count }, (_, i) => Number(first) + i)
}

function driversFlag(values: FlagValues): DispatchOptions['drivers'] {
  const text = values.drivers
  if (text !== undefined && !/^-?[0-9.]+$/.test(text)) return { file: text }
  return { count: numberFlag(values, 'drivers', 1_000, { min: 1, max: DRIVERS_MAX, whole: true }) }
}
