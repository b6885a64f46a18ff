/**
 * Which refusals are worth another try, and when. A request that may have been done is sent again only where a repeat has no further
 * effect: reads, puts, deletions, and whatever carries an idempotency key.
 */
import { WaggleConnectionError, WaggleError } from './errors.ts'

export interface RetryPolicy {
  /** After the first. */
  readonly retriesMax: number
  /** Of the first wait, where the node names none; it doubles. */
  readonly firstWaitMs: number
  /** A node that asks for more is not waited for: its error is thrown. */
  readonly waitMaxMs: number
}

export const RETRY_DEFAULT: RetryPolicy = { retriesMax: 4, firstWaitMs: 200, waitMaxMs: 30_000 }

/** Refused before anything was done. */
const NOT_DONE: ReadonlySet<string> = new Set([
  'rate_limited',
  'overloaded',
  'not_ready',
  'issuer_unavailable',
  'idempotency_in_progress',
])
/** Perhaps done. */
const UNKNOWN: ReadonlySet<string> = new Set(['timeout', 'record_unavailable'])

/** @param tries  so far. @returns null: not again. */
export function waitBefore(error: unknown, tries: number, isRepeatable: boolean, policy: RetryPolicy): number | null {
  if (tries > policy.retriesMax || !isWorth(error, isRepeatable)) return null
  const named = error instanceof WaggleError ? error.retryAfterMs : null
  if (named !== null && named > policy.waitMaxMs) return null
  const own = Math.min(policy.waitMaxMs, policy.firstWaitMs * 2 ** (tries - 1))
  // Not all of those who were refused together come together again.
  return (named ?? own) + own * Math.random()
}

function isWorth(error: unknown, isRepeatable: boolean): boolean {
  if (error instanceof WaggleConnectionError) return isRepeatable
  if (!(error instanceof WaggleError)) return false
  return NOT_DONE.has(error.code) || (isRepeatable && UNKNOWN.has(error.code))
}
