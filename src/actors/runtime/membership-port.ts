/** Where nodes hold their leases, as an interface: see `ports.ts` for who implements it. */
import type { Cancel } from './ports.ts'

/** A value of the bucket as somebody read it: true once, and by now perhaps no longer. */
export interface MembershipEntry {
  readonly key: string
  /** Rises with every write to the bucket, whichever the key. */
  readonly revision: number
  /** Null: deleted. */
  readonly value: string | null
}

/** `taken`: somebody has written that key since, or a live value is there. Then nothing was changed. */
export type MembershipWrite = { readonly kind: 'written'; readonly revision: number } | { readonly kind: 'taken' }

/**
 * A bucket of keys whose values lapse unless they are written again within the bucket's TTL: where nodes hold their
 * leases. The rules are those of a NATS key-value bucket on server 2.9.
 *
 * Decide on the answers of `create` and `update` alone. What `get`, `entries` and `watch` show may be old, and a value that
 * lapses is announced to nobody: that an owner is dead is found by creating its key.
 *
 * Every method throws {MembershipUnansweredError} where no answer came; a write may then have been made, or may still be.
 */
export interface Membership {
  /** Writes a key that has no live value: never written, lapsed or deleted. */
  create(key: string, value: string): Promise<MembershipWrite>
  /** Writes a key that nobody has written since that revision and that has not lapsed; its TTL starts anew. */
  update(key: string, value: string, revision: number): Promise<MembershipWrite>
  /** Deletes a key that nobody has written since that revision. */
  delete(key: string, revision: number): Promise<MembershipWrite>
  /** A hint. */
  get(key: string): Promise<MembershipEntry | null>
  /** A hint; without deleted keys. */
  entries(): Promise<readonly MembershipEntry[]>
  /** Hints: what is there, then every write and delete, soon after it. Some may be missed. */
  watch(onEntry: (entry: MembershipEntry) => void): Cancel
}

/** No answer: the request may have been carried out, or may be later. Safe to try again: a second write is judged by its revision. */
export class MembershipUnansweredError extends Error {
  override readonly name = 'MembershipUnansweredError'
}
