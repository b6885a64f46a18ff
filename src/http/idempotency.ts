/**
 * `Idempotency-Key`: one key, one effect, and every repeat gets the first answer.
 *
 * The guarantee is the record's: the key commits in the same transaction as its effect, so of any number of requests
 * on any number of nodes one wins, and the others find `key_taken` and read the winner's answer. What is kept here is only
 * who is under way in this process, so that a repeat that comes too early is told so instead of waiting behind the first.
 *
 * A key belongs to its caller and its route: two callers may choose the same text.
 */
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { Principal } from './access/principal.ts'
import { requestHash } from './canonical-json.ts'
import { invalidField, Refusal } from './problem.ts'

const KEY = /^[\x20-\x7e]{1,255}$/

export interface Claim {
  readonly key: string
  readonly requestHash: string
}

export interface Keyed {
  readonly request: Request
  readonly principal: Principal
  /** As `POST /v1/orders`. */
  readonly route: string
  /** Checked before: a body that is refused takes no key. */
  readonly body: unknown
}

/** The first answer as the record keeps it. */
export interface FirstAnswer {
  readonly requestHash: string
  readonly response: JsonObject
}

export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'key_taken' }
  /** Somebody else has had this effect already. If that was a request with this key, its answer is this one's too. */
  | { readonly kind: 'taken'; readonly refusal: Refusal }

/** @returns null where the request has no key. @throws {Refusal} `invalid` */
export function claimOf({ request, principal, route, body }: Keyed): Claim | null {
  const key = request.headers.get('idempotency-key')
  if (key === null) return null
  if (!KEY.test(key)) throw invalidField('/Idempotency-Key', 'Expected 1 to 255 printable ASCII characters')
  // A customer may be the same person in tests, and what it did there is not what it does.
  const who = `${principal.mode === 'test' ? 'test ' : ''}${principal.role}:${principal.id}`
  return { key: `${who} ${route} ${key}`, requestHash: requestHash(body) }
}

export class Idempotency {
  readonly #underWay = new Map<string, string>()
  readonly #lookUp: (key: string) => Promise<FirstAnswer | null>

  constructor(lookUp: (key: string) => Promise<FirstAnswer | null>) {
    this.#lookUp = lookUp
  }

  get underWay(): number {
    return this.#underWay.size
  }

  /**
   * @param run   does the work and commits the claim with it. What depends on the time, or on what else is there, is checked in it:
   *   a repeat is answered as the first was, whatever has become of that. But of a webhook that was deleted since, nothing is
   *   left to answer with: there a repeat is `not_found`.
   * @param replay  makes the answer out of what the record keeps of the first one.
   * @throws {Refusal} `idempotency_in_progress` or `idempotency_mismatch`, and whatever `run` throws.
   */
  async once<T>(
    claim: Claim | null,
    run: (claim: Claim | null) => Promise<Outcome<T>>,
    replay: (response: JsonObject) => T | Promise<T>,
  ): Promise<T> {
    if (claim === null) return doneOrRefused(await run(null))
    const running = this.#underWay.get(claim.key)
    if (running !== undefined) throw running === claim.requestHash ? inProgress() : mismatch()
    this.#underWay.set(claim.key, claim.requestHash)
    try {
      const earlier = await this.#lookUp(claim.key)
      if (earlier !== null) return await replay(responseTo(claim, earlier))
      const outcome = await run(claim)
      if (outcome.kind === 'done') return outcome.value
      const winner = await this.#lookUp(claim.key)
      // Taken by a commit that is not visible to this read yet.
      if (winner === null) throw refusalOf(outcome)
      return await replay(responseTo(claim, winner))
    } finally {
      this.#underWay.delete(claim.key)
    }
  }
}

function responseTo(claim: Claim, first: FirstAnswer): JsonObject {
  if (first.requestHash !== claim.requestHash) throw mismatch()
  return first.response
}

function doneOrRefused<T>(outcome: Outcome<T>): T {
  if (outcome.kind === 'done') return outcome.value
  throw refusalOf(outcome)
}

function refusalOf(outcome: Exclude<Outcome<unknown>, { kind: 'done' }>): Refusal {
  return outcome.kind === 'taken' ? outcome.refusal : inProgress()
}

function inProgress(): Refusal {
  return new Refusal('idempotency_in_progress', 'The first request with this key is still under way.')
}

function mismatch(): Refusal {
  return new Refusal('idempotency_mismatch', 'This key was used for a request with another body.')
}
