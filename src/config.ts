/**
 * Everything that can be set, in one place: environment variables, their defaults and their limits. A value that is not
 * understood stops the start with a sentence that names the variable.
 */
import { readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { LOG_LEVELS, type LogLevel } from './actors/runtime/log.ts'
import type { DispatchSettings } from './actors/settings.ts'
import { type NatsTarget, NatsTargetError, readNatsTarget } from './cluster/nats/nats-target.ts'
import { parseNodeId } from './cluster/ownership/types.ts'
import type { GatewayLimits } from './cluster/thread-gateway.ts'
import { type AccessConfig, readAccessConfig } from './config-access.ts'
import { readEdgeConfig } from './config-edge.ts'
import { ConfigError } from './config-error.ts'
import { readPersonalKeys } from './config-personal.ts'
import { DEFAULT_RULESET, type DispatchRuleset, parseRuleset, RulesetError } from './domain/dispatch-ruleset.ts'
import { SHARDS_MAX } from './domain/ids.ts'
import type { EdgeConfig } from './http/edge.ts'
import type { PersonalKey } from './store/personal-fields.ts'
import type { UpkeepOptions } from './store/upkeep.ts'
import { wantsTraces } from './telemetry/tracing-settings.ts'

export { ConfigError }

export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Null: the embedded server, under `dataDir`. */
  readonly postgresUrl: string | null
  /** Null: the hot view is this node's own memory. */
  readonly redisUrl: string | null
  /** Its name in the cluster. Null: made at the first start and kept in the data directory. */
  readonly node: string | null
  /** Null: made at the first start and kept in the data directory. */
  readonly adminKey: string | null
  readonly access: AccessConfig
  readonly edge: EdgeConfig
  /** Seal personal fields in the record: the first new ones, all of them open. Empty: stored as they are. */
  readonly personalKeys: readonly PersonalKey[]
  readonly publicUrl: string | null
  /** Of the map of the pages; null: the plain style of our own. */
  readonly mapStyleUrl: string | null
  readonly workers: number
  /** What is less bad is not logged. */
  readonly logLevel: LogLevel
  /** Somebody takes traces (`OTEL_…`). */
  readonly tracing: boolean
  /** Start although the record may lose what it has acknowledged. */
  readonly unsafe: boolean
  readonly autoRegister: boolean
  readonly quoteTtlS: number
  readonly retentionDays: number
  /** What the record forgets. */
  readonly upkeep: UpkeepOptions
  readonly webhooks: {
    /** Call private addresses too, and http://: for tests, and where the receivers are one's own. */
    readonly allowPrivate: boolean
  }
  readonly dispatch: DispatchSettings
  readonly gateway: GatewayLimits
  /** Null: no NATS. */
  readonly nats: NatsConfig | null
}

export interface NatsConfig {
  readonly target: NatsTarget
  /** Servers that keep the event stream. */
  readonly replicas: number
  readonly feed: {
    readonly ageMaxMs: number
    readonly bytesMax: number
    readonly isPublishingPositions: boolean
  }
}

interface Setting {
  readonly name: string
  readonly fallback: string
  readonly what: string
}

