/**
 * The record in Postgres. See `commit-statement.ts` for how a batch of turns is judged and written at once, and
 * `activation-statements.ts` for why a driver's epoch rises before its load is read.
 *
 * Needs connections made by `journalConnection`. Every call is bounded: by the server's own time-outs, and, where a
 * server or a network has frozen and will not even say so, by `answerTimeoutMs` here. A commit that was given up on may
 * still land later; its versions and epochs then decide, as with any late write.
 */

import { CommitUnknownError, StoreUnavailableError } from '../actors/runtime/errors.ts'
import type {
  ActivationOutcome,
  DriverActivation,
  Journal,
  JournalTurn,
  StoredDriver,
  StoredOrder,
  TurnOutcome,
} from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import { checkTurns } from '../actors/runtime/turn-check.ts'
import type { AdmittedFix } from '../domain/fix.ts'
import type { DriverId, OfferId, OrderId, ShardId, UnixMs } from '../domain/ids.ts'
import { ENDED_STATUSES, type OrderStatus } from '../domain/order-lifecycle.ts'
import type { Reservation } from '../domain/reservations.ts'
import { HOLD_SHARDS_SQL, MAKE_DRIVERS_SQL, RAISE_EPOCHS_SQL, READ_DRIVERS_SQL } from './activation-statements.ts'
import { commitTurns } from './commit.ts'
import { TERMS_COLUMN, wholeState } from './order-document.ts'
import { laneOf } from './position-lanes.ts'
import { type ConnectOptions, connect, failureOf, type Sql, storeError } from './postgres.ts'
import { within } from './within.ts'

/** Drivers activated in one transaction: bounds the time for which their rows are locked. */
const ACTIVATE_AT_ONCE_MAX = 1_000

/** Each attempt meets another transaction, or a session that has ended; more than a few means a bug. */
const ATTEMPTS_MAX = 5
/** Of each shard: a busy one has ten a second. */
const ENDED_LOOK_BACK_EVENTS = 500

/** Above the server's time-outs, so that this one means that the server itself is silent. */
export const ANSWER_TIMEOUT_MS = 5_500

/**
 * Connections whose sessions plan the commit once and for any size of the tables: a plan made while a table is small
 * must not scan it whole when it has grown. Rows are locked in the order of their keys, which a bitmap would put into that of their pages.
 */
export function journalConnection(url: string, options: ConnectOptions): Sql {
  return connect(url, {
    ...options,
    settings: {
      plan_cache_mode: 'force_generic_plan',
      enable_seqscan: 'off',
      enable_bitmapscan: 'off',
      ...options.settings,
    },
  })
}

interface OrderRecord {
  readonly order_id: OrderId
  readonly shard: ShardId
  readonly version: number
  readonly state: JsonObject
  readonly terms: JsonObject | null
}

interface DriverRecord {
  readonly i: number
  readonly kind: ActivationOutcome['kind']
  readonly driver_id: DriverId
  readonly home_shard: ShardId
  readonly epoch: number
  readonly version: number
  readonly load: number
  readonly load_version: number
  readonly capacity: number
  readonly status: string
  readonly state: JsonObject
  readonly assignments: readonly { orderId: OrderId; offerId: OfferId; size: number }[] | null
  readonly reservations: readonly Reservation[] | null
  readonly recorded_at_ms: UnixMs | null
  readonly received_at_ms: UnixMs
  readonly latitude: number
  readonly longitude: number
  readonly speed: number | null
  readonly heading: number | null
  readonly accuracy: number | null
  readonly order_id: OrderId | null
}

function storedOrder(row: OrderRecord): StoredOrder {
  return { orderId: row.order_id, shard: row.shard, version: row.version, state: wholeState(row) }
}

function fixOf(row: DriverRecord): AdmittedFix | null {
  if (row.recorded_at_ms === null) return null
  return {
    latitude: row.latitude,
    longitude: row.longitude,
    speed: row.speed,
    heading: row.heading,
    accuracy: row.accuracy,
    orderId: row.order_id,
    recordedAtMs: row.recorded_at_ms,
    receivedAtMs: row.received_at_ms,
  }
}

