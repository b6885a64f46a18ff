/** Deliveries of webhooks as people look at them: listed, replayed, made by hand, forgotten. */
import type { ShardId, UnixMs } from '../domain/ids.ts'
import { boundAt, checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import type { Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export interface DeliveryRecord {
  readonly deliveryId: string
  readonly webhookId: string
  readonly messageId: string
  readonly type: string
  readonly objectId: string
  readonly sequence: number
  readonly state: DeliveryState
  readonly attempts: number
  readonly replays: number
  readonly lastStatus: number | null
  readonly lastError: string | null
  readonly tookMs: number | null
  readonly createdAtMs: UnixMs
  readonly lastTriedAtMs: UnixMs | null
  /** Null: at once, or after the one before it. */
  readonly nextTryAtMs: UnixMs | null
  readonly endedAtMs: UnixMs | null
}

interface Row extends Omit<DeliveryRecord, 'createdAtMs' | 'lastTriedAtMs' | 'nextTryAtMs' | 'endedAtMs'> {
  readonly createdAt: Date
  readonly lastTriedAt: Date | null
  readonly nextTryAt: Date | null
  readonly endedAt: Date | null
}

const columns = (sql: Sql) => sql`
  delivery_id as "deliveryId", webhook_id as "webhookId", message_id as "messageId", type, object_id as "objectId", sequence, state,
  attempts, replays, last_status as "lastStatus", last_error as "lastError", took_ms as "tookMs",
  created_at as "createdAt", last_tried_at as "lastTriedAt", next_try_at as "nextTryAt",
  ended_at as "endedAt"`

function recordOf({ createdAt, lastTriedAt, nextTryAt, endedAt, ...row }: Row): DeliveryRecord {
  return {
    ...row,
    createdAtMs: createdAt.getTime(),
    lastTriedAtMs: lastTriedAt?.getTime() ?? null,
    nextTryAtMs: nextTryAt?.getTime() ?? null,
    endedAtMs: endedAt?.getTime() ?? null,
  }
}

export interface DeliveryFilter {
  readonly state?: DeliveryState | undefined
  readonly type?: string | undefined
  readonly objectId?: string | undefined
  /** Exclusive, both. */
  readonly afterMs?: UnixMs | undefined
  readonly beforeMs?: UnixMs | undefined
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listDeliveries(
  sql: Sql,
  webhookId: string,
  filter: DeliveryFilter,
  page: PageRequest,
): Promise<Page<DeliveryRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('deliveries', ['number', 'string'], page.cursor)
  const { state, type, objectId, afterMs, beforeMs } = filter
  const rows = await answered(sql<Row[]>`
    select ${columns(sql)} from webhook_deliveries
    where webhook_id = ${webhookId}
      ${state === undefined ? sql`` : sql`and state = ${state}`}
      ${type === undefined ? sql`` : sql`and type = ${type}`}
      ${objectId === undefined ? sql`` : sql`and object_id = ${objectId}`}
      ${afterMs === undefined ? sql`` : sql`and created_at > ${boundAt(afterMs)}`}
      ${beforeMs === undefined ? sql`` : sql`and created_at < ${boundAt(beforeMs)}`}
      ${after === null ? sql`` : sql`and (created_at, delivery_id) < (${new Date(after[0])}, ${after[1]})`}
    order by created_at desc, delivery_id desc limit ${page.limit + 1}`)
  return pageOf(rows.map(recordOf), page.limit, d => encodeCursor('deliveries', [d.createdAtMs, d.deliveryId]))
}

/** @throws {StoreUnavailableError} */
export async function deliveryById(sql: Sql, webhookId: string, deliveryId: string): Promise<DeliveryRecord | null> {
  const [row] = await answered(sql<Row[]>`
    select ${columns(sql)} from webhook_deliveries where delivery_id = ${deliveryId} and webhook_id = ${webhookId}`)
  return row ? recordOf(row) : null
}

/**
 * What has ended is sent again, alone and at once, under the id that it had; what has not is left as it is. A repeat finds
 * it waiting and changes nothing.
 *
 * @returns null where it is not there. @throws {StoreUnavailableError} done or not; may be repeated.
 */
export async function replayDelivery(sql: Sql, webhookId: string, deliveryId: string): Promise<DeliveryRecord | null> {
  await answered(sql`
    with again as (
      update webhook_deliveries set state = 'pending', lane = delivery_id, since = now(), attempts = 0, first_tried_at = null,
        next_try_at = null, ended_at = null, replays = replays + 1
      where delivery_id = ${deliveryId} and webhook_id = ${webhookId} and state <> 'pending'
      returning webhook_id, delivery_id, shard
    )
    insert into webhook_lanes as l (webhook_id, lane, shard, undelivered, due_at)
    select webhook_id, delivery_id, shard, 1, now() from again
    on conflict (webhook_id, lane) do update set undelivered = 1, due_at = excluded.due_at`)
  return deliveryById(sql, webhookId, deliveryId)
}

export interface NewTestDelivery {
  readonly deliveryId: string
  readonly webhookId: string
  readonly messageId: string
  readonly type: string
  readonly shard: ShardId
  readonly body: string
}

/** @throws {StoreUnavailableError} stored or not. */
export async function insertTestDelivery(sql: Sql, test: NewTestDelivery): Promise<DeliveryRecord | null> {
  const { deliveryId, webhookId, messageId, type, shard, body } = test
  await answered(sql`
    with made as (
      insert into webhook_deliveries (delivery_id, webhook_id, message_id, type, object_id, sequence, lane, shard, state, body,
        created_at, since)
      values (${deliveryId}, ${webhookId}, ${messageId}, ${type}, ${webhookId}, 1, ${deliveryId}, ${shard}, 'pending', ${body},
        date_trunc('milliseconds', now()), now())
      on conflict do nothing
      returning webhook_id, lane, shard
    )
    insert into webhook_lanes (webhook_id, lane, shard, undelivered, due_at)
    select webhook_id, lane, shard, 1, now() from made on conflict do nothing`)
  return deliveryById(sql, webhookId, deliveryId)
}

/**
 * Those made before that time, whatever became of them: what still waits then does so for an endpoint that was disabled long ago.
 * And those of endpoints that are gone. @returns how many were removed, at most `limit`.
 */
export async function forgetDeliveries(sql: Sql, beforeMs: UnixMs, limit: number): Promise<number> {
  const gone = await sql`
    delete from webhook_deliveries where delivery_id in (
      select delivery_id from webhook_deliveries where created_at < ${new Date(beforeMs)}
      order by created_at limit ${limit} for update skip locked)`
  return gone.count
}

/** Of endpoints that were deleted. @returns how many were removed, at most `limit`. */
export async function forgetOrphanedDeliveries(sql: Sql, limit: number): Promise<number> {
  const gone = await sql`
    delete from webhook_deliveries where delivery_id in (
      select d.delivery_id from (
        select distinct l.webhook_id from webhook_lanes l
        where not exists (select from webhooks w where w.webhook_id = l.webhook_id)
      ) o cross join lateral (
        select delivery_id from webhook_deliveries d where d.webhook_id = o.webhook_id limit ${limit}
      ) d limit ${limit})`
  return gone.count
}

/** Lanes that have been empty for a while: a new delivery makes another. Call after the deliveries are forgotten. */
export async function forgetLanes(sql: Sql, beforeMs: UnixMs, limit: number): Promise<number> {
  const gone = await sql`
    delete from webhook_lanes l using (
      select webhook_id, lane from webhook_lanes l
      where (undelivered <= 0 and due_at < ${new Date(beforeMs)})
        or not exists (select from webhooks w where w.webhook_id = l.webhook_id)
      limit ${limit} for update skip locked
    ) old
    where l.webhook_id = old.webhook_id and l.lane = old.lane
      and (l.undelivered <= 0 or not exists (select from webhooks w where w.webhook_id = l.webhook_id))`
  return gone.count
}
