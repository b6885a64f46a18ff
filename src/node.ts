/**
 * One node, assembled: the record, the worker threads, the gateway, HTTP. What is started in order here is stopped in the
 * opposite order: first nobody new comes in, then what is under way is settled, then the record is closed.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryHotView } from './actors/runtime/memory/memory-hot-view.ts'
import { keepAdminKey } from './admin-key.ts'
import { systemClock } from './cluster/system-clock.ts'
import { ThreadGateway } from './cluster/thread-gateway.ts'
import { Threads } from './cluster/threads.ts'
import type { Config } from './config.ts'
import { createApp } from './http/app.ts'
import type { ReadyReport } from './http/context.ts'
import { HTTP_LIMITS } from './http/limits.ts'
import { assertShardCount } from './store/deployment.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './store/embedded/embedded-postgres.ts'
import { migrate } from './store/migrations/migrate.ts'
import { keepPartitions } from './store/partitions.ts'
import { assertDurable, connect, disconnect, type Sql, UnsafeServerError } from './store/postgres.ts'
import { journalConnection, PostgresJournal } from './store/postgres-journal.ts'
import { VERSION } from './version.ts'
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

/** Reads of the gateway's thread, quotes, keys. */
const READ_CONNECTIONS = 8

/** @throws an error whose message tells the operator what to do. */
export async function startNode(config: Config, log: (sentence: string) => void): Promise<Node> {
  await mkdir(config.dataDir, { recursive: true })
  const embedded = config.postgresUrl === null ? await startEmbeddedPostgres({ dataDir: config.dataDir, log }) : null
  const postgresUrl = config.postgresUrl ?? embedded?.url ?? ''
  try {
    return await startOnRecord(config, log, postgresUrl, embedded)
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

async function startOnRecord(
  config: Config,
  log: (sentence: string) => void,
  postgresUrl: string,
  embedded: EmbeddedPostgres | null,
): Promise<Node> {
  const clock = systemClock
  const sql = connect(postgresUrl, { max: READ_CONNECTIONS, applicationName: 'waggle gateway' })
  const shardSql = journalConnection(postgresUrl, { max: 1, applicationName: 'waggle shards' })
  const { key: adminKey, isNew: adminKeyIsNew } = await keepAdminKey(config)
  const unsafe = await prepareRecord(sql, config, log)
  const stopKeeping = await keepPartitions({
    open: () => connect(postgresUrl, { max: 1, applicationName: 'waggle partitions' }),
    clock,
    retentionDays: config.retentionDays,
    onFailure: error => log(`partitions could not be kept: ${String(error)}`),
  })

  const { shards } = config.dispatch
  const gateway = new ThreadGateway({
    clock,
    random: Math.random,
    shards,
    autoRegister: config.autoRegister,
    limits: config.gateway,
  })
  const journal = new PostgresJournal(shardSql)
  const threads = new Threads<WorkerSettings>({
    filename: join(import.meta.dir, 'worker.ts'),
    workers: config.workers,
    shards,
    settings: { postgresUrl, retentionDays: config.retentionDays, dispatch: config.dispatch },
    clock,
    takeShards: taken => journal.takeShards(taken, `node ${process.pid}`),
    onFrame: frame => gateway.onFrame(frame),
    onDown: worker => gateway.failAsks(worker),
    onUp: worker => gateway.resendFixes(worker),
    onTrouble: log,
  })
  gateway.attach(threads)
  await threads.start()

  const ready = async (): Promise<ReadyReport> => ({ missing: await whatIsMissing(sql, gateway), unsafe })
  const app = createApp({
    gateway,
    sql,
    hotView: new MemoryHotView(),
    config: {
      adminKey,
      publicUrl: config.publicUrl,
      quoteTtlS: config.quoteTtlS,
      staleS: config.dispatch.staleMs / 1_000,
      limits: HTTP_LIMITS,
    },
    clock,
    random: Math.random,
    ready,
    version: VERSION,
  })
  const server = app.start({ hostname: config.host, port: config.port })

  return {
    url: `http://${config.host === '0.0.0.0' ? 'localhost' : config.host}:${server.port}`,
    port: server.port,
    adminKey,
    adminKeyIsNew,
    postgresUrl,
    threads,
    async stop() {
      await server.stop()
      await threads.stop()
      stopKeeping()
      await Promise.all([disconnect(sql), disconnect(shardSql)])
      await embedded?.stop()
    },
  }
}

/** @returns whether the record may lose what it acknowledges, and was told to be used all the same. */
async function prepareRecord(sql: Sql, config: Config, log: (sentence: string) => void): Promise<boolean> {
  let unsafe = false
  try {
    await assertDurable(sql)
  } catch (error) {
    if (!(error instanceof UnsafeServerError) || !config.unsafe) throw error
    log(`WAGGLE_UNSAFE is set: ${error.message}`)
    unsafe = true
  }
  await migrate(sql)
  await assertShardCount(sql, config.dispatch.shards)
  return unsafe
}

async function whatIsMissing(sql: Sql, gateway: ThreadGateway): Promise<string[]> {
  const missing: string[] = []
  const { shardsServed, shards, workersUp, workers } = gateway.status()
  if (workersUp < workers) missing.push(`${workers - workersUp} of ${workers} worker threads are not up`)
  if (shardsServed < shards) missing.push(`${shards - shardsServed} of ${shards} shards are not served`)
  try {
    await sql`select 1`
  } catch (error) {
    missing.push(`the record does not answer: ${(error as Error).message}`)
  }
  return missing
}