function activationOf(row: DriverRecord): ActivationOutcome {
  switch (row.kind) {
    case 'fenced':
      return { kind: 'fenced' }
    case 'unknown':
      return { kind: 'unknown' }
    case 'elsewhere':
      return { kind: 'elsewhere', homeShard: row.home_shard }
    case 'active':
      return {
        kind: 'active',
        driver: {
          driverId: row.driver_id,
          homeShard: row.home_shard,
          epoch: row.epoch,
          version: row.version,
          load: row.load,
          loadVersion: row.load_version,
          capacity: row.capacity,
          status: row.status,
          state: row.state,
          assignments: row.assignments ?? [],
          ...(row.reservations ? { reservations: row.reservations } : {}),
          lastFix: fixOf(row),
        },
      }
  }
}

function requestsText(requests: readonly DriverActivation[]): string {
  return JSON.stringify(
    requests.map((request, i) => ({
      i,
      driver_id: request.driverId,
      lane: laneOf(request.driverId),
      shard: request.shard,
      shard_epoch: request.shardEpoch,
      make: request.create,
    })),
  )
}

function newDriver(driverId: DriverId, homeShard: ShardId, epoch: number): StoredDriver {
  const load = { load: 0, loadVersion: 0, capacity: 1, assignments: [] }
  return { driverId, homeShard, epoch, version: 0, ...load, status: 'offline', state: {}, lastFix: null }
}

export class PostgresJournal implements Journal {
  readonly #sql: Sql
  readonly #answerTimeoutMs: number
  #judgedCommits = 0

  constructor(sql: Sql, answerTimeoutMs: number = ANSWER_TIMEOUT_MS) {
    this.#sql = sql
    this.#answerTimeoutMs = answerTimeoutMs
  }

  get judgedCommits(): number {
    return this.#judgedCommits
  }

  async takeShards(shards: readonly ShardId[], owner: string): Promise<number[]> {
    const distinct = [...new Set(shards)]
    const rows = await this.#ask(
      () => this.#sql<{ shard: ShardId; epoch: number }[]>`
        insert into shards (shard, epoch, owner)
        select shard, 1, ${owner} from unnest(${distinct}::int[]) as taken (shard) order by shard
        on conflict (shard) do update set epoch = shards.epoch + 1, owner = excluded.owner, taken_at = now()
        returning shard, epoch`,
    )
    const epochs = new Map(rows.map(row => [row.shard, row.epoch]))
    return shards.map(shard => epochs.get(shard) ?? 0)
  }

  async commit(turns: readonly JournalTurn[]): Promise<TurnOutcome[]> {
    checkTurns(turns)
    return within(
      this.#answerTimeoutMs,
      commitTurns(this.#sql, turns, () => this.#judgedCommits++),
      () => new CommitUnknownError(`No answer to a commit within ${this.#answerTimeoutMs} ms.`),
    )
  }

  async loadOrders(orderIds: readonly OrderId[]): Promise<StoredOrder[]> {
    const rows = await this.#ask(
      () => this.#sql<OrderRecord[]>`
        select order_id, shard, version, state, ${this.#terms()} from orders where order_id = any(${orderIds as OrderId[]}::text[])`,
    )
    return rows.map(storedOrder)
  }

