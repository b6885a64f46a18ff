/** The engine of a node without HTTP: real worker threads on a real Postgres. */
import { type LogEntry, logTo } from '../../src/actors/runtime/log.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { readConfig } from '../../src/config.ts'
import { type Engine as StartedEngine, startEngine as start } from '../../src/engine.ts'
import { Started } from '../../src/started.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { keepPartitions } from '../../src/store/partitions.ts'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'

export interface Engine extends StartedEngine {
  readonly sql: Sql
  readonly trouble: readonly string[]
  /** Of each of those, in the same order. */
  readonly troubleEntries: readonly LogEntry[]
  stop(): Promise<void>
}

export async function startEngine(postgresUrl: string, env: Record<string, string> = {}): Promise<Engine> {
  const config = readConfig({ WAGGLE_WORKERS: '2', WAGGLE_SHARDS: '16', WAGGLE_POSTGRES_URL: postgresUrl, ...env })
  const started = new Started()
  const sql = connect(postgresUrl, { max: 4, applicationName: 'test gateway' })
  started.push(() => disconnect(sql))
  await migrate(sql)
  const stopKeeping = await keepPartitions({
    open: () => connect(postgresUrl, { max: 1, applicationName: 'test partitions' }),
    clock: systemClock,
    upkeep: config.upkeep,
    onFailure: error => {
      throw error
    },
  })
  started.push(stopKeeping)
  const trouble: string[] = []
  const troubleEntries: LogEntry[] = []
  const log = logTo((sentence, entry) => {
    trouble.push(sentence)
    troubleEntries.push(entry)
  })
  const cluster = config.nats && {
    nats: config.nats.target,
    node: config.node ?? 'test',
    replicas: config.nats.replicas,
  }
  const engine = await start({ config, postgresUrl, cluster, log, started })
  return { ...engine, sql, trouble, troubleEntries, stop: () => started.stop() }
}
