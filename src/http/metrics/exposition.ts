/** What a node says at `/metrics`. Each figure has its row in `docs/operations.md`. */
import type { NodeStatus } from '../../actors/gateway.ts'
import type { NodeFigures } from '../../actors/node-figures.ts'
import type { FenceFigures } from '../../actors/runtime/fence-lane.ts'
import type { CompactionFigures } from '../../store/keep-compacted.ts'
import type { RedisFigures } from '../../store/redis/redis-figures.ts'
import type { WebhookFigures } from '../../webhooks/sender.ts'
import type { ClusterFigures } from '../cluster-report.ts'
import type { Metrics } from './metrics.ts'
import { gatewayFamilies, loopLagFamily, threadFamilies } from './node-families.ts'
import { byLabel, counter, family, gauge, histogram, type Sample } from './text.ts'

export interface ExposedState {
  readonly metrics: Metrics
  readonly node: NodeStatus
  readonly figures: NodeFigures
  readonly process: ProcessFigures
  readonly driversSeen: number
  readonly liveTopics: number
  readonly liveSubscriptions: number
  readonly version: string
  /** Null: no event feed. */
  readonly feedLagEvents: number | null
  /** Of each thread. */
  readonly fences: readonly FenceFigures[]
  readonly compaction: CompactionFigures
  readonly webhooks: WebhookFigures & { readonly lagEvents: number }
  /** Null: embedded. */
  readonly cluster: ClusterFigures | null
  /** Null: no Redis. */
  readonly redis: RedisFigures | null
}

/** Of the process; names are those that every exporter uses. */
export interface ProcessFigures {
  readonly residentBytes: number
  readonly cpuS: number
  readonly startedAtS: number
}

export function exposition(state: ExposedState): string {
  const { metrics, node, figures } = state
  return [
    family('waggle_info', 'gauge', 'The version that runs.', [[{ version: state.version }, 1]]),
    family('waggle_http_requests_total', 'counter', 'Responses by route and status.', requests(metrics)),
    histogram(
      'waggle_http_request_duration_seconds',
      'Time to answer by route, of what was asked at all.',
      metrics.routes.flatMap(({ method, route, byStatus, tookS }) =>
        byStatus.size === 0 ? [] : [[{ method, route }, tookS.figures] as const],
      ),
    ),
    family(
      'waggle_positions_total',
      'counter',
      'Positions by what became of them.',
      byLabel('result', metrics.positions),
    ),
    family('waggle_sockets_open', 'gauge', 'Open sockets.', byLabel('kind', metrics.socketsOpen)),
    family('waggle_sockets_opened_total', 'counter', 'Sockets ever opened.', byLabel('kind', metrics.socketsOpened)),
    counter('waggle_stream_frames_total', 'Frames received on streams.', metrics.framesReceived),
    counter('waggle_stream_errors_total', 'Errors answered on streams.', metrics.frameErrors),
    counter('waggle_live_sent_total', 'Live messages handed to sockets.', metrics.liveSent),
    counter('waggle_live_dropped_total', 'Live messages replaced before a slow reader took them.', metrics.liveDropped),
    counter('waggle_live_gaps_total', 'Gaps told to slow readers.', metrics.liveGaps),
    gauge('waggle_live_topics', 'Topics that somebody watches.', state.liveTopics),
    gauge('waggle_live_subscriptions', 'Subscriptions of all sockets.', state.liveSubscriptions),
    counter('waggle_phone_sent_total', 'Messages to drivers’ own connections.', metrics.phoneSent),
    counter('waggle_phone_unheard_total', 'Messages to drivers that were not connected here.', metrics.phoneUnheard),
    counter('waggle_unexpected_errors_total', 'Requests that ended with status 500.', metrics.unexpectedErrors),
    gauge('waggle_drivers_seen', 'Drivers whose position the hot view knows.', state.driversSeen),
    gauge('waggle_shards', 'Shards of the deployment.', node.shards),
    gauge('waggle_shards_served', 'Shards that this node serves.', node.shardsServed),
    gauge('waggle_workers', 'Worker threads wanted.', node.workers),
    gauge('waggle_workers_up', 'Worker threads that serve.', node.workersUp),
    counter('waggle_worker_restarts_total', 'Worker threads started anew.', node.workerRestarts),
    counter('waggle_worker_batches_dropped_total', 'Batches for a thread that was down.', node.batchesDropped),
    gauge('waggle_pending_asks', 'Commands under way to actors.', node.pendingAsks),
    gauge('waggle_pending_positions', 'Positions under way to the record.', node.pendingFixes),
    ...gatewayFamilies(figures.gateway),
    loopLagFamily(figures.gateway.loopLagS, figures.threads),
    ...threadFamilies(figures.threads),
    ...processFamilies(state.process),
    ...fenceFamilies(state.fences),
    ...compactionFamilies(state.compaction),
    ...(state.feedLagEvents === null
      ? []
      : [gauge('waggle_feed_lag_events', 'Events that are not known to be published yet.', state.feedLagEvents)]),
    ...webhookFamilies(state.webhooks),
    ...(state.cluster === null ? [] : clusterFamilies(state.cluster)),
    ...(state.redis === null ? [] : redisFamilies(state.redis)),
  ].join('')
}

