import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, OrderId, ShardId, UnixMs } from '../domain/ids.ts'
import { boundAt, checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import type { Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

export interface OrderRecord {
  readonly orderId: OrderId
  readonly shard: ShardId
  readonly version: number
  readonly status: string
  readonly customerId: string | null
  readonly driverId: DriverId | null
  readonly dueAtMs: UnixMs
  readonly createdAtMs: UnixMs
  readonly updatedAtMs: UnixMs
  readonly state: JsonObject
}

interface OrderRow extends Omit<OrderRecord, 'dueAtMs' | 'createdAtMs' | 'updatedAtMs'> {
  readonly dueAt: Date
  readonly createdAt: Date
  readonly updatedAt: Date
}

function orderOf({ dueAt, createdAt, updatedAt, ...row }: OrderRow): OrderRecord {
  return { ...row, dueAtMs: dueAt.getTime(), createdAtMs: createdAt.getTime(), updatedAtMs: updatedAt.getTime() }
}

const columns = (sql: Sql) => sql`
  order_id as "orderId", shard, version, status, customer_id as "customerId", driver_id as "driverId",
  due_at as "dueAt", created_at as "createdAt", updated_at as "updatedAt", state`

/** @throws {StoreUnavailableError} */
export async function orderById(sql: Sql, orderId: OrderId): Promise<OrderRecord | null> {
  const [row] = await answered(sql<OrderRow[]>`select ${columns(sql)} from orders where order_id = ${orderId}`)
  return row ? orderOf(row) : null
}

export interface OrderFilter {
  readonly status?: string | undefined
  readonly customerId?: string | undefined
  /** The present driver, or the last one of an order that has ended. */
  readonly driverId?: string | undefined
  /** Exclusive, both. */
  readonly createdAfterMs?: UnixMs | undefined
  readonly createdBeforeMs?: UnixMs | undefined
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listOrders(sql: Sql, filter: OrderFilter, page: PageRequest): Promise<Page<OrderRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('orders', ['number', 'string'], page.cursor)
  const { status, customerId, driverId, createdAfterMs, createdBeforeMs } = filter
  const rows = await answered(sql<OrderRow[]>`
    select ${columns(sql)} from orders
    where true
      ${status === undefined ? sql`` : sql`and status = ${status}`}
      ${customerId === undefined ? sql`` : sql`and customer_id = ${customerId}`}
      ${driverId === undefined ? sql`` : sql`and driver_id = ${driverId}`}
      ${createdAfterMs === undefined ? sql`` : sql`and created_at > ${boundAt(createdAfterMs)}`}
      ${createdBeforeMs === undefined ? sql`` : sql`and created_at < ${boundAt(createdBeforeMs)}`}
      ${after === null ? sql`` : sql`and (created_at, order_id) < (${new Date(after[0])}, ${after[1]})`}
    order by created_at desc, order_id desc
    limit ${page.limit + 1}`)
  return pageOf(rows.map(orderOf), page.limit, row => encodeCursor('orders', [row.createdAtMs, row.orderId]))
}

export interface EventRecord {
  /** Within the order: 1, 2, 3, … */
  readonly version: number
  /** Within the shard, over all its actors. */
  readonly seq: number
  readonly type: string
  readonly atMs: UnixMs
  readonly data: JsonObject
}

/** Oldest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function orderEvents(sql: Sql, orderId: OrderId, page: PageRequest): Promise<Page<EventRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('events', ['number'], page.cursor)
  const rows = await answered(sql<(Omit<EventRecord, 'atMs'> & { at: Date })[]>`
    select version, seq, type, at, data from journal
    where actor_id = ${orderId} and actor_kind = 'order' and version > ${after?.[0] ?? 0}::bigint
    order by version
    limit ${page.limit + 1}`)
  const events = rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }))
  return pageOf(events, page.limit, row => encodeCursor('events', [row.version]))
}

export interface DecisionRecord {
  readonly decisionId: number
  readonly atMs: UnixMs
  readonly body: JsonObject
}

/** Why this driver and why not the others; oldest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function orderDecisions(sql: Sql, orderId: OrderId, page: PageRequest): Promise<Page<DecisionRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('decisions', ['number'], page.cursor)
  const rows = await answered(sql<{ decisionId: number; at: Date; body: JsonObject }[]>`
    select decision_id as "decisionId", at, body from decisions
    where order_id = ${orderId} and decision_id > ${after?.[0] ?? 0}::bigint
    order by decision_id
    limit ${page.limit + 1}`)
  const decisions = rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }))
  return pageOf(decisions, page.limit, row => encodeCursor('decisions', [row.decisionId]))
}
