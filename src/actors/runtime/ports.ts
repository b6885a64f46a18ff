/**
 * What the runtime needs from outside, as interfaces: `cluster` and `store` implement them for production,
 * `runtime/memory` for tests and virtual time. One conformance suite per port runs against every adapter. Where nodes
 * hold their leases is another one: `membership-port.ts`.
 */
import type { AdmittedFix, DriverFix } from '../../domain/fix.ts'
import type { CellId, DriverId, OfferId, OrderId, ShardId, UnixMs, ZoneId } from '../../domain/ids.ts'
import type { Reservation } from '../../domain/reservations.ts'
import type { SurgeRound } from '../../domain/surge/surge-round.ts'
import type { SurgeRules } from '../../domain/surge/surge-rules.ts'
import type { Zone } from '../../domain/zones/zone.ts'
import type { Envelope, ReplyTo } from './envelope.ts'
import type { DecisionNote, JsonObject, KeyClaim, LoadClaim, LoadRelease } from './turn.ts'

export type Cancel = () => void

export interface Clock {
  nowMs(): UnixMs
  /** Fires once, possibly a little early: whoever waits for a deadline checks it again. 0: as soon as this turn ends. */
  after(delayMs: number, fire: () => void): Cancel
}

/** Uniform in [0, 1). */
export type Random = () => number

// ---------------------------------------------------------------- the record

export interface JournalEvent {
  readonly type: string
  readonly atMs: UnixMs
  readonly data: JsonObject
}

export interface OrderRow {
  readonly kind: 'order'
  readonly status: string
  readonly customerId: string | null
  readonly driverId: DriverId | null
  /** When the order wants a driver: its creation, or a lead time before `scheduled_at`. */
  readonly dueAtMs: UnixMs
  readonly createdAtMs: UnixMs
  readonly updatedAtMs: UnixMs
  readonly state: JsonObject
  /** `state.terms` are those of the version before: they need not be written again. Left out: they may be others. */
  readonly hasSameTerms?: true
}

export interface DriverRow {
  readonly kind: 'driver'
  /** The shard where the driver lives after this turn: another one than the turn's when it re-homes. */
  readonly homeShard: ShardId
  readonly epoch: number
  readonly status: string
  readonly capacity: number
  readonly state: JsonObject
}

/**
 * One actor's turn, to be written whole or not at all. `versionBefore` 0 creates the row (an order; a driver's row exists
 * since its activation and starts at version 0, so its first turn also comes with 0). Each event raises the version by one.
 */
export interface JournalTurn {
  readonly shard: ShardId
  readonly shardEpoch: number
  readonly actorId: OrderId | DriverId
  readonly versionBefore: number
  /** Empty: only the writes, and no version is checked or raised. */
  readonly events: readonly JournalEvent[]
  /** The actor's row after the turn. For a driver, `row.epoch` is the epoch after; `driverEpochBefore` is checked. */
  readonly row: OrderRow | DriverRow
  readonly driverEpochBefore?: number
  readonly claim?: LoadClaim
  readonly release?: LoadRelease
  readonly key?: KeyClaim
  readonly decision?: DecisionNote
}

export type TurnOutcome =
  | 'committed'
  /** The actor has moved on since it was loaded: reload it. */
  | 'conflict'
  /** The shard is no longer ours. */
  | 'fenced'
  /** The driver's epoch or load version has moved, its load would exceed its capacity, or the order has a driver already. */
  | 'claim_refused'
  /** Another request has committed that idempotency key. */
  | 'key_taken'

export interface StoredOrder {
  readonly orderId: OrderId
  readonly shard: ShardId
  readonly version: number
  readonly state: JsonObject
}

export interface StoredDriver {
  readonly driverId: DriverId
  readonly homeShard: ShardId
  readonly epoch: number
  readonly version: number
  readonly load: number
  readonly loadVersion: number
  readonly capacity: number
  readonly status: string
  readonly state: JsonObject
  readonly assignments: readonly { readonly orderId: OrderId; readonly offerId: OfferId; readonly size: number }[]
  /** Orders of later that it is promised to, the first first. Missing where there are none. */
  readonly reservations?: readonly Reservation[]
  /** The newest in the history. */
  readonly lastFix: AdmittedFix | null
}

export interface DriverActivation {
  readonly driverId: DriverId
  readonly shard: ShardId
  readonly shardEpoch: number
  /** Make the row, with this shard as home, where there is none. */
  readonly create: boolean
}

