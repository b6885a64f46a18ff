/**
 * One node, assembled: the record, the worker threads, the gateway, HTTP. What is started in order here is stopped in the
 * opposite order: first nobody new comes in, then what is under way is settled, then the record is closed.
 */
import { mkdir } from 'node:fs/promises'
import { type Log, type LogSink, logTo } from './actors/runtime/log.ts'
import { MemoryHotView } from './actors/runtime/memory/memory-hot-view.ts'
import { LoopLag } from './cluster/loop-lag.ts'
import { NatsLink } from './cluster/nats/connect.ts'
import { systemClock } from './cluster/system-clock.ts'
import type { Threads } from './cluster/threads.ts'
import { clusterFigures, clusterReport } from './cluster-report.ts'
import type { Config } from './config.ts'
import { WebPages } from './console/web-pages.ts'
import { type Engine, startEngine } from './engine.ts'
import { type Feeds, startFeeds } from './feeds.ts'
import { PER_S } from './http/access/rates.ts'
import { createApp } from './http/app.ts'
import type { HttpConfig } from './http/config.ts'
import { HTTP_LIMITS } from './http/limits.ts'
import { keepNodeId } from './node-id.ts'
import { urlOf } from './node-url.ts'
import { Readiness } from './readiness.ts'
import { type AccessSecrets, keepAccessSecrets } from './secrets/access-secrets.ts'
import { keepAdminKey } from './secrets/admin-key.ts'
import { Started } from './started.ts'
import { assertShardCount } from './store/deployment.ts'
import { startEmbeddedPostgres } from './store/embedded/embedded-postgres.ts'
import { COMPACTION_SESSION, keepCompacted } from './store/keep-compacted.ts'
import { BUILD_MAX_MS } from './store/migrations/build-ahead.ts'
import { MIGRATIONS } from './store/migrations/list.ts'
import { migrate, STEP_MAX_MS } from './store/migrations/migrate.ts'
import { keepPartitions } from './store/partitions.ts'
import { personalFields } from './store/personal-fields.ts'
import { assertDurable, connect, disconnect, type Sql, UnsafeServerError } from './store/postgres.ts'
import { RateLimits } from './store/rate-limits.ts'
import { type OpenedHotView, openHotView } from './store/redis/open-hot-view.ts'
import { PostgresCouriers } from './store/virtual-couriers.ts'
import type { Tracing } from './telemetry/open-tracing.ts'
import { VERSION } from './version.ts'
import { VirtualFleet } from './virtual/fleet.ts'
import { startWebhooks } from './webhook-service.ts'
import type { WorkerSettings } from './worker.ts'

export interface Node {
  readonly url: string
  readonly port: number
  readonly adminKey: string
  readonly adminKeyIsNew: boolean
  readonly postgresUrl: string
  readonly threads: Threads<WorkerSettings>
  /** Settles what is under way, then ends everything. */
  stop(): Promise<void>
}

/** What only those have who start a node themselves. */
export interface NodeExtras {
  /** GeoJSON of the streets of a made-up city, for the map of the console. */
  readonly streets?: object
  /** Somebody will look at it as soon as it is up: the pages are made while everything else starts. */
  readonly isShown?: true
}

/** Reads of the gateway's thread, quotes, keys. */
const READ_CONNECTIONS = 8

/** @throws an error whose message tells the operator what to do; then nothing of the node is left running. */
export async function startNode(config: Config, sink: LogSink, extras: NodeExtras = {}): Promise<Node> {
  const log = logTo(sink, config.logLevel)
  const started = new Started()
  try {
    return await start(config, log, started, extras)
  } catch (error) {
    await started.stop().catch((failure: unknown) => log.error(String(failure)))
    throw error
  }
}

