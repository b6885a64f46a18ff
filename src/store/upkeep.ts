/**
 * What the record forgets: once an hour, in a session of its own and in small batches, so that no commit waits for it. Nodes
 * that do it at once pass over each other's rows; one that dies in the middle leaves the rest to the next round.
 */
import { DAY_MS } from '../actors/runtime/history-day.ts'
import type { LatLng } from '../domain/geo.ts'
import { type OrderId, orderIdOfQuote, type QuoteId, quoteIdsFrom, type ShardId, type UnixMs } from '../domain/ids.ts'
import { MODES, type Mode, quoteIdIn } from '../domain/mode.ts'
import { shardOfPosition } from '../domain/region.ts'
import { forgetActs } from './audit-log.ts'
import { forgetDeadLetters } from './dead-letters.ts'
import { forgetEvents, forgetNames, forgetOrders } from './forget-orders.ts'
import { forgetSamples } from './minutes.ts'
import { ORDERS_WITH_TERMS } from './order-document.ts'
import type { Sql } from './postgres.ts'
import { forgetPriceRounds } from './postgres-price-log.ts'
import { forgetDeliveries, forgetLanes, forgetOrphanedDeliveries } from './webhook-deliveries.ts'
import { forgetDeletedZones } from './zones.ts'

export interface UpkeepOptions {
  /** Of the deployment: the order of a quote is on one of them. */
  readonly shards: number
  readonly retentionDays: number
  /** A request that is repeated later than this is a new one. */
  readonly keyTtlMs: number
  /** Of orders that have ended; null: as long as the order. */
  readonly decisionsKeptMs: number | null
  readonly quoteTtlMs: number
  /** Deliveries of webhooks, whatever became of them. */
  readonly deliveriesKeptMs: number
  /** Of the audit log; null: for ever. */
  readonly actsKeptMs: number | null
  /** Orders after their end, and their events; null: for ever. */
  readonly ordersKeptMs: number | null
  /** There is an event feed, which is to have every event before it is forgotten. */
  readonly isFeeding: boolean
}

/** Rows of one statement: a lock on a key is held for some milliseconds. */
const BATCH = 1_000
/** In a round; the rest is for the next one. More than a busy node makes in an hour. */
const BATCHES_MAX = 500
const DEAD_LETTERS_PER_ROUND = 50_000
/** Sixty an hour are made by each metropolis at work. */
const PRICE_ROUNDS_PER_ROUND = 50_000
const DELETED_ZONES_PER_ROUND = 10_000
/** Figures are of the last hour. */
const SAMPLES_KEPT_MS = DAY_MS
/** After its end a quote of which no order was made. As long as the longest quote, so a shortened time for quotes takes none early. */
const UNUSED_QUOTE_KEPT_MS = DAY_MS

/** An object of which nothing happened for this long needs no lane. */
const LANE_RESTS_MS = 600_000

/** Of what is looked through in the order of its ids: how far that has come, and whether there may be more. */
interface Walk<Id> {
  readonly last: Id
  readonly isDone: boolean
}

export class Upkeep {
  readonly #options: UpkeepOptions
  /** Quotes below this are decided: an order was made of them, or they are gone. Those of tests sort behind all others. */
  readonly #quotesFrom: Record<Mode, QuoteId> = { live: '' as QuoteId, test: quoteIdIn('test', quoteIdsFrom(0)) }

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  /** @throws whatever the record says; what was done until then stays done. */
  async round(sql: Sql, nowMs: UnixMs): Promise<void> {
    const { retentionDays, keyTtlMs, decisionsKeptMs, quoteTtlMs, deliveriesKeptMs, actsKeptMs, ordersKeptMs } =
      this.#options
    const oldMs = nowMs - retentionDays * DAY_MS
    await forgetDeadLetters(sql, oldMs, DEAD_LETTERS_PER_ROUND)
    await forgetPriceRounds(sql, oldMs, PRICE_ROUNDS_PER_ROUND)
    await forgetDeletedZones(sql, oldMs, DELETED_ZONES_PER_ROUND)
    await inBatches(async () => (await forgetKeys(sql, nowMs - keyTtlMs, BATCH)) < BATCH)
    await inBatches(async () => (await forgetDeliveries(sql, nowMs - deliveriesKeptMs, BATCH)) < BATCH)
    await inBatches(async () => (await forgetOrphanedDeliveries(sql, BATCH)) < BATCH)
    await inBatches(async () => (await forgetSamples(sql, nowMs - SAMPLES_KEPT_MS, BATCH)) < BATCH)
    await inBatches(async () => (await forgetLanes(sql, nowMs - LANE_RESTS_MS, BATCH)) < BATCH)
    if (decisionsKeptMs !== null) await this.#decisions(sql, nowMs - decisionsKeptMs)
    if (actsKeptMs !== null) await inBatches(async () => (await forgetActs(sql, nowMs - actsKeptMs, BATCH)) < BATCH)
    if (ordersKeptMs !== null) await this.#orders(sql, nowMs - ordersKeptMs)
    for (const mode of MODES) await this.#unusedQuotes(sql, mode, nowMs - quoteTtlMs - UNUSED_QUOTE_KEPT_MS)
  }