export type ActivationOutcome =
  | { readonly kind: 'active'; readonly driver: StoredDriver }
  | { readonly kind: 'elsewhere'; readonly homeShard: ShardId }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'fenced' }

/** The record of everything acknowledged. Every method is safe to call again. */
export interface Journal {
  /**
   * Commits that were not written straight, but judged turn by turn. No outcome tells: a record that has to judge each of them is only slow.
   * Left out: it knows one way alone.
   */
  readonly judgedCommits?: number

  /**
   * Raises the epochs of the shards for a new owner; what the former one still has under way is refused from here on.
   * @returns the new epoch of each shard, in the order given.
   */
  takeShards(shards: readonly ShardId[], owner: string): Promise<number[]>

  /**
   * Commits turns of different actors in one round trip, each whole or not at all.
   * @returns per turn its outcome, in the order given.
   * @throws {CommitUnknownError} when the connection is lost before the answer: some, all or none may be stored.
   * @throws {StoreUnavailableError} when nothing was sent. Retryable.
   */
  commit(turns: readonly JournalTurn[]): Promise<TurnOutcome[]>

  /** @returns those that exist, in any order. @throws {StoreUnavailableError} */
  loadOrders(orderIds: readonly OrderId[]): Promise<StoredOrder[]>

  /** Orders that wait for a driver, for a shard that has just been taken; pages by id. @throws {StoreUnavailableError} */
  openOrders(shards: readonly ShardId[], after: OrderId | null, limit: number): Promise<StoredOrder[]>

  /**
   * Orders of those shards that have ended since then, the latest first; of a shard with very many events since, only the last of
   * them. For watchers who may not have been told. @throws {StoreUnavailableError}
   */
  endedOrders(shards: readonly ShardId[], sinceMs: UnixMs, limit: number): Promise<StoredOrder[]>

  /** Scheduled orders whose `dueAtMs` has come. @throws {StoreUnavailableError} */
  dueOrders(shards: readonly ShardId[], nowMs: UnixMs, limit: number): Promise<OrderId[]>

  /**
   * Raises the epoch of each driver *before* its load is read, so that no commit of a former life can slip in between.
   * @returns per request its outcome, in the order given. @throws {StoreUnavailableError}
   */
  activateDrivers(requests: readonly DriverActivation[]): Promise<ActivationOutcome[]>
}

/** One row of the history of positions. */
export interface FixRow extends LiveFix {
  /** Older than the newest of its driver: the history may already have it. */
  readonly late: boolean
  /** Its time was in the future and has been set to the time of receipt. */
  readonly clamped: boolean
}

/** `stored` · `repeated`: a late one that the history had already · `dead`: could not be stored, see the dead letters. */
export type FixOutcome = 'stored' | 'repeated' | 'dead'

export interface LocationLog {
  /**
   * Appends to the history; committed when it returns. Safe to repeat after an error: (driver, recorded_at) is unique.
   * @throws {StoreUnavailableError} nothing, or an unknown part, is stored; call again with the same rows.
   */
  append(rows: readonly FixRow[]): Promise<FixOutcome[]>
}

// ---------------------------------------------------------------- prices

/** What the record knows of the prices of an area. */
export interface AreaPrices {
  readonly area: CellId
  /** Null: there was no round yet. */
  readonly last: SurgeRound | null
  /** In force; empty where none is. */
  readonly rulesetVersion: string
  /** Null: that ruleset has no surge. */
  readonly surge: SurgeRules | null
}

/** `present`: the record has that round, or a later one, already; nothing was changed. `fenced`: the shard is no longer ours. */
export type StoreRoundOutcome = 'stored' | 'present' | 'fenced'

/** The rounds of surge. Every one is stored before it is used. */
export interface PriceLog {
  /**
   * Committed when it returns. Safe to repeat: a round of an area is written once, and none before the last.
   * @throws {StoreUnavailableError} stored or not.
   */
  storeRound(
    round: SurgeRound,
    owner: { readonly shard: ShardId; readonly shardEpoch: number },
  ): Promise<StoreRoundOutcome>

  /** @returns for each area what is in force at that time, in the order given. @throws {StoreUnavailableError} */
  pricesOf(areas: readonly CellId[], atMs: UnixMs): Promise<AreaPrices[]>
}

