/** Price lists in the record: rows that are made and never changed. */
import type { JsonObject, KeyClaim } from '../actors/runtime/turn.ts'
import type { CellId, UnixMs } from '../domain/ids.ts'
import type { PublishedRuleset } from '../domain/pricing/in-force.ts'
import type { Ruleset } from '../domain/pricing/ruleset.ts'
import { checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import type { Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

/** Versions in force at the same time, over all cities; beyond that the newest. */
const RULESETS_VALID_MAX = 10_000

interface RulesetRow {
  readonly validFrom: Date
  readonly validTo: Date | null
  readonly cells: readonly CellId[] | null
  readonly createdAt: Date
  readonly body: JsonObject
}

const columns = (sql: Sql) => sql`
  valid_from as "validFrom", valid_to as "validTo", cells, created_at as "createdAt", body`

/** Written by {@link insertRuleset} of this or an older version of the code. */
function rulesetOf({ validFrom, validTo, cells, createdAt, body }: RulesetRow): PublishedRuleset {
  return {
    ruleset: body as unknown as Ruleset,
    validFromMs: validFrom.getTime(),
    validToMs: validTo?.getTime() ?? null,
    cells,
    createdAtMs: createdAt.getTime(),
  }
}

export type InsertRuleset = 'created' | 'exists' | 'key_taken'

/**
 * Together with the idempotency key of its request, in one statement.
 * @throws {StoreUnavailableError} stored or not; may be repeated with the same key.
 */
export async function insertRuleset(sql: Sql, published: PublishedRuleset, key?: KeyClaim): Promise<InsertRuleset> {
  const { ruleset, validFromMs, validToMs, cells, createdAtMs } = published
  const [row] = await answered(sql<{ keyTaken: boolean; stored: boolean }[]>`
    with taken as (
      select from idempotency_keys where key = ${key?.key ?? null}::text
    ), stored as (
      insert into rulesets (version, valid_from, valid_to, cells, created_at, body)
      select ${ruleset.version}, ${new Date(validFromMs)}, ${validToMs === null ? null : new Date(validToMs)}::timestamptz,
        ${cells === null ? null : [...cells]}::text[], ${new Date(createdAtMs)}, ${JSON.stringify(ruleset)}::text::jsonb
      where not exists (select from taken)
      on conflict do nothing
      returning version
    ), claimed as (
      insert into idempotency_keys (key, request_hash, response)
      select ${key?.key ?? null}::text, ${key?.requestHash ?? null}::text,
        ${key ? JSON.stringify(key.response) : null}::text::jsonb
      from stored where ${key !== undefined}
      on conflict do nothing
    )
    select exists (select from taken) as "keyTaken", exists (select from stored) as stored`)
  if (row?.keyTaken) return 'key_taken'
  return row?.stored ? 'created' : 'exists'
}

/** @throws {StoreUnavailableError} */
export async function rulesetByVersion(sql: Sql, version: string): Promise<PublishedRuleset | null> {
  const [row] = await answered(sql<RulesetRow[]>`select ${columns(sql)} from rulesets where version = ${version}`)
  return row ? rulesetOf(row) : null
}

/** @throws {StoreUnavailableError} */
export async function rulesetsValidAt(sql: Sql, atMs: UnixMs): Promise<PublishedRuleset[]> {
  const at = new Date(atMs)
  const rows = await answered(sql<RulesetRow[]>`
    select ${columns(sql)} from rulesets where valid_from <= ${at} and (valid_to is null or valid_to > ${at})
    order by created_at desc, version desc limit ${RULESETS_VALID_MAX}`)
  return rows.map(rulesetOf)
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listRulesets(sql: Sql, page: PageRequest): Promise<Page<PublishedRuleset>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('rulesets', ['number', 'string'], page.cursor)
  const rows = await answered(sql<RulesetRow[]>`
    select ${columns(sql)} from rulesets
    ${after === null ? sql`` : sql`where (created_at, version) < (${new Date(after[0])}, ${after[1]})`}
    order by created_at desc, version desc limit ${page.limit + 1}`)
  return pageOf(rows.map(rulesetOf), page.limit, ({ createdAtMs, ruleset }) =>
    encodeCursor('rulesets', [createdAtMs, ruleset.version]),
  )
}
