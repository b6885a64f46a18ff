/**
 * The bucket of leases in memory, by the rules of a NATS key-value bucket on server 2.9, with a network in between that can
 * fail in every way a real one can.
 *
 * The rules that are easy to get wrong: revisions are the bucket's, not the key's; each write starts the TTL anew, a deletion
 * leaves a marker that lapses too; a value goes somewhat later than its TTL says, because the server looks from time to time;
 * its going is announced to nobody; afterwards `create` succeeds and the old holder's `update` does not. The bucket's time
 * is the server's: nodes whose own clocks are wrong do not change it.
 */
import type { UnixMs } from '../../../domain/ids.ts'
import {
  type Membership,
  type MembershipEntry,
  MembershipUnansweredError,
  type MembershipWrite,
} from '../membership-port.ts'
import type { Cancel, Clock } from '../ports.ts'

export interface MemoryBucketOptions {
  /** The server's. */
  readonly clock: Clock
  readonly ttlMs: number
  /** How long after its TTL a value really goes; 0 unless told. */
  readonly expiryLagMs?: () => number
}

interface Stored {
  readonly entry: MembershipEntry
  readonly lapsesAtMs: UnixMs
}

const TAKEN: MembershipWrite = { kind: 'taken' }

/** What the server holds. Every call is one instant there. */
export class MemoryBucket {
  readonly #options: MemoryBucketOptions
  readonly #stored = new Map<string, Stored>()
  readonly #watchers = new Set<(entry: MembershipEntry) => void>()
  #revision = 0

  constructor(options: MemoryBucketOptions) {
    this.#options = options
  }

  create(key: string, value: string): MembershipWrite {
    const live = this.#live(key)
    return live && live.value !== null ? TAKEN : this.#write(key, value)
  }

  update(key: string, value: string, revision: number): MembershipWrite {
    return this.#live(key)?.revision === revision ? this.#write(key, value) : TAKEN
  }

  delete(key: string, revision: number): MembershipWrite {
    return this.#live(key)?.revision === revision ? this.#write(key, null) : TAKEN
  }

  get(key: string): MembershipEntry | null {
    return this.#live(key)
  }

  entries(): MembershipEntry[] {
    return [...this.#stored.keys()].flatMap(key => {
      const live = this.#live(key)
      return live && live.value !== null ? [live] : []
    })
  }

  watch(onEntry: (entry: MembershipEntry) => void): Cancel {
    for (const entry of this.entries()) onEntry(entry)
    this.#watchers.add(onEntry)
    return () => this.#watchers.delete(onEntry)
  }

  /** Everything is lost, the count of revisions too, as when the server's storage is. */
  wipe(): void {
    this.#stored.clear()
    this.#revision = 0
  }

  #live(key: string): MembershipEntry | null {
    const stored = this.#stored.get(key)
    if (!stored) return null
    if (this.#options.clock.nowMs() < stored.lapsesAtMs) return stored.entry
    this.#stored.delete(key)
    return null
  }

  #write(key: string, value: string | null): MembershipWrite {
    const { clock, ttlMs, expiryLagMs } = this.#options
    const entry = { key, revision: ++this.#revision, value }
    this.#stored.set(key, { entry, lapsesAtMs: clock.nowMs() + ttlMs + (expiryLagMs?.() ?? 0) })
    for (const tell of [...this.#watchers]) tell(entry)
    return { kind: 'written', revision: entry.revision }
  }
}

export interface MembershipRequest {
  readonly method: Exclude<keyof Membership, 'watch'>
  /** Empty for `entries`. */
  readonly key: string
}

export type MembershipFate =
  | 'ok'
  /** The caller is told so, and nothing was done. */
  | 'unavailable'
  /** Carried out; the answer is lost. */
  | 'land_then_lose_answer'
  /** The caller is told that there is no answer, and only then is it carried out. */
  | 'lose_answer_then_land'
  /** Neither done nor answered, ever. */
  | 'silent'

export interface MemoryMembershipOptions {
  readonly bucket: MemoryBucket
  /** The node's: while it stands still, the node neither sends nor hears. */
  readonly clock: Clock
  /** There and back; 0 unless told. */
  readonly latencyMs?: (request: MembershipRequest) => number
  /** Decides what becomes of a request; `ok` unless told. */
  readonly before?: (request: MembershipRequest) => MembershipFate
  /** How long a change is under way to whoever watches, null: this one is missed. 0 unless told. */
  readonly watchDelayMs?: (entry: MembershipEntry) => number | null
}

/** The way of one node to the bucket. */
export class MemoryMembership implements Membership {
  readonly #options: MemoryMembershipOptions
  #isCutOff = false

  constructor(options: MemoryMembershipOptions) {
    this.#options = options
  }

  /** This node reaches the bucket no more, nor the bucket this node, until it is mended; nobody else is concerned. */
  cutOff(): void {
    this.#isCutOff = true
  }

  mend(): void {
    this.#isCutOff = false
  }

  create(key: string, value: string): Promise<MembershipWrite> {
    return this.#request({ method: 'create', key }, bucket => bucket.create(key, value))
  }

  update(key: string, value: string, revision: number): Promise<MembershipWrite> {
    return this.#request({ method: 'update', key }, bucket => bucket.update(key, value, revision))
  }

  delete(key: string, revision: number): Promise<MembershipWrite> {
    return this.#request({ method: 'delete', key }, bucket => bucket.delete(key, revision))
  }

  get(key: string): Promise<MembershipEntry | null> {
    return this.#request({ method: 'get', key }, bucket => bucket.get(key))
  }

  entries(): Promise<readonly MembershipEntry[]> {
    return this.#request({ method: 'entries', key: '' }, bucket => bucket.entries())
  }

  watch(onEntry: (entry: MembershipEntry) => void): Cancel {
    const { bucket, clock, watchDelayMs } = this.#options
    return bucket.watch(entry => {
      const delayMs = watchDelayMs?.(entry) ?? (watchDelayMs ? null : 0)
      if (delayMs === null || this.#isCutOff) return
      clock.after(delayMs, () => {
        if (!this.#isCutOff) onEntry(entry)
      })
    })
  }

  #request<T>(request: MembershipRequest, carryOut: (bucket: MemoryBucket) => T): Promise<T> {
    const { bucket, clock, latencyMs, before } = this.#options
    const halfMs = (latencyMs?.(request) ?? 0) / 2
    const fate = before?.(request) ?? 'ok'
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const unanswered = () => reject(new MembershipUnansweredError(`No answer to ${request.method} ${request.key}.`))

    clock.after(halfMs, () => {
      if (this.#isCutOff || fate === 'unavailable') {
        clock.after(halfMs, unanswered)
        return
      }
      switch (fate) {
        case 'ok': {
          const answer = carryOut(bucket)
          clock.after(halfMs, () => (this.#isCutOff ? unanswered() : resolve(answer)))
          return
        }
        case 'land_then_lose_answer':
          carryOut(bucket)
          clock.after(halfMs, unanswered)
          return
        case 'lose_answer_then_land':
          unanswered()
          clock.after(halfMs, () => carryOut(bucket))
          return
        case 'silent':
          return
      }
    })
    return promise
  }
}
