/** Idempotency keys that commit with a transaction of more than one statement. */
import type { JsonObject } from '../actors/runtime/turn.ts'
import { recordText } from './personal-fields.ts'
import type { Querying, Sql } from './postgres.ts'

/** A key, and what is answered to a repeat of its request once the thing is made. */
export interface ClaimOf<T> {
  readonly key: string
  readonly requestHash: string
  readonly response: (made: T) => JsonObject
}

/** Ends its transaction with nothing changed. */
export class Undo extends Error {
  override readonly name = 'Undo'
}

/**
 * @param sql  the pool of the transaction, which knows how to seal.
 * @returns false where a request has committed that key before: undo the rest.
 */
export async function isClaimed<T>(sql: Sql, tx: Querying, claim: ClaimOf<T> | null, made: T): Promise<boolean> {
  if (claim === null) return true
  const rows = await tx`
    insert into idempotency_keys (key, request_hash, response)
    values (${claim.key}, ${claim.requestHash}, ${recordText(sql, claim.response(made))}::text::jsonb)
    on conflict do nothing returning key`
  return rows.length > 0
}
