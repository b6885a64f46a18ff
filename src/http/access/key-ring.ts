/**
 * The API keys that this node has met. A request is judged by what is remembered of its key, so that none waits for the
 * record; what is remembered is read again in the background, and never believed for longer than {@link BELIEVED_MS}: that
 * is how soon a revocation, a rotation or an expiry made at one node counts at every other.
 *
 * While the record is silent nobody can revoke a key either, so those that were good go on, for {@link SILENCE_MAX_MS}: by
 * then it may be this node alone that is cut off. A key that was never met cannot be judged; its request is told to come back.
 */
import { timingSafeEqual } from 'node:crypto'
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import type { Clock } from '../../actors/runtime/ports.ts'
import type { UnixMs } from '../../domain/ids.ts'
import type { ApiKeyRecord } from '../../store/api-keys.ts'
import { Refusal } from '../problem.ts'
import { keyIdIn } from './api-key.ts'
import { isRole, type Principal, principalOf } from './principal.ts'
import { isScope } from './scopes.ts'

export const BELIEVED_MS = 5_000
/** From here on it is read again behind the request. */
const REFRESH_MS = 2_500
const SILENCE_MAX_MS = 600_000
/** A silent record is asked again so often. */
const RETRY_MS = 1_000
/** How long a request waits for a read whose answer is overdue. */
const WAIT_MAX_MS = 500
const FIRST_WAIT_MAX_MS = 3_000
/** About a kilobyte each. */
const KEYS_MAX = 10_000
/** Ids that are no key's: apart, so that a guesser pushes none of the others out. */
const UNKNOWN_MAX = 1_000
/** Reads at the same time: whoever sends keys that were never made gets no more of the record than this. */
const READS_MAX = 64

interface Known {
  readonly record: ApiKeyRecord
  readonly principal: Principal
  readonly readAtMs: UnixMs
  nextReadMs: UnixMs
  isRecordSilent: boolean
}

export interface KeyRingDeps {
  readonly clock: Clock
  readonly read: (keyId: string) => Promise<ApiKeyRecord | null>
  /** Called for each request that a key has opened. */
  readonly used: (keyId: string, atMs: UnixMs) => void
}

export class KeyRing {
  readonly #deps: KeyRingDeps
  readonly #known = new Map<string, Known>()
  /** Until when an id is believed to be no key's. */
  readonly #unknown = new Map<string, UnixMs>()
  readonly #reading = new Map<string, Promise<void>>()

  constructor(deps: KeyRingDeps) {
    this.#deps = deps
  }

  /** @returns null where the text is no key, or one that is not good; a promise only where the record must be asked. */
  find(text: string, digest: Buffer): Principal | null | Promise<Principal | null> {
    const keyId = keyIdIn(text)
    if (keyId === null) return null
    const nowMs = this.#deps.clock.nowMs()
    const known = this.#known.get(keyId)
    if (known === undefined) return this.#firstSight(keyId, digest, nowMs)
    const ageMs = nowMs - known.readAtMs
    if (ageMs < REFRESH_MS) return this.#judge(known, digest, nowMs)
    if (nowMs >= known.nextReadMs) this.#readBehind(known, nowMs)
    const isBelieved = ageMs < (known.isRecordSilent ? SILENCE_MAX_MS : BELIEVED_MS)
    return isBelieved ? this.#judge(known, digest, nowMs) : this.#readFirst(known, digest)
  }

  /** It was changed here: what is remembered does not count any more, nor does a read that is under way. */
  forget(keyId: string): void {
    this.#known.delete(keyId)
    this.#unknown.delete(keyId)
    this.#reading.delete(keyId)
  }

