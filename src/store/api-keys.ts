/** Keys of the API in the record. Secrets never come here: only their digests do. */
import type { JsonObject, KeyClaim } from '../actors/runtime/turn.ts'
import type { UnixMs } from '../domain/ids.ts'
import type { Mode } from '../domain/mode.ts'
import { checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import type { Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

export interface ApiKeyRecord {
  readonly keyId: string
  readonly mode: Mode
  readonly name: string
  readonly role: string
  readonly subject: string | null
  readonly scopes: readonly string[] | null
  readonly digest: Buffer
  /** Secrets before the last rotations, newest first, each good until the end of its grace time. */
  readonly former: readonly { readonly digest: Buffer; readonly untilMs: UnixMs }[]
  readonly createdAtMs: UnixMs
  readonly createdBy: string
  readonly rotatedAtMs: UnixMs | null
  readonly expiresAtMs: UnixMs | null
  readonly revokedAtMs: UnixMs | null
  readonly lastUsedAtMs: UnixMs | null
}

export type NewApiKey = Pick<
  ApiKeyRecord,
  'keyId' | 'mode' | 'name' | 'role' | 'subject' | 'scopes' | 'digest' | 'createdAtMs' | 'createdBy' | 'expiresAtMs'
>

interface Row
  extends Pick<ApiKeyRecord, 'keyId' | 'mode' | 'name' | 'role' | 'subject' | 'scopes' | 'digest' | 'createdBy'> {
  readonly previousDigest: Buffer | null
  readonly previousUntil: Date | null
  readonly earlier: readonly { readonly digest: string; readonly untilMs: UnixMs }[]
  readonly createdAt: Date
  readonly rotatedAt: Date | null
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly lastUsedAt: Date | null
}

const columns = (sql: Sql) => sql`
  key_id as "keyId", mode, name, role, subject, scopes, digest, previous_digest as "previousDigest",
  previous_until as "previousUntil", earlier_secrets as earlier, created_at as "createdAt", created_by as "createdBy", rotated_at as "rotatedAt",
  expires_at as "expiresAt", revoked_at as "revokedAt", last_used_at as "lastUsedAt"`

function recordOf(row: Row): ApiKeyRecord {
  const { keyId, mode, name, role, subject, scopes, digest, createdBy, previousDigest, previousUntil } = row
  const previous = previousDigest && previousUntil ? [{ digest: previousDigest, untilMs: previousUntil.getTime() }] : []
  const earlier = row.earlier.map(secret => ({ ...secret, digest: Buffer.from(secret.digest, 'hex') }))
  return {
    keyId,
    mode,
    name,
    role,
    subject,
    scopes,
    digest,
    former: [...previous, ...earlier],
    createdBy,
    createdAtMs: row.createdAt.getTime(),
    rotatedAtMs: row.rotatedAt?.getTime() ?? null,
    expiresAtMs: row.expiresAt?.getTime() ?? null,
    revokedAtMs: row.revokedAt?.getTime() ?? null,
    lastUsedAtMs: row.lastUsedAt?.getTime() ?? null,
  }
}

/**
 * Together with the idempotency key of its request, in one statement. That keeps which key was made and not its secret.
 * @throws {StoreUnavailableError} stored or not; may be repeated with the same key.
 */
export async function insertApiKey(sql: Sql, key: NewApiKey, claim?: KeyClaim): Promise<'created' | 'key_taken'> {
  const [row] = await answered(sql<{ won: boolean }[]>`
    with claimed as (
      insert into idempotency_keys (key, request_hash, response)
      select ${claim?.key ?? null}::text, ${claim?.requestHash ?? null}::text,
        ${claim ? JSON.stringify(claim.response) : null}::text::jsonb
      where ${claim !== undefined}
      on conflict do nothing
      returning key
    ), allowed as (
      select ${claim === undefined} or exists (select from claimed) as won
    ), stored as (
      insert into api_keys (key_id, mode, name, role, subject, scopes, digest, created_at, created_by, expires_at)
      select ${key.keyId}, ${key.mode}, ${key.name}, ${key.role}, ${key.subject}::text,
        ${key.scopes === null ? null : [...key.scopes]}::text[], ${key.digest}, ${new Date(key.createdAtMs)},
        ${key.createdBy}, ${dateOrNull(key.expiresAtMs)}::timestamptz
      from allowed where won
      on conflict do nothing
    )
    select won from allowed`)
  return row?.won ? 'created' : 'key_taken'
}

function dateOrNull(ms: UnixMs | null): Date | null {
  return ms === null ? null : new Date(ms)
}

/** @throws {StoreUnavailableError} */
export async function apiKeyById(sql: Sql, keyId: string): Promise<ApiKeyRecord | null> {
  const [row] = await answered(sql<Row[]>`select ${columns(sql)} from api_keys where key_id = ${keyId}`)
  return row ? recordOf(row) : null
}

/** Those that are there, in no order. @throws {StoreUnavailableError} */
export async function apiKeysById(sql: Sql, keyIds: readonly string[]): Promise<ApiKeyRecord[]> {
  const rows = await answered(
    sql<Row[]>`select ${columns(sql)} from api_keys where key_id = any(${[...keyIds]}::text[])`,
  )
  return rows.map(recordOf)
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listApiKeys(sql: Sql, page: PageRequest): Promise<Page<ApiKeyRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('keys', ['number', 'string'], page.cursor)
  const rows = await answered(sql<Row[]>`
    select ${columns(sql)} from api_keys
    ${after === null ? sql`` : sql`where (created_at, key_id) < (${new Date(after[0])}, ${after[1]})`}
    order by created_at desc, key_id desc limit ${page.limit + 1}`)
  return pageOf(rows.map(recordOf), page.limit, key => encodeCursor('keys', [key.createdAtMs, key.keyId]))
}

export interface Rotation {
  readonly keyId: string
  readonly digest: Buffer
  readonly atMs: UnixMs
  /** Until when the secret before is good as well. */
  readonly previousUntilMs: UnixMs
}

/** Secrets that a key has beside its present one: whoever rotates more often within the grace time loses the oldest. */
const FORMER_MAX = 5

/**
 * The secrets before stay good, each for the grace time that it was given: the answer with a new one may be lost on its way, and
 * a repeat must not end the one that is in use. Without a grace time all of them end now.
 *
 * @returns null where the key is not there or revoked. @throws {StoreUnavailableError} rotated or not.
 */
export async function rotateApiKey(sql: Sql, { keyId, digest, atMs, previousUntilMs }: Rotation) {
  const isAtOnce = previousUntilMs <= atMs
  const [row] = await answered(sql<Row[]>`
    update api_keys set digest = ${digest}, rotated_at = ${new Date(atMs)},
      previous_digest = digest, previous_until = ${new Date(previousUntilMs)},
      earlier_secrets = case
        when ${isAtOnce} then '[]'
        when previous_digest is null then earlier_secrets
        else jsonb_path_query_array(jsonb_build_object('digest', encode(previous_digest, 'hex'),
          'untilMs', floor(extract(epoch from previous_until) * 1000)) || earlier_secrets, ${`$[0 to ${FORMER_MAX - 2}]`}::text::jsonpath)
      end
    where key_id = ${keyId} and revoked_at is null
    returning ${columns(sql)}`)
  return row ? recordOf(row) : null
}

/** A repeat changes nothing. @returns null where the key is not there. @throws {StoreUnavailableError} revoked or not. */
export async function revokeApiKey(sql: Sql, keyId: string, atMs: UnixMs): Promise<ApiKeyRecord | null> {
  const [row] = await answered(sql<Row[]>`
    update api_keys set revoked_at = coalesce(revoked_at, ${new Date(atMs)}) where key_id = ${keyId}
    returning ${columns(sql)}`)
  return row ? recordOf(row) : null
}

/** Nodes write late and in any order: the latest stands. @throws {StoreUnavailableError} */
export async function noteKeyUses(sql: Sql, uses: ReadonlyMap<string, UnixMs>): Promise<void> {
  const times = [...uses.values()].map(atMs => new Date(atMs).toISOString())
  await answered(sql`
    update api_keys set last_used_at = greatest(last_used_at, used.at)
    from unnest(${[...uses.keys()]}::text[], ${times}::text[]::timestamptz[]) as used (key_id, at)
    where api_keys.key_id = used.key_id and api_keys.revoked_at is null`)
}

/** What a repeat of the request that made a key is answered: the key, and not its secret. */
export function keyCreation(keyId: string): JsonObject {
  return { key_id: keyId }
}