/** In the order in which `--help` lists them. */
export const SETTINGS: readonly Setting[] = [
  { name: 'PORT', fallback: '3000', what: 'port of HTTP and WebSocket; 0 takes a free one' },
  { name: 'WAGGLE_HOST', fallback: '127.0.0.1', what: 'address to listen on; 0.0.0.0 for every network' },
  { name: 'WAGGLE_DATA_DIR', fallback: '.waggle', what: 'the embedded record, the admin key and the secret of tokens' },
  {
    name: 'WAGGLE_POSTGRES_URL',
    fallback: '',
    what: 'a Postgres of yours instead of the embedded one; for TLS ?sslmode=verify-full&sslrootcert=&sslcert=&sslkey=',
  },
  {
    name: 'WAGGLE_REDIS_URL',
    fallback: '',
    what: 'a Redis through which nodes share current positions; rediss:// for TLS (?ca=&cert=&key=&servername=)',
  },
  { name: 'WAGGLE_NODE', fallback: '', what: 'the name of this node among others; made at first start if not set' },
  {
    name: 'WAGGLE_ADMIN_KEY',
    fallback: '',
    what: 'the admin key, 16 or more characters; made at first start if not set',
  },
  {
    name: 'WAGGLE_JWT_SECRET',
    fallback: '',
    what: 'signs tokens and tracking links, 32 or more characters; after a comma older ones that are still honoured; made at first start if not set',
  },
  {
    name: 'WAGGLE_JWT_ISSUERS',
    fallback: '',
    what: 'other issuers of tokens, JSON: [{"issuer", "audience", "jwks_url", "roles"?, "role_claim"?, "subject_claim"?, "scope_claim"?}]',
  },
  { name: 'WAGGLE_JWT_TOLERANCE_S', fallback: '30', what: 'how far the clocks of issuers may be off' },
  {
    name: 'WAGGLE_TRACKING_SECRET',
    fallback: '',
    what: 'signs tracking links, as WAGGLE_JWT_SECRET, from which it follows if not set',
  },
  {
    name: 'WAGGLE_TRACKING_TTL_S',
    fallback: '172800',
    what: 'how long a tracking link is good, from when its order was made or is due',
  },
  {
    name: 'WAGGLE_PERSONAL_KEYS',
    fallback: '',
    what: 'encrypt names, phones, addresses, notes and plates in the record: id:base64 of 32 bytes; after a comma older ones, which only decrypt',
  },
  {
    name: 'WAGGLE_RATE_LIMITS',
    fallback: '',
    what: 'requests a minute otherwise than by default, as customer.write=30,link.read=off; off: none',
  },
  {
    name: 'WAGGLE_PROXIES',
    fallback: '0',
    what: 'proxies of yours in front, each of which appends to X-Forwarded-For',
  },
  {
    name: 'WAGGLE_CORS_ORIGINS',
    fallback: '',
    what: 'pages of which origins may use the API and its sockets, with commas between them; *: any; none by default',
  },
  {
    name: 'WAGGLE_TLS_CERT',
    fallback: '',
    what: 'a file with the certificate of this node and its chain, for HTTPS and WSS',
  },
  { name: 'WAGGLE_TLS_KEY', fallback: '', what: 'the file with its key' },
  { name: 'WAGGLE_PUBLIC_URL', fallback: '', what: 'where clients reach this node, for the links it gives out' },
  {
    name: 'WAGGLE_MAP_STYLE_URL',
    fallback: '',
    what: 'the MapLibre style of a tile provider, for the maps of the pages; a plain style of our own if not set',
  },
  { name: 'WAGGLE_WORKERS', fallback: '', what: 'worker threads; by default one per core but one' },
  {
    name: 'WAGGLE_LOG_LEVEL',
    fallback: 'info',
    what: 'debug (each request), info, warn or error; JSON lines, or text on a terminal',
  },
  { name: 'WAGGLE_SHARDS', fallback: '256', what: 'shards of this deployment, for life' },
  {
    name: 'WAGGLE_ACCEPT',
    fallback: 'manual',
    what: 'manual: drivers answer offers; auto: they are accepted for them',
  },
  { name: 'WAGGLE_OFFERS', fallback: 'one', what: 'one, or broadcast:k to ask k drivers at once' },
  { name: 'WAGGLE_OFFER_TTL_S', fallback: '15', what: 'how long a driver may think about an offer' },
  { name: 'WAGGLE_ORDER_TTL_S', fallback: '600', what: 'how long an order looks for a driver once it is due' },
  { name: 'WAGGLE_QUOTE_TTL_S', fallback: '300', what: 'how long a quoted price holds' },
  {
    name: 'WAGGLE_SCHEDULE_LEAD_S',
    fallback: '600',
    what: 'how long before its time a scheduled order is dispatched, besides the way of the driver',
  },
  {
    name: 'WAGGLE_SCHEDULE_LATE_S',
    fallback: '1800',
    what: 'a scheduled order that is found later than this after its time (its node was down) expires',
  },
  {
    name: 'WAGGLE_NO_SHOW_S',
    fallback: '600',
    what: 'how long a driver waits at a pickup before it may give the order up, where the ruleset says nothing',
  },
  { name: 'WAGGLE_STALE_S', fallback: '60', what: 'without a position for this long a driver is offered nothing' },
  { name: 'WAGGLE_AUTO_REGISTER', fallback: 'true', what: 'an unknown driver is created by its first position' },
  { name: 'WAGGLE_MATCH_WINDOW_MS', fallback: '1000', what: 'how long a batch of orders is collected, at least' },
  { name: 'WAGGLE_PICKUP_MAX_S', fallback: '1200', what: 'no driver farther away than this is asked' },
  {
    name: 'WAGGLE_LOOK_AHEAD_S',
    fallback: '60',
    what: 'a driver with room whose order ends within this may be given one to follow; 0: one at a time',
  },
  { name: 'WAGGLE_DISPATCH_RULESET', fallback: '', what: 'a JSON file: what dispatch weighs; built in if not set' },
  { name: 'WAGGLE_RETENTION_DAYS', fallback: '30', what: 'days of position history' },
  {
    name: 'WAGGLE_KEY_TTL_H',
    fallback: '72',
    what: 'hours that an idempotency key is known; a request repeated later is a new one',
  },
  {
    name: 'WAGGLE_DECISION_DAYS',
    fallback: '',
    what: 'days that the decisions of ended orders are kept; as long as their order if not set',
  },
  {
    name: 'WAGGLE_WEBHOOKS_ALLOW_PRIVATE',
    fallback: 'false',
    what: 'webhooks may go to private addresses, and by http://: for tests, and for receivers in your own network',
  },
  {
    name: 'WAGGLE_WEBHOOK_DAYS',
    fallback: '7',
    what: 'days that deliveries of webhooks are kept, delivered, dead or waiting for an endpoint that is disabled',
  },
  {
    name: 'WAGGLE_ORDER_DAYS',
    fallback: '',
    what: 'days that orders are kept after their end, with all that happened to them; for ever if not set',
  },
  { name: 'WAGGLE_AUDIT_LOG_DAYS', fallback: '', what: 'days that the audit log is kept; for ever if not set' },
  { name: 'WAGGLE_NATS_URL', fallback: '', what: 'NATS, one URL or several with commas; events are published there' },
  { name: 'WAGGLE_NATS_CREDS', fallback: '', what: 'a credentials file for NATS, where the URL names no user' },
  { name: 'WAGGLE_NATS_CA', fallback: '', what: 'a file with the certificate authority of a NATS behind tls://' },
  { name: 'WAGGLE_NATS_REPLICAS', fallback: '1', what: 'servers that keep leases and events: 3 in a cluster of NATS' },
  { name: 'WAGGLE_FEED_AGE_H', fallback: '168', what: 'hours that events stay in the stream' },
  { name: 'WAGGLE_FEED_MAX_MB', fallback: '1024', what: 'megabytes of the stream; beyond them the oldest events go' },
  { name: 'WAGGLE_POSITIONS_FEED', fallback: 'false', what: 'publish positions on NATS too, at most once' },
  { name: 'WAGGLE_UNSAFE', fallback: 'false', what: 'start although the Postgres may lose acknowledged data' },
]

