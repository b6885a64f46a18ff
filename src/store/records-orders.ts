import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, OrderId, ShardId, UnixMs } from '../domain/ids.ts'
import type { Mode } from '../domain/mode.ts'
import { phaseOf } from '../domain/order-lifecycle.ts'
import { boundAt, checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import { TERMS_COLUMN, wholeState } from './order-document.ts'
import { unpackDecision } from './packed-decision.ts'
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
  readonly terms: JsonObject | null
  readonly dueAt: Date
  readonly createdAt: Date
  readonly updatedAt: Date
}

function orderOf({ dueAt, createdAt, updatedAt, terms, ...row }: OrderRow): OrderRecord {
  const state = wholeState({ state: row.state, terms })
  return { ...row, state, dueAtMs: dueAt.getTime(), createdAtMs: createdAt.getTime(), updatedAtMs: updatedAt.getTime() }
}

const columns = (sql: Sql) => sql`
  order_id as "orderId", shard, version, status, customer_id as "customerId", driver_id as "driverId",
  due_at as "dueAt", created_at as "createdAt", updated_at as "updatedAt", state,
  ${sql.unsafe(TERMS_COLUMN)}`

/** @throws {StoreUnavailableError} */
export async function orderById(sql: Sql, orderId: OrderId): Promise<OrderRecord | null> {
  const [row] = await answered(sql<OrderRow[]>`select ${columns(sql)} from orders where order_id = ${orderId}`)
  return row ? orderOf(row) : null
}

export interface OrderFilter {
  readonly mode: Mode
  /** Any of these; left out: all. */
  readonly statuses?: readonly string[] | undefined
  readonly customerId?: string | undefined
  /** The present driver, the one that a scheduled order is promised to, or the last one of an order that has ended. */
  readonly driverId?: string | undefined
  readonly reference?: string | undefined
  /** Exclusive, all four. */
  readonly createdAfterMs?: UnixMs | undefined
  readonly createdBeforeMs?: UnixMs | undefined
  readonly dueAfterMs?: UnixMs | undefined
  readonly dueBeforeMs?: UnixMs | undefined
}

/** As `modeOfOrder` says it; the index `orders_of_tests` has it word for word. */
export function isOfMode(sql: Sql, mode: Mode): Fragment {
  const isTest = sql`(substr(order_id, 7, 1) = 't')`
  return mode === 'test' ? isTest : sql`not ${isTest}`
}

/**
 * Newest first. A page begins behind a row, not behind a number of rows: what is placed meanwhile neither repeats a row nor hides one.
 *
 * @throws {BrokenCursorError} @throws {StoreUnavailableError}
 */
export async function listOrders(sql: Sql, filter: OrderFilter, page: PageRequest): Promise<Page<OrderRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('orders', ['number', 'string'], page.cursor)
  const behind = after === null ? sql`` : sql`and (created_at, order_id) < (${new Date(after[0])}, ${after[1]})`
  const wanted = { ...filter, behind, rows: page.limit + 1 }
  const rows = await answered(
    isByStatusAlone(filter) ? eachStatus(sql, wanted) : sql<OrderRow[]>`${ordersWhere(sql, wanted)}`,
  )
  return pageOf(rows.map(orderOf), page.limit, row => encodeCursor('orders', [row.createdAtMs, row.orderId]))
}

interface Wanted extends OrderFilter {
  readonly behind: Fragment
  readonly rows: number
}

type Fragment = ReturnType<typeof columns>

function isByStatusAlone({ statuses, customerId, driverId, reference }: OrderFilter): boolean {
  return statuses !== undefined && [customerId, driverId, reference].every(by => by === undefined)
}

/** So many of each at most, each by its index: of a status that is rare the others would be read through to the last one. */
function eachStatus(sql: Sql, wanted: Wanted) {
  const statuses = [...new Set(wanted.statuses)]
  return sql<OrderRow[]>`
    select each.* from unnest(${statuses}::text[], ${statuses.map(phaseOf)}::text[]) as asked (status, phase)
    cross join lateral (${ordersWhere(sql, { ...wanted, statuses: undefined }, sql`and phase = asked.phase and status = asked.status`)}) as each
    order by "createdAt" desc, "orderId" desc
    limit ${wanted.rows}`
}

/** The index knows the phase. */
function ofStatuses(sql: Sql, statuses: readonly string[]): Fragment {
  return sql`and phase = any(${statuses.map(phaseOf)}::text[]) and status = any(${[...statuses]}::text[])`
}

function ordersWhere(sql: Sql, wanted: Wanted, more: Fragment = sql``): Fragment {
  const { statuses, customerId, driverId, reference, createdAfterMs, createdBeforeMs, behind, rows } = wanted
  return sql`
    select ${columns(sql)} from orders
    where ${isOfMode(sql, wanted.mode)} ${more}
      ${statuses === undefined ? sql`` : ofStatuses(sql, statuses)}
      ${customerId === undefined ? sql`` : sql`and customer_id = ${customerId}`}
      ${driverId === undefined ? sql`` : sql`and driver_id = ${driverId}`}
      ${reference === undefined ? sql`` : sql`and reference = ${reference}`}
      ${createdAfterMs === undefined ? sql`` : sql`and created_at > ${boundAt(createdAfterMs)}`}
      ${createdBeforeMs === undefined ? sql`` : sql`and created_at < ${boundAt(createdBeforeMs)}`}
      ${dueWithin(sql, wanted)}
      ${behind}
    order by created_at desc, order_id desc
    limit ${rows}`
}

/** Orders for now are due when they are placed: their index is that of their creation, and the one of due times has the others. */
function dueWithin(sql: Sql, { dueAfterMs, dueBeforeMs }: OrderFilter): Fragment {
  if (dueAfterMs === undefined && dueBeforeMs === undefined) return sql``
  const from = boundAt(dueAfterMs ?? Number.NEGATIVE_INFINITY)
  const to = boundAt(dueBeforeMs ?? Number.POSITIVE_INFINITY)
  return sql`and ((due_at > created_at and due_at > ${from} and due_at < ${to})
    or (due_at <= created_at and created_at > ${from} and created_at < ${to}))`
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
    select version, seq, type, at, data from (
      select * from journal union all select * from kept_events
    ) as events
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

/** In the one form or the other. */
interface DecisionBody {
  readonly body: JsonObject | null
  readonly packed: string | null
}

function bodyOf({ body, packed }: DecisionBody): JsonObject {
  return packed === null ? (body ?? {}) : unpackDecision(packed)
}

/** Why this driver and why not the others; oldest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function orderDecisions(sql: Sql, orderId: OrderId, page: PageRequest): Promise<Page<DecisionRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('decisions', ['number'], page.cursor)
  const rows = await answered(sql<(DecisionBody & { decisionId: number; at: Date })[]>`
    select decision_id as "decisionId", at, body, packed from decisions
    where order_id = ${orderId} and decision_id > ${after?.[0] ?? 0}::bigint
    order by decision_id
    limit ${page.limit + 1}`)
  const decisions = rows.map(({ at, decisionId, ...row }) => ({ decisionId, atMs: at.getTime(), body: bodyOf(row) }))
  return pageOf(decisions, page.limit, row => encodeCursor('decisions', [row.decisionId]))
}
