/**
 * The API keys that this node has met. A request is judged by what is remembered of its key, so that none waits for the
 * record; what is remembered is read again in the background, the keys of many requests in one read, and never believed for
 * longer than {@link BELIEVED_MS}: that is how soon a revocation, a rotation or an expiry made at one node counts at every other.
 *
 * While the record is silent nobody can revoke a key either, so those that were good go on, for {@link SILENCE_MAX_MS}: by
 * then it may be this node alone that is cut off. A key that was never met cannot be judged; its request is told to come back.
 */
import { timingSafeEqual } from 'node:crypto'
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import type { Cancel, Clock } from '../../actors/runtime/ports.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { isScope } from '../../domain/scopes.ts'
import type { ApiKeyRecord } from '../../store/api-keys.ts'
import { Refusal } from '../problem.ts'
import { keyIdIn } from './api-key.ts'
import { isRole, type Principal, principalOf } from './principal.ts'

export const BELIEVED_MS = 5_000
/** From here on it is read again behind the request. */
const REFRESH_MS = 2_500
const SILENCE_MAX_MS = 600_000
/** A silent record is asked again so often. */
const RETRY_MS = 1_000
/** How long a request waits for a read whose answer is overdue. */
const WAIT_MAX_MS = 500
const FIRST_WAIT_MAX_MS = 3_000
/** Requests within this time share a read behind them. */
const GATHER_MS = 200
/** Keys in one read. */
const TOGETHER_MAX = 1_000
/** About a kilobyte each. */
const KEYS_MAX = 50_000
/** Ids that are no key's: apart, so that a guesser pushes none of the others out. */
const UNKNOWN_MAX = 1_000
/** First reads at the same time: whoever sends keys that were never made gets no more of the record than this. */
const FIRST_READS_MAX = 64

interface Known {
  readonly record: ApiKeyRecord
  /** By the secret that is shown: a socket that it opens ends with it. */
  readonly principals: readonly { readonly digest: Buffer; readonly principal: Principal }[]
  readonly readAtMs: UnixMs
  nextReadMs: UnixMs
  isRecordSilent: boolean
}

export interface KeyRingDeps {
  readonly clock: Clock
  /** Those that are there. @throws {StoreUnavailableError} */
  readonly read: (keyIds: readonly string[]) => Promise<readonly ApiKeyRecord[]>
  /** Called for each request that a key has opened. */
  readonly used: (keyId: string, atMs: UnixMs) => void
}

