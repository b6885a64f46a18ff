import { choiceFlag, FlagError, type FlagValues, numberFlag, readFlags } from '../flags.ts'

export const PROTOCOLS = ['http', 'http-batch', 'json', 'msgpack'] as const
export type IngestProtocol = (typeof PROTOCOLS)[number]

export interface IngestOptions {
  readonly protocol: IngestProtocol
  readonly ratePerS: number
  readonly drivers: number
  readonly durationS: number
  readonly warmUpS: number
  readonly watchers: number
  /** Sockets of the streams, or connections of HTTP. */
  readonly connections: number
  readonly readsPerS: number
  /** Null: a node of our own. */
  readonly node: { readonly url: string; readonly token: string } | null
  /** The node's record; null: one of our own, for a node of our own. */
  readonly postgresUrl: string | null
  /** 0: one embedded node; else so many nodes of a cluster of our own. */
  readonly nodes: number
}

export const INGEST_HELP = `bun run bench ingest -- [flags]: positions into a running node, open loop, counted down to the row

  --protocol P     http: one position per POST; http-batch: POSTs of up to 1,000; json, msgpack: sockets (msgpack)
  --rate R         positions per second, all drivers together (2000)
  --drivers N      in turn, so each reports every N/R seconds (10000)
  --seconds S      measured (20)
  --warm-up S      before that, not measured but counted as lost if lost (3)
  --watchers W     people who watch a driver each, spread over all who report (50)
  --connections C  sockets, or connections of HTTP (4; http 3000)
  --reads R        reads of a current position per second (50)
  --postgres URL   the record of the node (an embedded one of its own)
  --nodes N        that many nodes on NATS, Redis and Postgres of their own, instead of one embedded (0); the clients speak
                   to the first
  --url URL --token KEY
                   a node that runs already, else WAGGLE_ADMIN_KEY; then --postgres, else WAGGLE_POSTGRES_URL, must be its
                   record: what was lost is counted there. Without --url the bench starts a node itself.

A server with fsync or synchronous_commit off gives no result.
`

/** How often fixes fall due: a fix is due at a multiple of it, and latency is counted from there. */
export const STEP_MS: Readonly<Record<IngestProtocol, number>> = { http: 2, 'http-batch': 20, json: 10, msgpack: 10 }

/** A connection of HTTP waits for its commit, and phones have one each: of too few all wait at once, and the node has nothing to do meanwhile. */
const CONNECTIONS: Readonly<Record<IngestProtocol, number>> = { http: 3_000, 'http-batch': 4, json: 4, msgpack: 4 }

type Environment = Readonly<Record<string, string | undefined>>

/** @throws {FlagError} */
export function readIngestOptions(argv: readonly string[], env: Environment): IngestOptions {
  const values = readFlags(argv, FLAGS)
  const protocol = choiceFlag(values, 'protocol', 'msgpack', PROTOCOLS)
  const ratePerS = numberFlag(values, 'rate', 2_000, { min: 1, max: 1_000_000 })
  const drivers = driversFlag(values, ratePerS, protocol)
  return {
    protocol,
    ratePerS,
    drivers,
    durationS: numberFlag(values, 'seconds', 20, { min: 1, max: 86_400 }),
    warmUpS: numberFlag(values, 'warm-up', 3, { min: 0, max: 600 }),
    watchers: numberFlag(values, 'watchers', 50, { min: 0, max: 10_000, whole: true }),
    connections: connectionsFlag(values, protocol),
    readsPerS: numberFlag(values, 'reads', 50, { min: 0, max: 10_000 }),
    nodes: numberFlag(values, 'nodes', 0, { min: 0, max: 9, whole: true }),
    ...nodeOf(values, env),
  }
}

const FLAGS = [
  'protocol',
  'rate',
  'drivers',
  'seconds',
  'warm-up',
  'watchers',
  'connections',
  'reads',
  'url',
  'token',
  'postgres',
  'nodes',
] as const

/** @throws {FlagError} */
export function driversFlag(values: FlagValues, ratePerS: number, protocol: IngestProtocol): number {
  const drivers = numberFlag(values, 'drivers', 10_000, { min: 1, max: 2_000_000, whole: true })
  const leastDrivers = Math.ceil((ratePerS * STEP_MS[protocol]) / 1_000)
  if (drivers >= leastDrivers) return drivers
  throw new FlagError(
    `--drivers must be at least ${leastDrivers} at this rate: no driver is in two places at one instant`,
  )
}

/** @throws {FlagError} */
export function connectionsFlag(values: FlagValues, protocol: IngestProtocol): number {
  return numberFlag(values, 'connections', CONNECTIONS[protocol], { min: 1, max: 20_000, whole: true })
}

function nodeOf(values: FlagValues, env: Environment): Pick<IngestOptions, 'node' | 'postgresUrl'> {
  const { url } = values
  if (url === undefined) return { node: null, postgresUrl: values.postgres ?? null }
  if (!URL.canParse(url) || new URL(url).protocol !== 'http:') {
    throw new FlagError(`--url must be http://…, not "${url}"`)
  }
  const token = values.token ?? env.WAGGLE_ADMIN_KEY
  const postgresUrl = values.postgres ?? env.WAGGLE_POSTGRES_URL
  if (!token) throw new FlagError('--url needs --token, or WAGGLE_ADMIN_KEY')
  if (!postgresUrl)
    throw new FlagError('--url needs --postgres, or WAGGLE_POSTGRES_URL: what was lost is counted there')
  return { node: { url: url.replace(/\/+$/, ''), token }, postgresUrl }
}
