import { parseArgs } from 'node:util'
import { recordingKind } from './replay.ts'
import { LIMITS, type WorldOptions, worldOptions } from './world-options.ts'

/** The command line of a world. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly options: WorldOptions; readonly output: 'progress' | 'json' }

/** An option that cannot be; the message names it. */
export class ArgsError extends Error {
  override readonly name = 'ArgsError'
}

export const HELP = `bun run sim -- [options]: a fleet and its customers over the public API of a running node

  --url URL              the node (http://localhost:3000)
  --token KEY            its key; else WAGGLE_ADMIN_KEY
  --drivers N            vehicles (300)
  --on-duty N            how many take orders, each on its own socket (all, in a made-up city at most 2,500)
  --rate N               positions per second, all vehicles together (one each, at most 2,000)
  --orders-per-hour N    made-up demand per world hour; 0: positions only (600)
  --seconds N            real seconds of demand (60; a replay runs to its end)
  --replay FILE          recorded trips or traces, .csv or .csv.gz; give it twice for one of each
  --from TS --to TS      the part of the recording, Unix seconds, end excluded
  --speedup N            world seconds in a real second (1)
  --seed N               (1)
  --accept P             share of offers that drivers accept (0.9)
  --silent P             share of offers that drivers do not answer (0)
  --quote P              share of customers who ask for a price first (1)
  --cancel P             share of customers who change their minds (0.02, in a replay 0)
  --patience S           world seconds until a customer without a driver gives up (300)
  --capacity N           orders that a driver carries at once (1)
  --watchers N           people who watch a vehicle, at most (50)
  --connections N        sockets for vehicles that only report (4)
  --protocol P           json or msgpack (json)
  --center LAT,LNG       of the made-up city (37.77,-122.43)
  --hour H               of the day at which it begins, 0-24 (18)
  --speed MPS            of vehicles, in the world (6.5)
  --prefix TEXT          of driver ids (drv_sim_)
  --drain S              real seconds that orders get to end (patience, in a made-up city at most 15)
  --leave                keep open orders and drivers on duty at the end
  --json                 no progress, only the last line
  --help

Prints a line of progress a second on stderr, and one line of JSON on stdout at the end.`

