/** The engine of a node without HTTP: real worker threads on a real Postgres. */
import { join } from 'node:path'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { ThreadGateway } from '../../src/cluster/thread-gateway.ts'
import { Threads } from '../../src/cluster/threads.ts'
import { readConfig } from '../../src/config.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { keepPartitions } from '../../src/store/partitions.ts'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'
import { journalConnection, PostgresJournal } from '../../src/store/postgres-journal.ts'
import type { WorkerSettings } from '../../src/worker.ts'

export interface Engine {
  readonly gateway: ThreadGateway
  readonly threads: Threads<WorkerSettings>
  readonly sql: Sql
  readonly trouble: string[]
  stop(): Promise<void>
}

export async function startEngine(postgresUrl: string, env: Record<string, string> = {}): Promise<Engine> {
  const config = readConfig({ WAGGLE_WORKERS: '2', WAGGLE_SHARDS: '16', ...env })
  const sql = connect(postgresUrl, { max: 4, applicationName: 'test gateway' })
  const shardSql = journalConnection(postgresUrl, { max: 1, applicationName: 'test shards' })
  await migrate(sql)
  const stopKeeping = await keepPartitions({
    open: () => connect(postgresUrl, { max: 1, applicationName: 'test partitions' }),
    clock: systemClock,
    retentionDays: config.retentionDays,
    onFailure: error => {
      throw error
    },
  })
  const { shards } = config.dispatch
  const gateway = new ThreadGateway({
    clock: systemClock,
    random: Math.random,
    shards,
    autoRegister: config.autoRegister,
    limits: config.gateway,
  })
  const journal = new PostgresJournal(shardSql)
  const trouble: string[] = []
  const threads = new Threads<WorkerSettings>({
    filename: join(import.meta.dir, '../../src/worker.ts'),
    workers: config.workers,
    shards,
    settings: { postgresUrl, retentionDays: config.retentionDays, dispatch: config.dispatch },
    clock: systemClock,
    takeShards: taken => journal.takeShards(taken, 'test'),
    onFrame: frame => gateway.onFrame(frame),
    onDown: worker => gateway.failAsks(worker),
    onUp: worker => gateway.resendFixes(worker),
    onTrouble: sentence => trouble.push(sentence),
  })
  gateway.attach(threads)
  await threads.start()
  return {
    gateway,
    threads,
    sql,
    trouble,
    async stop() {
      await threads.stop()
      stopKeeping()
      await Promise.all([disconnect(sql), disconnect(shardSql)])
    },
  }
}