  #judge({ record, principal }: Known, digest: Buffer, nowMs: UnixMs): Principal | null {
    if (!isGood(record, nowMs)) return null
    const isCurrent = timingSafeEqual(digest, record.digest)
    const { previous } = record
    const isPrevious = previous !== null && timingSafeEqual(digest, previous.digest) && nowMs < previous.untilMs
    if (!isCurrent && !isPrevious) return null
    this.#deps.used(record.keyId, nowMs)
    return principal
  }

  #firstSight(keyId: string, digest: Buffer, nowMs: UnixMs): null | Promise<Principal | null> {
    const untilMs = this.#unknown.get(keyId)
    if (untilMs !== undefined && nowMs < untilMs) return null
    if (this.#reading.size >= READS_MAX && !this.#reading.has(keyId)) {
      throw new Refusal('overloaded', 'Too many keys are being looked up.')
    }
    return this.#inTime(this.#read(keyId), FIRST_WAIT_MAX_MS).then(() => this.#judgeIfKnown(keyId, digest))
  }

  async #readFirst({ record: { keyId } }: Known, digest: Buffer): Promise<Principal | null> {
    try {
      await this.#inTime(this.#read(keyId), WAIT_MAX_MS)
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      const known = this.#known.get(keyId)
      if (known === undefined || this.#deps.clock.nowMs() - known.readAtMs >= SILENCE_MAX_MS) throw error
      known.isRecordSilent = true
    }
    return this.#judgeIfKnown(keyId, digest)
  }

  #judgeIfKnown(keyId: string, digest: Buffer): Principal | null {
    const known = this.#known.get(keyId)
    return known === undefined ? null : this.#judge(known, digest, this.#deps.clock.nowMs())
  }

  #readBehind(known: Known, nowMs: UnixMs): void {
    known.nextReadMs = nowMs + RETRY_MS
    this.#read(known.record.keyId).catch((error: unknown) => {
      // Of any other failure the first request that must wait for a read is told.
      if (error instanceof StoreUnavailableError) known.isRecordSilent = true
    })
  }

  /** Whoever asks for the same key waits for the same read. */
  #read(keyId: string): Promise<void> {
    const underWay = this.#reading.get(keyId)
    if (underWay !== undefined) return underWay
    const startedMs = this.#deps.clock.nowMs()
    const reading: Promise<void> = this.#deps.read(keyId).then(
      record => {
        // Forgotten meanwhile: this is how it was before.
        if (this.#reading.get(keyId) !== reading) return
        this.#reading.delete(keyId)
        this.#remember(keyId, record, startedMs)
      },
      (error: unknown) => {
        if (this.#reading.get(keyId) === reading) this.#reading.delete(keyId)
        throw error
      },
    )
    this.#reading.set(keyId, reading)
    return reading
  }

  /** @param readAtMs  when the read began: a change after that may not be in it. */
  #remember(keyId: string, record: ApiKeyRecord | null, readAtMs: UnixMs): void {
    this.#known.delete(keyId)
    const principal = record === null ? null : principalFrom(record)
    if (record === null || principal === null) {
      this.#unknown.set(keyId, readAtMs + BELIEVED_MS)
      dropOldest(this.#unknown, UNKNOWN_MAX)
      return
    }
    this.#known.set(keyId, { record, principal, readAtMs, nextReadMs: readAtMs, isRecordSilent: false })
    dropOldest(this.#known, KEYS_MAX)
  }

  #inTime(reading: Promise<void>, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#deps.clock.after(waitMs, () => reject(new StoreUnavailableError('The record is silent')))
      reading.then(resolve, reject).finally(cancel)
    })
  }
}

/** Neither revoked nor over. */
export function isGood({ revokedAtMs, expiresAtMs }: ApiKeyRecord, nowMs: UnixMs): boolean {
  return revokedAtMs === null && (expiresAtMs === null || nowMs < expiresAtMs)
}

/** @returns null for a key of a later version of the code, whose role or scopes are not known here. */
function principalFrom({ keyId, role, subject, scopes, expiresAtMs }: ApiKeyRecord): Principal | null {
  if (!isRole(role) || (scopes !== null && !scopes.every(isScope))) return null
  const narrowed = scopes === null ? null : new Set(scopes.filter(isScope))
  return principalOf({ role, id: subject ?? keyId, scopes: narrowed, keyId, expiresAtMs })
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