async function start(config: Config, log: Log, started: Started, extras: NodeExtras): Promise<Node> {
  const clock = systemClock
  const pages = new WebPages({
    styleUrl: config.mapStyleUrl,
    streets: extras.streets ?? null,
    staleS: config.dispatch.staleMs / 1_000,
    onFailure: error => log.error(`the pages could not be made: ${String(error)}`),
  })
  if (extras.isShown) pages.makeAhead()
  await mkdir(config.dataDir, { recursive: true })
  const { key: adminKey, isNew: adminKeyIsNew } = await keepAdminKey(config)
  const secrets = await keepAccessSecrets(config)
  if (config.nats !== null && config.access.jwtSecrets === null) {
    log.warn('WAGGLE_JWT_SECRET is not set: tokens and tracking links of this node are good at this node only.')
  }
  const postgresUrl = config.postgresUrl ?? (await startPostgres(config.dataDir, log, started))
  const personal = personalFields(config.personalKeys)
  const sql = connect(postgresUrl, { max: READ_CONNECTIONS, applicationName: 'waggle gateway', personal })
  started.push(() => disconnect(sql))
  const unsafe = await prepareRecord(sql, postgresUrl, config, log)
  const stopKeeping = await keepPartitions({
    open: () => connect(postgresUrl, { max: 1, applicationName: 'waggle partitions' }),
    clock,
    upkeep: config.upkeep,
    onFailure: error => log.error(`the record could not be kept in order: ${String(error)}`),
  })
  started.push(stopKeeping)
  const compaction = keepCompacted({
    open: () => connect(postgresUrl, { ...COMPACTION_SESSION, applicationName: 'waggle compaction' }),
    clock,
    onFailure: error => log.error(`the history of positions could not be compacted: ${String(error)}`),
  })
  started.push(() => compaction.stop())

  const cluster = config.nats && {
    nats: config.nats.target,
    node: await keepNodeId(config),
    replicas: config.nats.replicas,
  }
  const tracing = config.tracing ? await startTracing(cluster?.node ?? config.node, log, started) : null
  const engine = await startEngine({
    config,
    postgresUrl,
    cluster,
    log,
    started,
    ...(tracing === null ? {} : { currentTrace: tracing.requests.current }),
  })
  const { gateway, threads } = engine
  const webhooks = startWebhooks(
    {
      postgresUrl,
      personal,
      allowPrivate: config.webhooks.allowPrivate,
      gateway: engine.gateway,
      shardsServed: () => engine.threads.served,
      version: VERSION,
      log,
    },
    started,
  )
  const couriers = startCouriers(sql, engine, log, started)
  const feeds = await startFeedsIfWanted(config, postgresUrl, engine, log, started)
  const shared = startSharedHotView(config, log, started)
  const readiness = new Readiness(sql, engine, log)
  const lag = new LoopLag(clock)
  started.push(() => lag.stop())
  const app = createApp({
    gateway,
    sql,
    hotView: shared?.view ?? new MemoryHotView(),
    config: httpConfig(config, adminKey, secrets),
    clock,
    random: Math.random,
    rates: startRateLimits(config, started),
    randomBytes: count => crypto.getRandomValues(new Uint8Array(count)),
    log,
    ready: async () => ({ missing: await readiness.missing(), unsafe }),
    cluster: () => clusterReport(engine, config.dispatch.shards),
    nodeFigures: async () => ({
      threads: await threads.stats(),
      gateway: { ...gateway.figures, loopLagS: lag.figures },
    }),
    acknowledgements: () => gateway.figures.acknowledgementS,
    clusterFigures: () => clusterFigures(engine),
    compactionFigures: () => compaction.figures,
    fenceFigures: async () => (await threads.stats()).flatMap(({ fences }) => (fences ? [fences] : [])),
    couriers,
    webhooks: {
      hint: () => webhooks.sender.hint(),
      changed: webhooks.changed,
      figures: () => webhooks.sender.figures(),
      lag: () => webhooks.feed.lag(),
    },
    version: VERSION,
    pages,
    ...(tracing === null ? {} : { tracer: tracing.requests }),
    ...(feeds === null ? {} : { feedLag: () => feeds.events.lag() }),
    ...(shared === null ? {} : { redisFigures: shared.figures }),
  })
  const server = app.start({ hostname: config.host, port: config.port })
  started.push(() => server.stop())
  return {
    url: urlOf(config.host, server.port, config.edge.tls === null ? 'http' : 'https'),
    port: server.port,
    adminKey,
    adminKeyIsNew,
    postgresUrl,
    threads,
    stop: () => started.stop(),
  }
}