function fenceFamilies(threads: readonly FenceFigures[]): string[] {
  const changes = threads.map(({ change }) => change)
  const sum = (of: (figures: FenceFigures) => number) => threads.reduce((total, figures) => total + of(figures), 0)
  const summed = (label: string, names: readonly string[], of: (figures: FenceFigures, name: string) => number) =>
    names.map((name): Sample => [{ [label]: name }, sum(figures => of(figures, name))])
  const byName = (values: Readonly<Record<string, number>>, name: string) => values[name] ?? 0
  return [
    gauge('waggle_zones', 'Geofences and service areas that every thread knows.', leastOf(threads.map(t => t.zones))),
    gauge('waggle_zones_change', 'The last change of zones that every thread knows.', leastOf(changes)),
    family(
      'waggle_geofence_positions_total',
      'counter',
      'Newest positions by whether they were looked at for geofences.',
      [
        [{ result: 'looked_at' }, sum(({ looked }) => looked)],
        [{ result: 'too_vague' }, sum(({ vague }) => vague)],
        [{ result: 'before_zones' }, sum(({ unlooked }) => unlooked)],
      ],
    ),
    family(
      'waggle_geofence_events_total',
      'counter',
      'Crossings of geofences that were seen.',
      summed('event', ['entered', 'left', 'dwelled'], ({ crossed }, name) => byName(crossed, name)),
    ),
    family(
      'waggle_geofence_events_dropped_total',
      'counter',
      'Crossings that were given up; those that last are seen again with the next position.',
      summed('reason', ['too_many', 'shard_lost', 'not_stored'], ({ dropped }, name) => byName(dropped, name)),
    ),
  ]
}

function compactionFamilies({ tail, positions, runs, failures }: CompactionFigures): string[] {
  return [
    ...(tail === null
      ? []
      : [
          gauge('waggle_history_tail_positions', 'Positions that are not compacted yet.', tail.positions),
          gauge('waggle_history_tail_age_seconds', 'Age of the oldest of them.', tail.oldestS),
        ]),
    counter('waggle_history_compacted_positions_total', 'Positions that this node has compacted.', positions),
    counter('waggle_history_runs_total', 'Runs that it has made of them.', runs),
    counter('waggle_history_compaction_failures_total', 'Rounds of it that failed.', failures),
  ]
}

function leastOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.min(...values)
}

function webhookFamilies({ attempts, disabled, underWay, oldestAgeMs, lagEvents }: ExposedState['webhooks']): string[] {
  return [
    family(
      'waggle_webhook_attempts_total',
      'counter',
      'Attempts to deliver, by what came of them.',
      byLabel('result', attempts),
    ),
    counter('waggle_webhooks_disabled_total', 'Endpoints disabled because they took nothing for days.', disabled),
    gauge('waggle_webhook_requests', 'Requests to endpoints under way.', underWay),
    gauge('waggle_webhook_oldest_age_seconds', 'Age of the oldest delivery that waits.', oldestAgeMs / 1_000),
    gauge('waggle_webhook_lag_events', 'Events that are not made into deliveries yet.', lagEvents),
  ]
}

function clusterFamilies({ hasLease, nodesSeen, leaseAgeMs, handOffs, handOffMaxMs, bus }: ClusterFigures): string[] {
  const flows = (unit: 'messages' | 'bytes') =>
    (['sent', 'received'] as const).flatMap(way =>
      Object.entries(bus[way]).map(([kind, flow]): Sample => [{ way, kind }, flow[unit]]),
    )
  return [
    gauge('waggle_cluster_has_lease', 'The others see this node alive.', hasLease ? 1 : 0),
    ...(leaseAgeMs === null
      ? []
      : [gauge('waggle_cluster_lease_age_seconds', 'Since the lease was last renewed.', leaseAgeMs / 1_000)]),
    gauge('waggle_cluster_nodes', 'Nodes that this one sees, itself included.', nodesSeen),
    counter('waggle_handoffs_total', 'Shards handed over by plan.', handOffs),
    gauge('waggle_handoff_max_seconds', 'The longest that one of them was served by nobody.', handOffMaxMs / 1_000),
    family('waggle_bus_messages_total', 'counter', 'Messages over NATS by kind of subject.', flows('messages')),
    family('waggle_bus_bytes_total', 'counter', 'Their payloads.', flows('bytes')),
    family(
      'waggle_bus_undelivered_total',
      'counter',
      'What was said over NATS and did not come to its reader.',
      byLabel('reason', bus.undelivered),
    ),
  ]
}

function redisFamilies(redis: RedisFigures): string[] {
  return [
    gauge('waggle_redis_up', 'Redis answers this node.', redis.isUp ? 1 : 0),
    counter('waggle_redis_outages_total', 'How often a connection to Redis was given up.', redis.outages),
    family(
      'waggle_redis_unanswered_total',
      'counter',
      'Requests that Redis did not answer in time.',
      byLabel('kind', redis.unanswered),
    ),
    gauge('waggle_redis_drivers', 'Drivers that Redis knows.', redis.driversKnown),
    gauge('waggle_redis_waiting', 'Drivers that wait to be written.', redis.driversWaiting),
    counter('waggle_redis_written_total', 'Drivers written, the latest of each per batch.', redis.driversWritten),
    counter('waggle_redis_forgotten_total', 'Drivers dropped because too many waited.', redis.driversForgotten),
    counter('waggle_redis_refused_total', 'Batches that Redis refused.', redis.batchesRefused),
    counter('waggle_redis_emptied_total', 'How often Redis did not know this node.', redis.emptied),
  ]
}

function requests(metrics: Metrics): Sample[] {
  return metrics.routes.flatMap(({ method, route, byStatus }) =>
    [...byStatus].map(([status, value]): Sample => [{ method, route, status }, value]),
  )
}

function processFamilies({ residentBytes, cpuS, startedAtS }: ProcessFigures): string[] {
  return [
    gauge('process_resident_memory_bytes', 'Memory of the process.', residentBytes),
    counter('process_cpu_seconds_total', 'CPU that the process has used, of all its threads.', cpuS),
    gauge('process_start_time_seconds', 'When the process began, Unix time.', startedAtS),
  ]
}
