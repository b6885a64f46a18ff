/**
 * What a node is started with, out of its environment: every setting (`config/settings.ts`) with its limits. A value that is
 * not understood stops the start with a sentence that names the variable.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { LOG_LEVELS, type LogLevel } from './actors/runtime/log.ts'
import type { DispatchSettings } from './actors/settings.ts'
import { parseNodeId } from './cluster/ownership/types.ts'
import type { GatewayLimits } from './cluster/thread-gateway.ts'
import { type AccessConfig, readAccessConfig } from './config/access.ts'
import { ConfigError } from './config/config-error.ts'
import { readDispatchSettings } from './config/dispatch.ts'
import { readEdgeConfig } from './config/edge.ts'
import { type NatsConfig, readNatsConfig } from './config/nats.ts'
import { readPersonalKeys } from './config/personal.ts'
import type { Environment } from './config/settings.ts'
import { type SettingReader, settingReader } from './config/values.ts'
import { SHARDS_MAX } from './domain/ids.ts'
import type { EdgeConfig } from './http/edge.ts'
import type { PersonalKey } from './store/personal-fields.ts'
import type { UpkeepOptions } from './store/upkeep.ts'
import { wantsTraces } from './telemetry/tracing-settings.ts'

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

const LIMITS: GatewayLimits = {
  // Above the record's own time-outs, so that a slow commit is waited for and a dead one is not.
  askTimeoutMs: 6_000,
  // A burst of a second or two at full load; beyond it callers are told to come back.
  asksMax: 20_000,
  fixesMax: 400_000,
  // About 100 bytes each.
  homesMax: 2_000_000,
}

/** @throws {ConfigError} naming the variable. */
export function readConfig(env: Environment): Config {
  const reader = settingReader(env)
  const { text, whole, flag, oneOf, url } = reader
  const workers = text('WAGGLE_WORKERS') ? whole('WAGGLE_WORKERS', 1, 64) : Math.max(1, availableParallelism() - 1)
  const shards = whole('WAGGLE_SHARDS', 1, SHARDS_MAX)
  const quoteTtlS = whole('WAGGLE_QUOTE_TTL_S', 1, 86_400)
  const retentionDays = whole('WAGGLE_RETENTION_DAYS', 1, 3_650)
  return {
    host: text('WAGGLE_HOST'),
    port: whole('PORT', 0, 65_535),
    dataDir: text('WAGGLE_DATA_DIR'),
    postgresUrl: url('WAGGLE_POSTGRES_URL', ['postgres:', 'postgresql:']),
    redisUrl: url('WAGGLE_REDIS_URL', ['redis:', 'rediss:']),
    node: nodeName(text('WAGGLE_NODE')),
    adminKey: adminKey(text('WAGGLE_ADMIN_KEY')),
    access: readAccessConfig(reader),
    edge: readEdgeConfig(text),
    personalKeys: readPersonalKeys(text('WAGGLE_PERSONAL_KEYS')),
    publicUrl: url('WAGGLE_PUBLIC_URL', ['http:', 'https:'])?.replace(/\/+$/, '') ?? null,
    mapStyleUrl: url('WAGGLE_MAP_STYLE_URL', ['http:', 'https:']),
    workers,
    logLevel: oneOf('WAGGLE_LOG_LEVEL', LOG_LEVELS),
    tracing: wantsTraces(env),
    unsafe: flag('WAGGLE_UNSAFE'),
    autoRegister: flag('WAGGLE_AUTO_REGISTER'),
    quoteTtlS,
    retentionDays,
    upkeep: {
      shards,
      retentionDays,
      keyTtlMs: whole('WAGGLE_KEY_TTL_H', 1, 8_760) * 3_600_000,
      decisionsKeptMs: daysMs(reader, 'WAGGLE_DECISION_DAYS', 3_650),
      quoteTtlMs: quoteTtlS * 1_000,
      actsKeptMs: daysMs(reader, 'WAGGLE_AUDIT_LOG_DAYS', 36_500),
      ordersKeptMs: daysMs(reader, 'WAGGLE_ORDER_DAYS', 36_500),
      isFeeding: text('WAGGLE_NATS_URL') !== '',
      // Not below the time for which one is tried.
      deliveriesKeptMs: whole('WAGGLE_WEBHOOK_DAYS', 4, 3_650) * 86_400_000,
    },
    webhooks: {
      allowPrivate: flag('WAGGLE_WEBHOOKS_ALLOW_PRIVATE'),
    },
    gateway: LIMITS,
    nats: readNatsConfig(reader),
    dispatch: readDispatchSettings(reader, shards),
  }
}

/** Null: for ever. */
function daysMs({ text, whole }: SettingReader, name: string, daysMax: number): number | null {
  return text(name) ? whole(name, 1, daysMax) * 86_400_000 : null
}

export function adminKeyFile(dataDir: string): string {
  return join(dataDir, 'admin-key')
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

function nodeName(value: string): string | null {
  if (value === '') return null
  if (parseNodeId(value) === null) throw new ConfigError('WAGGLE_NODE must be 1 to 32 of A-Z, a-z, 0-9, _ and -.')
  return value
}