// ---------------------------------------------------------------- zones

export interface ZoneChange {
  readonly zoneId: ZoneId
  /** Null: it was deleted, or is of a kind that is not asked for. */
  readonly zone: Zone | null
}

export interface ZoneChanges {
  /** A zone that has changed more than once is there once, as it is now. */
  readonly changes: readonly ZoneChange[]
  /** All changes up to this number are known with these. */
  readonly upTo: number
  /** There may be more after it. */
  readonly isWhole: boolean
}

/** The zones of the deployment, as changes with numbers. */
export interface ZoneLog {
  /** What came after that number; 0: all there is. @throws {StoreUnavailableError} */
  since(change: number): Promise<ZoneChanges>
}

// ---------------------------------------------------------------- the bus

/** A position on its way back to whoever sent it, once committed. */
export type IntakeResult =
  | 'committed'
  | 'late'
  | 'duplicate'
  | 'implausible_jump'
  | 'unknown_driver'
  | 'dead'
  | 'overloaded'
  /** Its shard is not served here: nothing was taken in, it is to be sent again. Gateways keep this to themselves. */
  | 'moved'

/** One position on its way to its driver's shard. `token` and `index` name it in the answer. */
export interface IntakeItem extends DriverFix {
  readonly shard: ShardId
  readonly token: number
  readonly index: number
  readonly create: boolean
}

/** An accepted newest fix, for the hot view and whoever watches. */
export interface LiveFix extends AdmittedFix {
  readonly driverId: DriverId
}

/** What a host says to the rest of the world. Everything is buffered until `flush`, which a host calls after its turns. */
export interface Bus {
  send(envelope: Envelope): void
  /** A position whose driver lives on another shard of another thread. */
  forwardFix(gateway: string, item: IntakeItem): void
  reply(to: ReplyTo, body: JsonObject): void
  publish(topic: string, type: string, data: JsonObject): void
  /** Results of positions: to the gateway that sent them. */
  settleFix(gateway: string, token: number, index: number, result: IntakeResult, recordedAtMs: UnixMs): void
  /**
   * @param fix  may be a row of the history, with more in it than a live fix.
   * @param gateway  who has sent it, and still has it in hand as `item`.
   */
  publishFix(fix: LiveFix, gateway: string, item: IntakeItem): void
  /** Where a driver lives now, so that gateways send there at once. */
  publishHome(driverId: DriverId, shard: ShardId): void
  flush(): void
}

// ---------------------------------------------------------------- the hot view

export interface NearbyQuery {
  readonly latitude: number
  readonly longitude: number
  readonly radiusM: number
  readonly limit: number
  /** Received at or after this: never a stale driver. */
  readonly freshSinceMs: UnixMs
  readonly vehicleType?: string
  readonly status?: string
}

/** What a driver does, as its actor last published it. */
export interface Standing {
  readonly status: string
  readonly vehicleType: string | null
  /** The one that it is on: of two the first. */
  readonly orderId: string | null
}

/** As a view that has it in memory keeps it: it says more as more is known, so it is read at once and not kept. */
export interface HotDriver {
  readonly fix: LiveFix
  /** Null until its actor has said something. */
  readonly status: string | null
  readonly vehicleType: string | null
  readonly orderId: string | null
}

export interface NearbyDriver {
  readonly driver: HotDriver
  readonly distanceM: number
}

/**
 * Current positions, for reads that should not bother an actor. May forget: it refills by itself from fixes, and from
 * what actors are asked. Puts take effect at once in memory; a view that is elsewhere takes them soon after. They never fail.
 */
export interface HotView {
  putFix(fix: LiveFix): void
  putDriver(driverId: DriverId, standing: Standing): void
  /** What an actor was asked for: taken where it is newer, and what the driver does only where that is not known. */
  refill(driver: HotDriver): void
  /** At once where it is in memory: a promise costs a reader more than the look itself. */
  get(driverId: DriverId): HotDriver | null | Promise<HotDriver | null>
  /** In the order given. */
  getAll(driverIds: readonly DriverId[]): Promise<(HotDriver | null)[]>
  /** Nearest first; at once, as {@link get}. */
  nearby(query: NearbyQuery): NearbyDriver[] | Promise<NearbyDriver[]>
  /** In any order, so many at most. */
  all(limit: number): Promise<HotDriver[]>
  /** Drivers, as far as is known without asking. */
  readonly size: number
}
