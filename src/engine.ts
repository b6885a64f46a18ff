/** The engine of a node: the worker threads and the gateway that speaks to them. */
import { join } from 'node:path'
import { systemClock } from './cluster/system-clock.ts'
import { ThreadGateway } from './cluster/thread-gateway.ts'
import { Threads } from './cluster/threads.ts'
import type { Config } from './config.ts'
import type { Started } from './started.ts'
import { disconnect } from './store/postgres.ts'
import { journalConnection, PostgresJournal } from './store/postgres-journal.ts'
import type { WorkerSettings } from './worker.ts'

export interface Engine {
  readonly gateway: ThreadGateway
  readonly threads: Threads<WorkerSettings>
}

/** @returns once every shard is served. */
export async function startEngine(
  config: Config,
  postgresUrl: string,
  log: (sentence: string) => void,
  started: Started,
): Promise<Engine> {
  const clock = systemClock
  const { shards } = config.dispatch
  const { autoRegister, retentionDays, workers, dispatch, gateway: limits } = config
  const shardSql = journalConnection(postgresUrl, { max: 1, applicationName: 'waggle shards' })
  started.push(() => disconnect(shardSql))
  const journal = new PostgresJournal(shardSql)
  const gateway = new ThreadGateway({ clock, random: Math.random, shards, autoRegister, limits })
  const threads = new Threads<WorkerSettings>({
    filename: join(import.meta.dir, 'worker.ts'),
    workers,
    shards,
    settings: { postgresUrl, retentionDays, dispatch },
    clock,
    takeShards: taken => journal.takeShards(taken, `node ${process.pid}`),
    onFrame: frame => gateway.onFrame(frame),
    onDown: worker => gateway.failAsks(worker),
    onUp: worker => gateway.resendFixes(worker),
    onTrouble: log,
  })
  started.push(() => threads.stop())
  gateway.attach(threads)
  await threads.start()
  return { gateway, threads }
}