const LIMITS: GatewayLimits = {
  // Above the record's own time-outs, so that a slow commit is waited for and a dead one is not.
  askTimeoutMs: 6_000,
  // A burst of a second or two at full load; beyond it callers are told to come back.
  asksMax: 20_000,
  fixesMax: 400_000,
  // About 100 bytes each.
  homesMax: 2_000_000,
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws {ConfigError} naming the variable. */
export function readConfig(env: Environment): Config {
  const text = (name: string): string => env[name]?.trim() || (SETTINGS.find(s => s.name === name)?.fallback ?? '')
  const whole = (name: string, min: number, max: number): number => wholeNumber(name, text(name), min, max)
  const seconds = (name: string, min: number, max: number): number => number(name, text(name), min, max) * 1_000
  if (text('WAGGLE_NATS_URL') && !text('WAGGLE_POSTGRES_URL')) {
    throw new ConfigError(
      'WAGGLE_NATS_URL is set and WAGGLE_POSTGRES_URL is not: the nodes of a cluster share one Postgres, which must be given.',
    )
  }
  const workers = text('WAGGLE_WORKERS') ? whole('WAGGLE_WORKERS', 1, 64) : Math.max(1, availableParallelism() - 1)
  const shards = whole('WAGGLE_SHARDS', 1, SHARDS_MAX)
  const quoteTtlS = whole('WAGGLE_QUOTE_TTL_S', 1, 86_400)
  const retentionDays = whole('WAGGLE_RETENTION_DAYS', 1, 3_650)
  return {
    host: text('WAGGLE_HOST'),
    port: whole('PORT', 0, 65_535),
    dataDir: text('WAGGLE_DATA_DIR'),
    postgresUrl: url('WAGGLE_POSTGRES_URL', text('WAGGLE_POSTGRES_URL'), ['postgres:', 'postgresql:']),
    redisUrl: url('WAGGLE_REDIS_URL', text('WAGGLE_REDIS_URL'), ['redis:', 'rediss:']),
    node: nodeName(text('WAGGLE_NODE')),
    adminKey: adminKey(text('WAGGLE_ADMIN_KEY')),
    access: readAccessConfig({ text, whole }),
    edge: readEdgeConfig(text),
    personalKeys: readPersonalKeys(text('WAGGLE_PERSONAL_KEYS')),
    publicUrl: url('WAGGLE_PUBLIC_URL', text('WAGGLE_PUBLIC_URL'), ['http:', 'https:'])?.replace(/\/+$/, '') ?? null,
    mapStyleUrl: url('WAGGLE_MAP_STYLE_URL', text('WAGGLE_MAP_STYLE_URL'), ['http:', 'https:']),
    workers,
    logLevel: oneOf('WAGGLE_LOG_LEVEL', text('WAGGLE_LOG_LEVEL'), LOG_LEVELS),
    tracing: wantsTraces(env),
    unsafe: flag('WAGGLE_UNSAFE', text('WAGGLE_UNSAFE')),
    autoRegister: flag('WAGGLE_AUTO_REGISTER', text('WAGGLE_AUTO_REGISTER')),
    quoteTtlS,
    retentionDays,
    upkeep: {
      shards,
      retentionDays,
      keyTtlMs: whole('WAGGLE_KEY_TTL_H', 1, 8_760) * 3_600_000,
      decisionsKeptMs: text('WAGGLE_DECISION_DAYS') ? whole('WAGGLE_DECISION_DAYS', 1, 3_650) * 86_400_000 : null,
      quoteTtlMs: quoteTtlS * 1_000,
      actsKeptMs: text('WAGGLE_AUDIT_LOG_DAYS') ? whole('WAGGLE_AUDIT_LOG_DAYS', 1, 36_500) * 86_400_000 : null,
      ordersKeptMs: text('WAGGLE_ORDER_DAYS') ? whole('WAGGLE_ORDER_DAYS', 1, 36_500) * 86_400_000 : null,
      // Not below the time for which one is tried.
      deliveriesKeptMs: whole('WAGGLE_WEBHOOK_DAYS', 4, 3_650) * 86_400_000,
    },
    webhooks: {
      allowPrivate: flag('WAGGLE_WEBHOOKS_ALLOW_PRIVATE', text('WAGGLE_WEBHOOKS_ALLOW_PRIVATE')),
    },
    gateway: LIMITS,
    nats: natsConfig(text, whole),
    dispatch: {
      shards,
      acceptAutomatically: oneOf('WAGGLE_ACCEPT', text('WAGGLE_ACCEPT'), ['manual', 'auto']) === 'auto',
      offersAtOnce: offersAtOnce(text('WAGGLE_OFFERS')),
      offerTtlMs: seconds('WAGGLE_OFFER_TTL_S', 1, 3_600),
      orderTtlMs: seconds('WAGGLE_ORDER_TTL_S', 1, 86_400),
      scheduleLeadMs: seconds('WAGGLE_SCHEDULE_LEAD_S', 0, 86_400),
      scheduleLateMs: seconds('WAGGLE_SCHEDULE_LATE_S', 0, 604_800),
      noShowAfterMs: seconds('WAGGLE_NO_SHOW_S', 0, 86_400),
      staleMs: seconds('WAGGLE_STALE_S', 1, 86_400),
      matchWindowMs: whole('WAGGLE_MATCH_WINDOW_MS', 0, 60_000),
      pickupMaxS: whole('WAGGLE_PICKUP_MAX_S', 1, 86_400),
      lookAheadMs: seconds('WAGGLE_LOOK_AHEAD_S', 0, 3_600),
      ruleset: rulesetFile(text('WAGGLE_DISPATCH_RULESET')),
    },
  }
}

function natsConfig(
  text: (name: string) => string,
  whole: (name: string, min: number, max: number) => number,
): NatsConfig | null {
  const settings = {
    replicas: whole('WAGGLE_NATS_REPLICAS', 1, 5),
    feed: {
      ageMaxMs: whole('WAGGLE_FEED_AGE_H', 1, 8_760) * 3_600_000,
      bytesMax: whole('WAGGLE_FEED_MAX_MB', 16, 1_048_576) * 1_048_576,
      isPublishingPositions: flag('WAGGLE_POSITIONS_FEED', text('WAGGLE_POSITIONS_FEED')),
    },
  }
  const url = text('WAGGLE_NATS_URL')
  if (url === '') return null
  try {
    return {
      target: readNatsTarget(url, text('WAGGLE_NATS_CREDS') || null, text('WAGGLE_NATS_CA') || null),
      ...settings,
    }
  } catch (error) {
    if (!(error instanceof NatsTargetError)) throw error
    throw new ConfigError(`WAGGLE_NATS_URL: ${error.message}.`, { cause: error })
  }
}

/** A table for `--help`. */
export function describeSettings(): string {
  const width = Math.max(...SETTINGS.map(s => s.name.length))
  return SETTINGS.map(s => `  ${s.name.padEnd(width)}  ${s.what}${s.fallback ? ` (${s.fallback})` : ''}`).join('\n')
}

export function adminKeyFile(dataDir: string): string {
  return join(dataDir, 'admin-key')
}

function number(name: string, value: string, min: number, max: number): number {
  const parsed = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || parsed < min || parsed > max) {
    throw new ConfigError(`${name} must be a number from ${min} to ${max}, not "${value}".`)
  }
  return parsed
}

