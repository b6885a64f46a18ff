/** Endpoints of webhooks in the record. Their secrets are sealed there, as personal fields are. */
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { JsonObject, KeyClaim } from '../actors/runtime/turn.ts'
import type { UnixMs } from '../domain/ids.ts'
import type { Mode } from '../domain/mode.ts'
import { checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import { recordText } from './personal-fields.ts'
import type { Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

export interface WebhookRecord {
  readonly webhookId: string
  readonly mode: Mode
  readonly url: string
  readonly events: readonly string[]
  readonly description: string | null
  readonly status: 'enabled' | 'disabled'
  readonly disabledReason: string | null
  readonly disabledAtMs: UnixMs | null
  readonly failingSinceMs: UnixMs | null
  readonly previousUntilMs: UnixMs | null
  readonly createdAtMs: UnixMs
  readonly createdBy: string
  readonly updatedAtMs: UnixMs
}

/** As they are stored: the names are those that are sealed. */
export interface WebhookSecrets {
  readonly webhookSecret: string
  readonly previousWebhookSecret?: string
}

export type NewWebhook = Pick<
  WebhookRecord,
  'webhookId' | 'mode' | 'url' | 'events' | 'description' | 'createdAtMs' | 'createdBy'
> & { readonly secret: string }

interface Row extends Pick<WebhookRecord, 'webhookId' | 'mode' | 'url' | 'events' | 'description' | 'status'> {
  readonly disabledReason: string | null
  readonly createdBy: string
  readonly disabledAt: Date | null
  readonly failingSince: Date | null
  readonly previousUntil: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

const columns = (sql: Sql) => sql`
  webhook_id as "webhookId", mode, url, events, description, status, disabled_reason as "disabledReason",
  disabled_at as "disabledAt", failing_since as "failingSince", previous_until as "previousUntil", created_at as "createdAt",
  created_by as "createdBy", updated_at as "updatedAt"`

function recordOf({ disabledAt, failingSince, previousUntil, createdAt, updatedAt, ...row }: Row): WebhookRecord {
  return {
    ...row,
    disabledAtMs: disabledAt?.getTime() ?? null,
    failingSinceMs: failingSince?.getTime() ?? null,
    previousUntilMs: previousUntil?.getTime() ?? null,
    createdAtMs: createdAt.getTime(),
    updatedAtMs: updatedAt.getTime(),
  }
}

/** One that no key of this node opens is still sealed, and good for nothing. */
export function usableSecrets(secrets: WebhookSecrets, previousUntilMs: UnixMs | null, nowMs: UnixMs): string[] {
  const isPreviousGood = previousUntilMs !== null && nowMs < previousUntilMs
  const { webhookSecret, previousWebhookSecret } = secrets
  const good = [webhookSecret, ...(isPreviousGood && previousWebhookSecret ? [previousWebhookSecret] : [])]
  return good.filter(secret => secret.startsWith('whsec_'))
}

/**
 * The first endpoint of all sets the watermarks: what happened before it is not told to anybody. That is one statement, so of two
 * that come at once neither passes over an event after the other.
 *
 * @returns `too_many` where that mode has as many as there may be.
 * @throws {StoreUnavailableError} stored or not; may be repeated with the same key.
 */
export async function insertWebhook(
  sql: Sql,
  webhook: NewWebhook,
  { max, claim }: { readonly max: number; readonly claim?: KeyClaim | undefined },
): Promise<'created' | 'key_taken' | 'too_many'> {
  const { webhookId, mode, url, events, description, createdAtMs, createdBy } = webhook
  const secrets: WebhookSecrets = { webhookSecret: webhook.secret }
  const [row] = await answered(sql<{ won: boolean; room: boolean }[]>`
    with counted as (
      select count(*) < ${max} as room from webhooks where mode = ${mode}
    ), claimed as (
      insert into idempotency_keys (key, request_hash, response)
      select ${claim?.key ?? null}::text, ${claim?.requestHash ?? null}::text,
        ${claim ? JSON.stringify(claim.response) : null}::text::jsonb
      from counted where room and ${claim !== undefined}
      on conflict do nothing
      returning key
    ), allowed as (
      select room, room and (${claim === undefined} or exists (select from claimed)) as won from counted
    ), started as (
      insert into webhook_watermarks as w (shard, seq)
      select s.shard, s.seq from shards s, allowed where won and not exists (select from webhooks)
      on conflict (shard) do update set seq = greatest(w.seq, excluded.seq), updated_at = now()
    ), stored as (
      insert into webhooks (webhook_id, mode, url, events, description, secrets, created_at, created_by, updated_at)
      select ${webhookId}, ${mode}, ${url}, ${[...events]}::text[], ${description}::text,
        ${recordText(sql, secrets)}::text::jsonb, ${new Date(createdAtMs)}, ${createdBy}, ${new Date(createdAtMs)}
      from allowed where won
    )
    select won, room from allowed`)
  if (row?.won) return 'created'
  return row?.room === false ? 'too_many' : 'key_taken'
}

/** What a repeat of the request that made an endpoint is answered: not its secret. */
export function webhookCreation(webhookId: string): JsonObject {
  return { webhook_id: webhookId }
}

/** Enabled or not, of either mode. @throws {StoreUnavailableError} */
export async function hasWebhooks(sql: Sql): Promise<boolean> {
  const [row] = await answered(sql<{ any: boolean }[]>`select exists (select from webhooks) as any`)
  return row?.any === true
}

/** @throws {StoreUnavailableError} */
export async function webhookById(sql: Sql, mode: Mode, webhookId: string): Promise<WebhookRecord | null> {
  const [row] = await answered(
    sql<Row[]>`select ${columns(sql)} from webhooks where webhook_id = ${webhookId} and mode = ${mode}`,
  )
  return row ? recordOf(row) : null
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listWebhooks(sql: Sql, mode: Mode, page: PageRequest): Promise<Page<WebhookRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('webhooks', ['number', 'string'], page.cursor)
  const rows = await answered(sql<Row[]>`
    select ${columns(sql)} from webhooks where mode = ${mode}
      ${after === null ? sql`` : sql`and (created_at, webhook_id) < (${new Date(after[0])}, ${after[1]})`}
    order by created_at desc, webhook_id desc limit ${page.limit + 1}`)
  return pageOf(rows.map(recordOf), page.limit, hook => encodeCursor('webhooks', [hook.createdAtMs, hook.webhookId]))
}

export interface WebhookChange {
  readonly url?: string
  readonly events?: readonly string[]
  readonly description?: string | null
  readonly status?: 'enabled' | 'disabled'
}

/** Enabled again, it starts with a clean record. @throws {StoreUnavailableError} changed or not; may be repeated. */
export async function changeWebhook(
  sql: Sql,
  { mode, webhookId, change, atMs }: { mode: Mode; webhookId: string; change: WebhookChange; atMs: UnixMs },
): Promise<WebhookRecord | null> {
  const { url, events, description, status } = change
  const at = new Date(atMs)
  const [row] = await answered(sql<Row[]>`
    update webhooks set updated_at = ${at}
      ${url === undefined ? sql`` : sql`, url = ${url}`}
      ${events === undefined ? sql`` : sql`, events = ${[...events]}::text[]`}
      ${description === undefined ? sql`` : sql`, description = ${description}::text`}
      ${status === 'enabled' ? sql`, status = 'enabled', disabled_at = null, disabled_reason = null, failing_since = null` : sql``}
      ${
        status === 'disabled'
          ? sql`, status = 'disabled', disabled_at = coalesce(disabled_at, ${at}),
          disabled_reason = coalesce(disabled_reason, 'request')`
          : sql``
      }
    where webhook_id = ${webhookId} and mode = ${mode} returning ${columns(sql)}`)
  return row ? recordOf(row) : null
}

/** What is left of its deliveries goes with upkeep; nothing more is sent. @returns whether it was there. @throws {StoreUnavailableError} */
export async function deleteWebhook(sql: Sql, mode: Mode, webhookId: string): Promise<boolean> {
  const gone = await answered(sql`delete from webhooks where webhook_id = ${webhookId} and mode = ${mode}`)
  return gone.count > 0
}

export interface Rotation {
  readonly mode: Mode
  readonly webhookId: string
  readonly secret: string
  readonly previousUntilMs: UnixMs
  readonly atMs: UnixMs
}

/** Each time another rotation was quicker. */
const ROTATION_TRIES_MAX = 5

/**
 * The secret before signs as well until then; one from before that is gone. Of two that come at once the later one replaces what the
 * earlier has made, so neither is given a secret that was never good.
 *
 * @returns null where the endpoint is not there. @throws {StoreUnavailableError} rotated or not.
 */
export async function rotateWebhookSecret(sql: Sql, rotation: Rotation): Promise<WebhookRecord | null> {
  const { mode, webhookId, secret, previousUntilMs, atMs } = rotation
  for (let tries = 1; tries <= ROTATION_TRIES_MAX; tries++) {
    const [old] = await answered(sql<{ secrets: WebhookSecrets; text: string }[]>`
      select secrets, secrets::text as text from webhooks where webhook_id = ${webhookId} and mode = ${mode}`)
    if (old === undefined) return null
    // It moves under another name, to which its seal is not bound: so it is opened and sealed anew.
    const secrets: WebhookSecrets = { webhookSecret: secret, previousWebhookSecret: old.secrets.webhookSecret }
    const [row] = await answered(sql<Row[]>`
      update webhooks set secrets = ${recordText(sql, secrets)}::text::jsonb, previous_until = ${new Date(previousUntilMs)},
        updated_at = ${new Date(atMs)}
      where webhook_id = ${webhookId} and mode = ${mode} and secrets::text = ${old.text} returning ${columns(sql)}`)
    if (row !== undefined) return recordOf(row)
  }
  throw new StoreUnavailableError('The secret is being changed by others all the time.')
}
