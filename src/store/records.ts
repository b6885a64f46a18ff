/**
 * The read side of the record, for HTTP. Plain reads of committed rows; the actors' own reads are the journal's.
 * This file has what is common to them, and what belongs to no table of its own.
 */
import type { JsonObject } from '../actors/runtime/turn.ts'
import { type Sql, storeError } from './postgres.ts'

/** Rows of one page, unless a list says otherwise. */
export const PAGE_MAX = 1_000

/**
 * @throws {StoreUnavailableError} when the record does not answer. Nothing was changed; retryable.
 */
export async function answered<T>(read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (error) {
    throw storeError(error) ?? error
  }
}

/** @throws {StoreUnavailableError} */
export async function ping(sql: Sql): Promise<void> {
  await answered(sql`select 1`)
}

export interface StoredKey {
  readonly requestHash: string
  readonly response: JsonObject
}

/** What was answered to the request that committed this idempotency key, if one has. @throws {StoreUnavailableError} */
export async function idempotencyKey(sql: Sql, key: string): Promise<StoredKey | null> {
  const [row] = await answered(
    sql<StoredKey[]>`select request_hash as "requestHash", response from idempotency_keys where key = ${key}`,
  )
  return row ? { ...row } : null
}