async function startTracing(node: string | null, log: Log, started: Started): Promise<Tracing> {
  // Loaded only where it is wanted.
  const { openTracing } = await import('./telemetry/open-tracing.ts')
  const tracing = openTracing({
    node,
    thread: 'gateway',
    version: VERSION,
    env: process.env,
    clock: systemClock,
    onTrouble: sentence => log.warn(sentence),
  })
  started.push(() => tracing.close())
  return tracing
}

function httpConfig(config: Config, adminKey: string, secrets: AccessSecrets): HttpConfig {
  const { access } = config
  return {
    adminKey,
    tokens: { secrets: secrets.tokens, issuers: access.jwtIssuers, clockToleranceS: access.jwtToleranceS },
    tracking: { secrets: secrets.tracking, ttlMs: access.trackingTtlMs },
    proxies: access.proxies,
    edge: config.edge,
    publicUrl: config.publicUrl,
    webhooksPrivate: config.webhooks.allowPrivate,
    shards: config.dispatch.shards,
    quoteTtlS: config.quoteTtlS,
    staleS: config.dispatch.staleMs / 1_000,
    limits: HTTP_LIMITS,
  }
}

function startCouriers(sql: Sql, { gateway }: Engine, log: (sentence: string) => void, started: Started): VirtualFleet {
  const couriers = new VirtualFleet({
    gateway,
    store: new PostgresCouriers(sql),
    clock: systemClock,
    node: crypto.randomUUID(),
    onError: error => log(`a virtual courier met an error: ${String(error)}`),
  })
  couriers.start()
  started.push(() => couriers.stop())
  return couriers
}

function startRateLimits(config: Config, started: Started): RateLimits {
  const limits = new RateLimits({
    rates: config.access.rates,
    perS: PER_S,
    isLocal: name => name.endsWith('.position'),
    redisUrl: config.redisUrl,
    clock: systemClock,
  })
  started.push(() => limits.close())
  return limits
}

/** @returns null where there is no Redis: then the node's memory is all of it. */
function startSharedHotView(config: Config, log: Log, started: Started): OpenedHotView | null {
  if (config.redisUrl === null) return null
  const { staleMs } = config.dispatch
  const opened = openHotView({ url: config.redisUrl, staleMs, clock: systemClock, log })
  started.push(() => opened.close())
  return opened
}

async function startFeedsIfWanted(
  { nats }: Config,
  postgresUrl: string,
  { gateway, threads }: Engine,
  log: Log,
  started: Started,
): Promise<Feeds | null> {
  if (nats === null) return null
  const link = await NatsLink.open({
    target: nats.target,
    name: 'waggle feeds',
    clock: systemClock,
    onEvent: event => log(`NATS: ${event.kind} ${('server' in event ? event.server : event.code) ?? ''}`.trimEnd()),
  })
  started.push(() => link.drain())
  return startFeeds({ config: nats, link, postgresUrl, gateway, shardsServed: () => threads.served, log }, started)
}

async function startPostgres(dataDir: string, log: Log, started: Started): Promise<string> {
  const embedded = await startEmbeddedPostgres({ dataDir, log })
  started.push(() => embedded.stop())
  return embedded.url
}

/** @returns whether the record may lose what it acknowledges, and was told to be used all the same. */
async function prepareRecord(sql: Sql, postgresUrl: string, config: Config, log: Log): Promise<boolean> {
  let unsafe = false
  try {
    await assertDurable(sql)
  } catch (error) {
    if (!(error instanceof UnsafeServerError) || !config.unsafe) throw error
    log.warn(`WAGGLE_UNSAFE is set: ${error.message}`)
    unsafe = true
  }
  await migrateRecord(postgresUrl)
  await assertShardCount(sql, config.dispatch.shards)
  return unsafe
}

/** In a session of its own: a step may wait minutes for that of another node. */
async function migrateRecord(postgresUrl: string): Promise<void> {
  const open = (statementTimeoutMs: number): Sql =>
    connect(postgresUrl, { max: 1, applicationName: 'waggle migrations', statementTimeoutMs })
  const sql = open(STEP_MAX_MS)
  await migrate(sql, MIGRATIONS, () => open(BUILD_MAX_MS)).finally(() => disconnect(sql))
}