  async openOrders(shards: readonly ShardId[], after: OrderId | null, limit: number): Promise<StoredOrder[]> {
    const rows = await this.#ask(
      () => this.#sql<OrderRecord[]>`
        select order_id, shard, version, state, ${this.#terms()} from orders
        where phase = 'placed' and shard = any(${shards as ShardId[]}::int[]) and order_id > ${after ?? ''}
        order by order_id limit ${limit}`,
    )
    return rows.map(storedOrder)
  }

  /** By the journal, whose key gives the last events of a shard; when orders change they are in no order that an index keeps. */
  async endedOrders(shards: readonly ShardId[], sinceMs: UnixMs, limit: number): Promise<StoredOrder[]> {
    const rows = await this.#ask(
      () => this.#sql<OrderRecord[]>`
        select orders.order_id, orders.shard, orders.version, orders.state, ${this.#terms()}
        from (
          select distinct j.actor_id from unnest(${shards as ShardId[]}::int[]) as s (shard)
          cross join lateral (
            select actor_kind, actor_id from journal where journal.shard = s.shard order by seq desc limit ${ENDED_LOOK_BACK_EVENTS}
          ) j where j.actor_kind = 'order'
        ) c
        join orders on orders.order_id = c.actor_id
        where orders.status = any(${ENDED_STATUSES as OrderStatus[]}::text[])
          and orders.updated_at >= to_timestamp(${sinceMs}::float8 / 1000)
        order by orders.updated_at desc, orders.order_id limit ${limit}`,
    )
    return rows.map(storedOrder)
  }

  async dueOrders(shards: readonly ShardId[], nowMs: UnixMs, limit: number): Promise<OrderId[]> {
    const rows = await this.#ask(
      () => this.#sql<{ order_id: OrderId }[]>`
        select order_id from orders
        where phase = 'scheduled' and shard = any(${shards as ShardId[]}::int[])
          and due_at <= to_timestamp(${nowMs}::float8 / 1000)
        order by due_at, order_id limit ${limit}`,
    )
    return rows.map(row => row.order_id)
  }

  async activateDrivers(requests: readonly DriverActivation[]): Promise<ActivationOutcome[]> {
    const outcomes: ActivationOutcome[] = []
    for (let start = 0; start < requests.length; start += ACTIVATE_AT_ONCE_MAX) {
      const part = requests.slice(start, start + ACTIVATE_AT_ONCE_MAX)
      outcomes.push(...(await this.#ask(() => this.#activate(part))))
    }
    return outcomes
  }

  /** Drivers never seen before are nobody's, so one statement makes and activates them; the others take the long way. */
  async #activate(requests: readonly DriverActivation[]): Promise<ActivationOutcome[]> {
    const made = await this.#make(requests.filter(r => r.create))
    const others = requests.filter(r => !made.has(r.driverId))
    const outcomes = others.length > 0 ? await this.#raiseAndRead(others) : []
    let next = 0
    return requests.map(request => {
      const driver = made.get(request.driverId)
      if (driver === undefined) return outcomes[next++] ?? { kind: 'unknown' }
      const { homeShard } = driver
      return homeShard === request.shard ? { kind: 'active', driver } : { kind: 'elsewhere', homeShard }
    })
  }

  /** @returns those that are new, as the table's defaults make them. */
  async #make(requests: readonly DriverActivation[]): Promise<Map<DriverId, StoredDriver>> {
    if (requests.length === 0) return new Map()
    const made = await this.#sql.unsafe<{ driver_id: DriverId; home_shard: ShardId; epoch: number }[]>(
      MAKE_DRIVERS_SQL,
      [requestsText(requests)],
      { prepare: true },
    )
    return new Map(made.map(row => [row.driver_id, newDriver(row.driver_id, row.home_shard, row.epoch)]))
  }

  async #raiseAndRead(requests: readonly DriverActivation[]): Promise<ActivationOutcome[]> {
    const text = requestsText(requests)
    const rows = await this.#sql.begin(async tx => {
      const run = (statement: string) => tx.unsafe<DriverRecord[]>(statement, [text], { prepare: true })
      // Sent together: one after the other on the server, one round trip for all.
      const answers = await Promise.all([run(HOLD_SHARDS_SQL), run(RAISE_EPOCHS_SQL), run(READ_DRIVERS_SQL)])
      return answers[2]
    })
    return rows.map(activationOf)
  }

  #terms() {
    return this.#sql.unsafe(TERMS_COLUMN)
  }

  /** A request that is safe to repeat. */
  async #ask<T>(request: () => PromiseLike<T>): Promise<T> {
    const late = () => new StoreUnavailableError(`No answer from the record within ${this.#answerTimeoutMs} ms.`)
    for (let attempt = 1; ; attempt++) {
      try {
        return await within(this.#answerTimeoutMs, Promise.resolve(request()), late)
      } catch (error) {
        if (failureOf(error) === 'again' && attempt < ATTEMPTS_MAX) continue
        throw storeError(error) ?? error
      }
    }
  }
}