const OPTIONS = {
  url: { type: 'string' },
  token: { type: 'string' },
  drivers: { type: 'string' },
  'on-duty': { type: 'string' },
  rate: { type: 'string' },
  'orders-per-hour': { type: 'string' },
  seconds: { type: 'string' },
  replay: { type: 'string', multiple: true },
  from: { type: 'string' },
  to: { type: 'string' },
  speedup: { type: 'string' },
  seed: { type: 'string' },
  accept: { type: 'string' },
  silent: { type: 'string' },
  quote: { type: 'string' },
  cancel: { type: 'string' },
  patience: { type: 'string' },
  capacity: { type: 'string' },
  watchers: { type: 'string' },
  connections: { type: 'string' },
  protocol: { type: 'string' },
  center: { type: 'string' },
  hour: { type: 'string' },
  speed: { type: 'string' },
  prefix: { type: 'string' },
  drain: { type: 'string' },
  leave: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parse>
type NumberOption = Exclude<keyof Values, 'replay' | 'leave' | 'json' | 'help'>

interface Range {
  readonly min: number
  readonly max: number
  readonly whole?: true
}

const SHARE: Range = { min: 0, max: 1 }
const SECONDS: Range = { min: 0, max: LIMITS.durationSMax }
const TIMESTAMP: Range = { min: 0, max: 1e11 }

/**
 * @throws {ArgsError} naming the option that cannot be.
 * @throws {RecordingError} a file to replay cannot be read.
 */
export async function parseCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Command> {
  const values = parse(argv)
  if (values.help === true) return { kind: 'help' }
  const read = (name: NumberOption, range: Range) => numberOf(values, name, range)
  const url = urlOf(values.url ?? 'http://localhost:3000')
  const options = worldOptions({
    url,
    ...(await recordings(values.replay ?? [])),
    ...withoutUndefined({
      token: values.token ?? env.WAGGLE_ADMIN_KEY ?? null,
      drivers: read('drivers', { min: 0, max: LIMITS.driversMax, whole: true }),
      onDuty: read('on-duty', { min: 0, max: LIMITS.onDutyMax, whole: true }),
      ratePerS: read('rate', { min: 0, max: LIMITS.ratePerSMax }),
      ordersPerHour: read('orders-per-hour', { min: 0, max: LIMITS.ordersPerHourMax }),
      durationS: read('seconds', SECONDS),
      fromTs: read('from', TIMESTAMP),
      toTs: read('to', TIMESTAMP),
      speedup: read('speedup', { min: 0.01, max: LIMITS.speedupMax }),
      seed: read('seed', { min: 0, max: 2 ** 31 - 1, whole: true }),
      acceptShare: read('accept', SHARE),
      silentShare: read('silent', SHARE),
      quoteShare: read('quote', SHARE),
      cancelShare: read('cancel', SHARE),
      patienceS: read('patience', { min: 1, max: LIMITS.durationSMax }),
      capacity: read('capacity', { min: 1, max: 100, whole: true }),
      watchers: read('watchers', { min: 0, max: LIMITS.watchersMax, whole: true }),
      connections: read('connections', { min: 1, max: LIMITS.connectionsMax, whole: true }),
      protocol: protocolOf(values.protocol),
      center: centerOf(values.center),
      startHour: read('hour', { min: 0, max: 24 }),
      speedMps: read('speed', { min: 0.1, max: 100 }),
      driverPrefix: prefixOf(values.prefix),
      drainS: read('drain', SECONDS),
      atEnd: values.leave === true ? ('leave' as const) : undefined,
    }),
  })
  return { kind: 'run', options, output: values.json === true ? 'json' : 'progress' }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (cause) {
    throw new ArgsError(cause instanceof Error ? cause.message : 'the options cannot be read', { cause })
  }
}

function numberOf(values: Values, name: NumberOption, range: Range): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const fits = value >= range.min && value <= range.max && (range.whole !== true || Number.isInteger(value))
  if (fits) return value
  const kind = range.whole === true ? 'a whole number' : 'a number'
  throw new ArgsError(`--${name} must be ${kind} from ${range.min} to ${range.max}, not "${text}"`)
}

function urlOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new ArgsError(`--url must be an http or https address, not "${text}"`)
  }
  return text.replace(/\/+$/, '')
}

function protocolOf(text: string | undefined): WorldOptions['protocol'] | undefined {
  if (text === undefined || text === 'json' || text === 'msgpack') return text
  throw new ArgsError(`--protocol must be json or msgpack, not "${text}"`)
}

function centerOf(text: string | undefined): WorldOptions['center'] | undefined {
  if (text === undefined) return undefined
  const match = /^(-?[0-9.]+),(-?[0-9.]+)$/.exec(text)
  const [latitude, longitude] = [Number(match?.[1] ?? Number.NaN), Number(match?.[2] ?? Number.NaN)]
  // The plane of the city's streets has no meaning near a pole.
  if (Math.abs(latitude) <= 80 && Math.abs(longitude) <= 180) return { latitude, longitude }
  throw new ArgsError(`--center must be LAT,LNG with a latitude from -80 to 80, not "${text}"`)
}

function prefixOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9_-]{1,50}$/.test(text)) return text
  throw new ArgsError(`--prefix must be 1-50 of A-Z, a-z, 0-9, _ and -, not "${text}"`)
}

async function recordings(paths: readonly string[]): Promise<Partial<WorldOptions>> {
  const found: { tripsFile?: string; tracesFile?: string } = {}
  for (const path of paths) {
    const kind = (await recordingKind(path)) === 'trips' ? 'tripsFile' : 'tracesFile'
    if (found[kind] !== undefined) throw new ArgsError('--replay takes one file of trips and one of traces')
    found[kind] = path
  }
  return found
}

/** An option that was not given leaves its default alone; `undefined` would overwrite it. */
function withoutUndefined<T extends object>(object: T): Given<T> {
  // The cast is what the filter establishes.
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Given<T>
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
