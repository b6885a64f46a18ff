/** One worker thread: wires its adapters and runs until it is told to stop. Started by the pool, never by hand. */
import { actorKinds } from './actors/kinds.ts'
import type { DispatchSettings } from './actors/settings.ts'
import { type ClusterTarget, openWorkerSide } from './cluster/nats/open-cluster.ts'
import { systemClock } from './cluster/system-clock.ts'
import type { WorkerTask } from './cluster/threads.ts'
import { runWorker } from './cluster/worker-loop.ts'
import { warmSolver } from './domain/warm-solver.ts'
import { CopyLane } from './store/copy.ts'
import { type PersonalKey, personalFields } from './store/personal-fields.ts'
import { connect, disconnect, warm } from './store/postgres.ts'
import { journalConnection, PostgresJournal } from './store/postgres-journal.ts'
import { PostgresLocationLog } from './store/postgres-location-log.ts'
import { PostgresPriceLog } from './store/postgres-price-log.ts'
import { PostgresZoneLog } from './store/postgres-zone-log.ts'
import type { Tracing } from './telemetry/open-tracing.ts'
import { VERSION } from './version.ts'

export interface WorkerSettings {
  readonly postgresUrl: string
  readonly retentionDays: number
  readonly personalKeys: readonly PersonalKey[]
  readonly dispatch: DispatchSettings
  /** Null: embedded. */
  readonly cluster: ClusterTarget | null
  /** Null: no traces. */
  readonly tracing: { readonly node: string | null } | null
}

/** Commits go one at a time; loads and polls must not wait behind them. */
const JOURNAL_CONNECTIONS = 3
const HISTORY_CONNECTIONS = 2

export default async function work({ worker, workers, settings, port }: WorkerTask<WorkerSettings>): Promise<void> {
  const { postgresUrl, retentionDays, personalKeys, dispatch, cluster } = settings
  const tracing = settings.tracing && (await traceThread(worker, settings.tracing.node))
  warmSolver()
  const name = `waggle worker ${worker}`
  const record = journalConnection(postgresUrl, {
    max: JOURNAL_CONNECTIONS,
    applicationName: `${name} journal`,
    personal: personalFields(personalKeys),
  })
  const history = connect(postgresUrl, { max: HISTORY_CONNECTIONS, applicationName: `${name} history` })
  const copy = new CopyLane(() => connect(postgresUrl, { max: 1, applicationName: `${name} copy`, use: 'copy' }))
  // Where the record does not answer now, connections open by themselves when it does.
  await Promise.allSettled([warm(record), warm(history), copy.warm()])
  await runWorker({
    port,
    workers,
    clock: systemClock,
    kinds: actorKinds(dispatch),
    ...(tracing === null ? {} : { tracer: tracing.turns }),
    journal: new PostgresJournal(record),
    openRemote: cluster && (ears => openWorkerSide({ target: cluster, worker, clock: systemClock, ...ears })),
    locations: new PostgresLocationLog({ sql: history, copy, clock: systemClock, retentionDays }),
    prices: new PostgresPriceLog(history),
    zones: new PostgresZoneLog(history, ['geofence', 'service_area']),
  })
  await Promise.all([disconnect(record), disconnect(history), copy.close(), tracing?.close()])
}

/** Loaded only where it is wanted: the libraries cost a quarter of a second. What keeps spans from arriving the node's own thread tells. */
async function traceThread(thread: number, node: string | null): Promise<Tracing> {
  const { openTracing } = await import('./telemetry/open-tracing.ts')
  return openTracing({ node, thread, version: VERSION, env: process.env, clock: systemClock, onTrouble: () => {} })
}