  async #decisions(sql: Sql, beforeMs: UnixMs): Promise<void> {
    let from = 0
    await inBatches(async () => {
      const { last, isDone } = await forgetDecisions(sql, { from, beforeMs, limit: BATCH })
      from = last
      return isDone
    })
  }

  async #orders(sql: Sql, beforeMs: UnixMs): Promise<void> {
    await inBatches(async () => (await forgetOrders(sql, { beforeMs, limit: BATCH })) < BATCH)
    const { shards, isFeeding } = this.#options
    for (let shard = 0; shard < shards; shard++) {
      const asked = { shard: shard as ShardId, beforeMs, limit: BATCH, isFeeding }
      await inBatches(async () => (await forgetEvents(sql, asked)) < BATCH)
    }
    await forgetNames(sql)
  }

  async #unusedQuotes(sql: Sql, mode: Mode, beforeMs: UnixMs): Promise<void> {
    const { shards } = this.#options
    await inBatches(async () => {
      const from = this.#quotesFrom[mode]
      const { last, isDone } = await forgetUnusedQuotes(sql, { mode, from, beforeMs, shards, limit: BATCH })
      this.#quotesFrom[mode] = last
      return isDone
    })
  }
}

/** @param step  says whether it was the last. */
async function inBatches(step: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < BATCHES_MAX; n++) if (await step()) return
}

/** @returns how many were removed, at most `limit`. */
export async function forgetKeys(sql: Sql, beforeMs: UnixMs, limit: number): Promise<number> {
  const gone = await sql`
    delete from idempotency_keys where key in (
      select key from idempotency_keys where created_at < ${new Date(beforeMs)}
      order by created_at limit ${limit} for update skip locked)`
  return gone.count
}

/** Decisions are numbered as they are made, so their numbers find the oldest without an index by time. */
export async function forgetDecisions(
  sql: Sql,
  { from, beforeMs, limit }: { from: number; beforeMs: UnixMs; limit: number },
): Promise<Walk<number>> {
  const before = new Date(beforeMs)
  const [row] = await sql<{ last: number | null; seen: number; isPresent: boolean | null }[]>`
    with walked as (
      select decision_id, order_id, at from decisions where decision_id > ${from}::bigint order by decision_id limit ${limit}
    ), gone as (
      delete from decisions using walked
      where decisions.decision_id = walked.decision_id and walked.at < ${before}
        and not exists (
          select from orders where orders.order_id = walked.order_id
            and orders.status not in ('delivered', 'cancelled', 'expired'))
    )
    select max(decision_id) as last, count(*)::int as seen, bool_or(at >= ${before}) as "isPresent" from walked`
  return { last: row?.last ?? from, isDone: (row?.seen ?? 0) < limit || row?.isPresent === true }
}

/**
 * Those that were made before that time, and of which no order was made: an order has the id of its quote. Their ids tell when
 * they were made, so nothing else needs to be known of them.
 */
export async function forgetUnusedQuotes(
  sql: Sql,
  {
    mode,
    from,
    beforeMs,
    shards,
    limit,
  }: { mode: Mode; from: QuoteId; beforeMs: UnixMs; shards: number; limit: number },
): Promise<Walk<QuoteId>> {
  const quotes = await sql<{ quoteId: QuoteId; pickup: LatLng | null; amends: OrderId | null }[]>`
    select quote_id as "quoteId", body->'pickup' as pickup, body->>'amends' as amends from quotes
    where quote_id > ${from} and quote_id < ${quoteIdIn(mode, quoteIdsFrom(beforeMs))} order by quote_id limit ${limit}`
  const asked = quotes.flatMap(({ quoteId, pickup, amends }) => {
    const orderId = amends ?? (pickup && orderIdOfQuote(quoteId, shardOfPosition(pickup, shards)))
    return orderId === null ? [] : [{ quoteId, orderId, isAmending: amends !== null }]
  })
  const orders = await sql<{ orderId: OrderId; quoteId: string | null }[]>`
    select order_id as "orderId", terms->>'quoteId' as "quoteId" from ${sql.unsafe(ORDERS_WITH_TERMS)} as o
    where order_id = any(${asked.map(({ orderId }) => orderId)}::text[])`
  const quoteOf = new Map(orders.map(({ orderId, quoteId }) => [orderId, quoteId]))
  // Of several that were made for changes of an order, it has the last that was agreed to.
  const unused = asked.filter(({ orderId, quoteId, isAmending }) =>
    isAmending ? quoteOf.get(orderId) !== quoteId : !quoteOf.has(orderId),
  )
  await sql`delete from quotes where quote_id = any(${unused.map(({ quoteId }) => quoteId)}::text[])`
  return { last: quotes.at(-1)?.quoteId ?? from, isDone: quotes.length < limit }
}
