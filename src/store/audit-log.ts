/** The audit log in the record: rows that are added, given an outcome, and otherwise never changed. */
import type { Random } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { UnixMs } from '../domain/ids.ts'
import { boundAt, checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import type { Querying, Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

export interface ActRecord {
  /** Sorts by time. */
  readonly actId: string
  readonly atMs: UnixMs
  readonly actorRole: string
  readonly actorId: string
  readonly keyId: string | null
  readonly action: string
  readonly target: string | null
  readonly address: string | null
  readonly detail: JsonObject
  readonly status: number | null
}

/** Sorts by time; the rest tells acts of one millisecond apart. */
export function newActId(atMs: number, random: Random): string {
  const time = atMs.toString(36).padStart(9, '0')
  const rest = Array.from({ length: 10 }, () => Math.floor(random() * 36).toString(36)).join('')
  return `act_${time}${rest}`
}

/** @throws {StoreUnavailableError} written or not; may be repeated. */
export async function insertActs(sql: Querying, acts: readonly ActRecord[]): Promise<void> {
  const rows = acts.map(act => ({ ...act, at: new Date(act.atMs).toISOString() }))
  await answered(sql`
    insert into audit_log (act_id, at, actor_role, actor_id, key_id, action, target, address, detail)
    select "actId", at, "actorRole", "actorId", "keyId", action, target, address, detail
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as act ("actId" text, at timestamptz, "actorRole" text,
      "actorId" text, "keyId" text, action text, target text, address text, detail jsonb)
    on conflict do nothing`)
}

export interface ActOutcome {
  readonly actId: string
  readonly status: number
  /** Where it was known only afterwards. */
  readonly target: string | null
  readonly detail: JsonObject
}

/** @throws {StoreUnavailableError} written or not; may be repeated. */
export async function noteOutcomes(sql: Sql, outcomes: readonly ActOutcome[]): Promise<void> {
  await answered(sql`
    update audit_log set status = known.status, target = coalesce(known.target, audit_log.target),
      detail = audit_log.detail || known.detail
    from jsonb_to_recordset(${JSON.stringify(outcomes)}::text::jsonb)
      as known ("actId" text, status integer, target text, detail jsonb)
    where audit_log.act_id = known."actId"`)
}

/** The oldest, by their ids, which sort by time. @returns how many were removed, at most `limit`. */
export async function forgetActs(sql: Sql, beforeMs: UnixMs, limit: number): Promise<number> {
  const gone = await answered(sql`
    delete from audit_log where at < ${new Date(beforeMs)}
      and act_id = any(array(select act_id from audit_log order by act_id limit ${limit}))`)
  return gone.count
}

export interface ActFilter {
  readonly actorRole?: string | undefined
  readonly actorId?: string | undefined
  readonly action?: string | undefined
  readonly target?: string | undefined
  /** Exclusive, both. */
  readonly afterMs?: UnixMs | undefined
  readonly beforeMs?: UnixMs | undefined
}

interface Row extends Omit<ActRecord, 'atMs'> {
  readonly at: Date
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listActs(sql: Sql, filter: ActFilter, page: PageRequest): Promise<Page<ActRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('audit', ['string'], page.cursor)
  const { actorRole, actorId, action, target, afterMs, beforeMs } = filter
  const rows = await answered(sql<Row[]>`
    select act_id as "actId", at, actor_role as "actorRole", actor_id as "actorId", key_id as "keyId", action, target,
      address, detail, status
    from audit_log
    where true
      ${actorRole === undefined ? sql`` : sql`and actor_role = ${actorRole}`}
      ${actorId === undefined ? sql`` : sql`and actor_id = ${actorId}`}
      ${action === undefined ? sql`` : sql`and action = ${action}`}
      ${target === undefined ? sql`` : sql`and target = ${target}`}
      ${afterMs === undefined ? sql`` : sql`and at > ${boundAt(afterMs)}`}
      ${beforeMs === undefined ? sql`` : sql`and at < ${boundAt(beforeMs)}`}
      ${after === null ? sql`` : sql`and act_id < ${after[0]}`}
    order by act_id desc
    limit ${page.limit + 1}`)
  const acts = rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }))
  return pageOf(acts, page.limit, ({ actId }) => encodeCursor('audit', [actId]))
}