export class KeyRing {
  readonly #deps: KeyRingDeps
  readonly #known = new Map<string, Known>()
  /** Until when an id is believed to be no key's. */
  readonly #unknown = new Map<string, UnixMs>()
  readonly #reading = new Map<string, Promise<void>>()
  #firstReads = 0
  /** To be read together. */
  #due = new Set<string>()
  #gathering: Cancel | null = null

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
    const isBelieved = ageMs < (known.isRecordSilent ? SILENCE_MAX_MS : BELIEVED_MS)
    if (!isBelieved) return this.#readFirst(known, digest)
    if (nowMs >= known.nextReadMs) this.#readBehind(known, nowMs)
    return this.#judge(known, digest, nowMs)
  }

  /** Whether a request with it waits for nothing. */
  isMet(text: string): boolean {
    return this.#known.has(keyIdIn(text) ?? '')
  }

  /** It was changed here: what is remembered does not count any more, nor does a read that is under way. */
  forget(keyId: string): void {
    this.#known.delete(keyId)
    this.#unknown.delete(keyId)
    this.#reading.delete(keyId)
  }

  stop(): void {
    this.#gathering?.()
    this.#gathering = null
  }

  #judge({ record, principals }: Known, digest: Buffer, nowMs: UnixMs): Principal | null {
    if (!opens(record, digest, nowMs)) return null
    this.#deps.used(record.keyId, nowMs)
    return principals.find(shown => shown.digest.equals(digest))?.principal ?? null
  }

  #firstSight(keyId: string, digest: Buffer, nowMs: UnixMs): null | Promise<Principal | null> {
    const untilMs = this.#unknown.get(keyId)
    if (untilMs !== undefined && nowMs < untilMs) return null
    const underWay = this.#reading.get(keyId)
    if (underWay === undefined && this.#firstReads >= FIRST_READS_MAX) {
      throw new Refusal('overloaded', 'Too many keys are being looked up.')
    }
    return this.#afterFirst(underWay ?? this.#readOne(keyId), keyId, digest)
  }

  async #afterFirst(reading: Promise<void>, keyId: string, digest: Buffer): Promise<Principal | null> {
    await this.#inTime(reading, FIRST_WAIT_MAX_MS)
    const isOvertaken = !this.#known.has(keyId) && !this.#unknown.has(keyId)
    // It was changed here while it was being read: how it was before is no answer, neither yes nor no.
    if (isOvertaken) await this.#inTime(this.#reading.get(keyId) ?? this.#readOne(keyId), FIRST_WAIT_MAX_MS)
    return this.#judgeIfKnown(keyId, digest)
  }

  /** Of a key that nothing is known of. */
  async #readOne(keyId: string): Promise<void> {
    this.#firstReads++
    try {
      await this.#read([keyId])
    } finally {
      this.#firstReads--
    }
  }

  async #readFirst({ record: { keyId } }: Known, digest: Buffer): Promise<Principal | null> {
    try {
      await this.#inTime(this.#reading.get(keyId) ?? this.#read([keyId]), WAIT_MAX_MS)
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
    this.#due.add(known.record.keyId)
    this.#gathering ??= this.#deps.clock.after(GATHER_MS, () => {
      this.#gathering = null
      const due = [...this.#due]
      this.#due = new Set()
      for (let at = 0; at < due.length; at += TOGETHER_MAX) this.#readAgain(due.slice(at, at + TOGETHER_MAX))
    })
  }

  #readAgain(keyIds: readonly string[]): void {
    const free = keyIds.filter(keyId => !this.#reading.has(keyId))
    if (free.length === 0) return
    this.#read(free).catch((error: unknown) => {
      // Of any other failure the first request that must wait for a read is told.
      if (!(error instanceof StoreUnavailableError)) return
      for (const keyId of free) {
        const known = this.#known.get(keyId)
        if (known !== undefined) known.isRecordSilent = true
      }
    })
  }

  /** Whoever asks for one of them meanwhile waits for the same read. */
  #read(keyIds: readonly string[]): Promise<void> {
    const startedMs = this.#deps.clock.nowMs()
    const reading: Promise<void> = this.#deps.read(keyIds).then(
      records => {
        const byId = new Map(records.map(record => [record.keyId, record]))
        for (const keyId of this.#finished(keyIds, reading)) this.#remember(keyId, byId.get(keyId) ?? null, startedMs)
      },
      (error: unknown) => {
        this.#finished(keyIds, reading)
        throw error
      },
    )
    for (const keyId of keyIds) this.#reading.set(keyId, reading)
    return reading
  }

  /** Without those that were forgotten meanwhile: of them it says how they were before. */
  #finished(keyIds: readonly string[], reading: Promise<void>): string[] {
    const current = keyIds.filter(keyId => this.#reading.get(keyId) === reading)
    for (const keyId of current) this.#reading.delete(keyId)
    return current
  }

  /** @param readAtMs  when the read began: a change after that may not be in it. */
  #remember(keyId: string, record: ApiKeyRecord | null, readAtMs: UnixMs): void {
    this.#known.delete(keyId)
    const principals = record === null ? null : principalsFrom(record)
    if (record === null || principals === null) {
      this.#unknown.set(keyId, readAtMs + BELIEVED_MS)
      dropOldest(this.#unknown, UNKNOWN_MAX)
      return
    }
    this.#unknown.delete(keyId)
    this.#known.set(keyId, { record, principals, readAtMs, nextReadMs: readAtMs, isRecordSilent: false })
    dropOldest(this.#known, KEYS_MAX)
  }

  #inTime(reading: Promise<void>, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#deps.clock.after(waitMs, () => reject(new StoreUnavailableError('The record is silent')))
      reading.then(resolve, reject).finally(cancel)
    })
  }
}

/** Whether that secret of the key is good: the present one, or one before it within its grace time. */
export function opens(record: ApiKeyRecord, digest: Buffer, nowMs: UnixMs): boolean {
  const { revokedAtMs, expiresAtMs, former } = record
  if (revokedAtMs !== null || (expiresAtMs !== null && nowMs >= expiresAtMs)) return false
  if (timingSafeEqual(digest, record.digest)) return true
  return former.some(secret => nowMs < secret.untilMs && timingSafeEqual(digest, secret.digest))
}

/** @returns null for a key of a later version of the code, whose role or scopes are not known here. */
function principalsFrom(record: ApiKeyRecord): Known['principals'] | null {
  const { keyId, mode, role, subject, scopes, expiresAtMs } = record
  if (!isRole(role) || (scopes !== null && !scopes.every(isScope))) return null
  const narrowed = scopes === null ? null : new Set(scopes.filter(isScope))
  return [record, ...record.former].map(({ digest }) => {
    const key = { keyId, digest }
    return { digest, principal: principalOf({ role, id: subject ?? keyId, mode, scopes: narrowed, key, expiresAtMs }) }
  })
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
