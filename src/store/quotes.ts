import type { JsonObject, KeyClaim } from '../actors/runtime/turn.ts'
import type { QuoteId, UnixMs } from '../domain/ids.ts'
import { recordText } from './personal-fields.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'

export interface QuoteRecord {
  readonly quoteId: QuoteId
  readonly createdAtMs: UnixMs
  readonly expiresAtMs: UnixMs
  readonly customer: string | null
  readonly body: JsonObject
}

/**
 * Stores a quote together with the idempotency key of its request, in one statement.
 *
 * @returns `key_taken` where a request has committed that key before, this one's lost first try included: nothing was
 *   changed, and the key has the answer.
 * @throws {StoreUnavailableError} stored or not; may be repeated with the same quote.
 */
export async function insertQuote(sql: Sql, quote: QuoteRecord, key?: KeyClaim): Promise<'created' | 'key_taken'> {
  const [row] = await answered(sql<{ won: boolean }[]>`
    with claimed as (
      insert into idempotency_keys (key, request_hash, response)
      select ${key?.key ?? null}::text, ${key?.requestHash ?? null}::text,
        ${key ? recordText(sql, key.response) : null}::text::jsonb
      where ${key !== undefined}
      on conflict do nothing
      returning key
    ), allowed as (
      select ${key === undefined} or exists (select from claimed) as won
    ), stored as (
      insert into quotes (quote_id, created_at, expires_at, customer, body)
      select ${quote.quoteId}, ${new Date(quote.createdAtMs)}, ${new Date(quote.expiresAtMs)},
        ${quote.customer}::text, ${recordText(sql, quote.body)}::text::jsonb
      from allowed where won
      on conflict do nothing
    )
    select won from allowed`)
  return row?.won ? 'created' : 'key_taken'
}

/** @throws {StoreUnavailableError} */
export async function quoteById(sql: Sql, quoteId: QuoteId): Promise<QuoteRecord | null> {
  const [row] = await answered(sql<(Omit<QuoteRecord, 'createdAtMs' | 'expiresAtMs'> & Times)[]>`
    select quote_id as "quoteId", created_at as "createdAt", expires_at as "expiresAt", customer, body
    from quotes where quote_id = ${quoteId}`)
  if (!row) return null
  const { createdAt, expiresAt, ...quote } = row
  return { ...quote, createdAtMs: createdAt.getTime(), expiresAtMs: expiresAt.getTime() }
}

interface Times {
  readonly createdAt: Date
  readonly expiresAt: Date
}
