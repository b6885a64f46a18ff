/** What the routes and sockets of one node share. */
import type { Gateway } from '../actors/gateway.ts'
import type { NodeFigures } from '../actors/node-figures.ts'
import type { FenceFigures } from '../actors/runtime/fence-lane.ts'
import type { HistogramFigures } from '../actors/runtime/histogram.ts'
import type { Log } from '../actors/runtime/log.ts'
import type { Clock, HotView, Random } from '../actors/runtime/ports.ts'
import type { RequestTracer } from '../actors/runtime/tracing.ts'
import type { ZoneWatch } from '../actors/runtime/zone-watch.ts'
import type { ShardId } from '../domain/ids.ts'
import type { Mode } from '../domain/mode.ts'
import type { CompactionFigures } from '../store/keep-compacted.ts'
import type { Sql } from '../store/postgres.ts'
import type { RedisFigures } from '../store/redis/redis-figures.ts'
import type { WebhookFigures } from '../webhooks/sender.ts'
import type { RandomBytes } from './access/api-key.ts'
import type { AuditTrail } from './access/audit-trail.ts'
import type { Authenticator } from './access/authenticator.ts'
import type { KeyRing } from './access/key-ring.ts'
import type { OpenCredentials } from './access/open-credentials.ts'
import type { ReadOrder } from './access/permit.ts'
import type { RateLimiter } from './access/rate-limit.ts'
import type { ClusterFigures, ClusterReport } from './cluster-report.ts'
import type { HttpConfig } from './config.ts'
import type { MinuteSampler } from './figures/minute-sampler.ts'
import type { Idempotency } from './idempotency.ts'
import type { CatchUp } from './live/catch-up.ts'
import type { CellResolutions } from './live/cell-resolutions.ts'
import type { LiveHub } from './live/hub.ts'
import type { OrderDrivers } from './live/order-drivers.ts'
import type { Phones } from './live/phones.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { OrderLinks } from './order-links.ts'
import type { RememberedSurge } from './remembered-surge.ts'
import type { RulesetBook } from './ruleset-book.ts'
import type { Socket } from './sockets/session.ts'
import type { SplitHotView } from './split-hot-view.ts'
import type { VehicleNews } from './vehicle-news.ts'

/** What a node must say of itself before it takes work. */
export interface ReadyReport {
  /** What is not there yet, each a sentence: shards, workers, the record. Empty where the node is ready. */
  readonly missing: readonly string[]
  /** The record may lose what it has acknowledged (`WAGGLE_UNSAFE`). */
  readonly unsafe: boolean
}

/** What this node does for webhooks. */
export interface WebhookDuty {
  /** There is something to send: made here, so that nobody waits for the next look. */
  hint(): void
  /** There is an endpoint that there was not before. */
  changed(): void
  figures(): WebhookFigures
  /** Per shard the events that are not made into deliveries yet. */
  lag(): ReadonlyMap<ShardId, number>
}

/** What a browser is shown. */
export interface Pages {
  console(): Promise<Response>
  /** The tracking page: of an answer to its link, or, where there is none, one that asks by itself for the link behind its `#`. */
  tracking(answer: Response | null): Promise<Response>
  map(): object
  /** The page of a courier, and what makes it installable. */
  courier(file: 'page' | 'manifest' | 'worker'): Promise<Response>
  /** @param accepted  as the browser says which encodings it takes. @returns null where there is no such file. */
  asset(name: string, accepted: string): Promise<Response | null>
}

export interface HttpDeps {
  /** Left out: this node shows no pages. */
  readonly pages?: Pages
  readonly gateway: Gateway
  /** For reads, and for quotes; everything else is written by actors. */
  readonly sql: Sql
  readonly hotView: HotView
  readonly config: HttpConfig
  readonly clock: Clock
  readonly random: Random
  readonly rates: RateLimiter
  /** For secrets; {@link random} is for everything else. */
  readonly randomBytes: RandomBytes
  readonly log: Log
  readonly ready: () => Promise<ReadyReport>
  readonly cluster: () => ClusterReport
  /** Asks the threads. */
  readonly nodeFigures: () => Promise<NodeFigures>
  /** From positions to their acknowledgements, since the node started. */
  readonly acknowledgements: () => HistogramFigures
  /** Null: this node is the whole cluster. */
  readonly clusterFigures: () => Promise<ClusterFigures | null>
  /** Of each thread. */
  readonly compactionFigures: () => CompactionFigures
  readonly fenceFigures: () => Promise<readonly FenceFigures[]>
  readonly version: string
  readonly webhooks: WebhookDuty
  /** Left out: no traces. */
  readonly tracer?: RequestTracer
  /** Those who drive virtual couriers here: there is one more, or one less, or one is to behave otherwise. */
  readonly couriers: { hint(): void }
  /** Left out where there is no Redis. */
  readonly redisFigures?: () => RedisFigures
  /** Per shard the events that are not published yet; left out where there is no event feed. */
  readonly feedLag?: () => ReadonlyMap<ShardId, number>
}

export interface Http extends HttpDeps {
  readonly hotView: SplitHotView

  readonly auth: Authenticator
  readonly keys: KeyRing
  readonly audit: AuditTrail
  readonly openCredentials: OpenCredentials<Socket>
  readonly readOrder: ReadOrder
  readonly links: OrderLinks
  readonly metrics: Metrics
  readonly idempotency: Idempotency
  readonly rulesets: RulesetBook
  readonly rememberedSurge: RememberedSurge
  /** Service areas and price areas; of geofences only the threads know where they are. */
  readonly zones: ZoneWatch
  readonly vehicleNews: VehicleNews
  readonly hubs: Readonly<Record<Mode, LiveHub>>
  readonly phones: Phones
  readonly orderDrivers: OrderDrivers
  readonly catchUp: CatchUp
  readonly cellResolutions: CellResolutions
  readonly sampler: MinuteSampler
  /** Without a slash at its end. */
  readonly baseUrl: () => string
}