function wholeNumber(name: string, value: string, min: number, max: number): number {
  const parsed = Number(value)
  if (!/^\d+$/.test(value) || parsed < min || parsed > max) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${value}".`)
  }
  return parsed
}

function flag(name: string, value: string): boolean {
  return oneOf(name, value, ['true', 'false']) === 'true'
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find(a => a === value)
  if (found === undefined) throw new ConfigError(`${name} must be ${allowed.join(' or ')}, not "${value}".`)
  return found
}

/** How many drivers a broadcast asks at most: each is a hold that keeps a driver from other offers. */
const BROADCAST_MAX = 2_000

function offersAtOnce(value: string): number {
  if (value === 'one') return 1
  const k = /^broadcast:(\d+)$/.exec(value)?.[1]
  if (k === undefined) throw new ConfigError(`WAGGLE_OFFERS must be one or broadcast:k, not "${value}".`)
  return wholeNumber('WAGGLE_OFFERS (k of broadcast:k)', k, 1, BROADCAST_MAX)
}

const RULESET_BYTES_MAX = 65_536

function rulesetFile(path: string): DispatchRuleset {
  if (path === '') return DEFAULT_RULESET
  try {
    if (statSync(path).size > RULESET_BYTES_MAX) throw new RulesetError(`it is larger than ${RULESET_BYTES_MAX} bytes`)
    return parseRuleset(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    const why = cause instanceof RulesetError ? cause.message : 'it cannot be read as JSON'
    throw new ConfigError(`WAGGLE_DISPATCH_RULESET (${path}): ${why}.`, { cause })
  }
}

/** Of what a node makes for itself, or is given for it. */
export const SECRET = /^[\x21-\x7e]{16,256}$/

/** Secrets are not repeated in the sentence. */
function adminKey(value: string): string | null {
  if (value === '') return null
  if (!SECRET.test(value)) {
    throw new ConfigError('WAGGLE_ADMIN_KEY must be 16 to 256 printable characters without blanks.')
  }
  return value
}

function url(name: string, value: string, protocols: readonly string[]): string | null {
  if (value === '') return null
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    throw new ConfigError(`${name} must be a URL that begins with ${protocols.map(p => `${p}//`).join(' or ')}.`)
  }
  return value
}

function nodeName(value: string): string | null {
  if (value === '') return null
  if (parseNodeId(value) === null) throw new ConfigError('WAGGLE_NODE must be 1 to 32 of A-Z, a-z, 0-9, _ and -.')
  return value
}
