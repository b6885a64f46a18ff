/** The engine of a node: the worker threads, the gateway that speaks to them, and whoever deals the shards out. */
import { join } from 'node:path'
import type { Log } from './actors/runtime/log.ts'
import type { TraceContext } from './actors/runtime/tracing.ts'
import { AllShards } from './cluster/all-shards.ts'
import { type BusTraffic, sumOf } from './cluster/bus-traffic.ts'
import { type ClusterTarget, openGatewaySide } from './cluster/nats/open-cluster.ts'
import type { OwnershipStatus } from './cluster/ownership/ownership-status.ts'
import type { NodeId } from './cluster/ownership/types.ts'
import type { RemoteShards } from './cluster/remote-shards.ts'
import type { ShardKeeper } from './cluster/shard-keeper.ts'
import { SharedShards } from './cluster/shared-shards.ts'
import { systemClock } from './cluster/system-clock.ts'
import { ThreadGateway } from './cluster/thread-gateway.ts'
import { Threads } from './cluster/threads.ts'
import type { Config } from './config.ts'
import type { ShardId } from './domain/ids.ts'
import type { Started } from './started.ts'
import { disconnect } from './store/postgres.ts'
import { journalConnection, PostgresJournal } from './store/postgres-journal.ts'
import type { WorkerSettings } from './worker.ts'

export interface Engine {
  /** What this node has said and heard over NATS; null: embedded. Asks the threads. */
  readonly busTraffic: (() => Promise<BusTraffic>) | null

  readonly gateway: ThreadGateway
  readonly threads: Threads<WorkerSettings>
  /** Null: embedded, this node is the whole cluster. */
  readonly cluster: (() => OwnershipStatus) | null
}

export interface EngineParts {
  readonly config: Config
  readonly postgresUrl: string
  /** Null: embedded. */
  readonly cluster: ClusterTarget | null
  readonly log: Log
  /** Of the request that runs now; left out: no traces. */
  readonly currentTrace?: () => TraceContext | null
  readonly started: Started
}

/** @returns embedded, once every shard is served; in a cluster once this node takes part. */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { config, postgresUrl, cluster, log, started } = parts
  const { autoRegister, retentionDays, workers, dispatch, gateway: limits } = config
  const { shards } = dispatch
  const { currentTrace } = parts
  const gateway = new ThreadGateway({
    clock: systemClock,
    random: Math.random,
    shards,
    autoRegister,
    limits,
    ...(currentTrace === undefined ? {} : { currentTrace }),
  })
  let keeper: ShardKeeper | null = null
  const threads = new Threads<WorkerSettings>({
    filename: join(import.meta.dir, 'worker.ts'),
    workers,
    settings: {
      postgresUrl,
      retentionDays,
      personalKeys: config.personalKeys,
      dispatch,
      cluster,
      tracing: config.tracing ? { node: cluster?.node ?? config.node } : null,
    },
    clock: systemClock,
    onFrame: frame => gateway.onFrame(frame),
    onDown: (worker, served) => {
      gateway.onDown(served)
      keeper?.workerDown(worker, served)
    },
    onUp: worker => keeper?.workerUp(worker),
    onServed: served => gateway.onServed(served),
    onShardLost: (shard, cause) => keeper?.shardLost(shard, cause),
    onTrouble: log.at,
  })
  started.push(() => threads.stop())
  const opened = await openKeeper(parts, gateway, threads)
  keeper = opened.keeper
  threads.start()
  started.push(() => opened.keeper.leave())
  await opened.keeper.start()
  const { link } = opened
  const busTraffic = link && (async () => sumOf([link.traffic, ...(await threads.stats()).map(stats => stats.bus)]))
  return { gateway, threads, cluster: opened.status, busTraffic }
}

interface OpenedKeeper {
  readonly keeper: ShardKeeper
  readonly link: RemoteShards | null
  readonly status: (() => OwnershipStatus) | null
}

async function openKeeper(
  { config, postgresUrl, cluster, log, started }: EngineParts,
  gateway: ThreadGateway,
  threads: Threads<WorkerSettings>,
): Promise<OpenedKeeper> {
  const clock = systemClock
  const { shards } = config.dispatch
  const shardSql = journalConnection(postgresUrl, { max: 1, applicationName: 'waggle shards' })
  started.push(() => disconnect(shardSql))
  const journal = new PostgresJournal(shardSql)
  if (cluster === null) {
    gateway.attach(threads)
    const takeShards = (taken: readonly ShardId[]) => journal.takeShards(taken, `node ${process.pid}`)
    return {
      keeper: new AllShards({ threads, shards, clock, takeShards, onTrouble: log.warn }),
      link: null,
      status: null,
    }
  }
  const { link, membership } = await openGatewaySide({
    target: cluster,
    clock,
    onFrame: frame => gateway.onFrame(frame),
    onNobody: frames => gateway.onNobody(frames),
    onUnheardOf: () => gateway.onUnheardOf(),
    onTrouble: log,
  })
  started.push(() => link.close())
  gateway.attach(threads, link)
  const boot = crypto.randomUUID()
  const node = cluster.node as NodeId
  const keeper = new SharedShards({ node, boot, shards, clock, membership, journal, threads, onTrouble: log })
  return { keeper, link, status: () => keeper.status }
}
