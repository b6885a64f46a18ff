/**
 * The bucket of leases on a NATS server (2.9 or later, with JetStream): a key-value bucket whose values lapse.
 *
 * - Writes are judged by the server: each names the revision that it follows (0: none), so of two that come at once one is
 *   `taken`. A deletion is a write too, of a marker; `create` goes over it by the marker's own revision.
 * - The bucket is in memory. It is lost with the server, and made again by whoever finds it missing: by then every
 *   lease is gone and each node takes its own again. Nothing is taken from anybody meanwhile, because all of
 *   them saw the server go.
 * - The server republishes what it has accepted on a plain subject, with its revision: who watches needs no consumer that would
 *   have to be made again after each restart. What is missed while the connection is down is listed after it.
 * - While the connection is down nothing is sent: the client would keep it and send it later, when it is no longer meant.
 */
import {
  DiscardPolicy,
  headers,
  type JetStreamClient,
  type JetStreamManager,
  nanos,
  RetentionPolicy,
  StorageType,
  type StoredMsg,
  type StreamConfig,
} from 'nats'
import {
  type Membership,
  type MembershipEntry,
  MembershipUnansweredError,
  type MembershipWrite,
} from '../../actors/runtime/membership-port.ts'
import type { Cancel, Clock } from '../../actors/runtime/ports.ts'
import { CALL_MAX_MS, LEASE_TTL_MS, NODES_MAX, NOTE_CHARS_MAX } from '../ownership/limits.ts'
import type { NatsLink } from './connect.ts'
import { natsFailureOf } from './nats-failure.ts'
import { fewerReplicas } from './replicas.ts'

export interface NatsMembershipOptions {
  readonly link: NatsLink
  readonly clock: Clock
  /** Letters, digits, `-` and `_`. One per deployment. */
  readonly bucket?: string
  readonly ttlMs?: number
  /** Servers that keep the bucket: 1, or 3 in a cluster of NATS. */
  readonly replicas?: number
  readonly callMaxMs?: number
  readonly onTrouble?: (sentence: string) => void
}

/** The bucket is there, and is another one than ours would be. Not retryable: an operator must delete or rename it. */
export class MembershipBucketError extends Error {
  override readonly name = 'MembershipBucketError'
}

export const LEASE_BUCKET = 'waggle_leases'

const OPERATION = 'KV-Operation'
const DELETED = 'DEL'
const SEQUENCE = 'Nats-Sequence'
const TAKEN: MembershipWrite = { kind: 'taken' }
/** What several nodes hold at once, twice over; beyond it the server refuses writes instead of filling its memory. */
const BUCKET_BYTES_MAX = 2 * NODES_MAX * NOTE_CHARS_MAX

/** The time that one call has. When it is over nothing more is sent for it. */
interface Call {
  readonly isOver: () => boolean
}

export class NatsMembership implements Membership {
  readonly #link: NatsLink
  readonly #clock: Clock
  readonly #js: JetStreamClient
  readonly #jsm: JetStreamManager
  readonly #config: StreamShape
  readonly #callMaxMs: number
  readonly #onTrouble: (sentence: string) => void
  readonly #keyPrefix: string
  readonly #toldPrefix: string

  private constructor(jsm: JetStreamManager, options: NatsMembershipOptions) {
    const { link, clock, bucket = LEASE_BUCKET, ttlMs = LEASE_TTL_MS, replicas = 1, callMaxMs = CALL_MAX_MS } = options
    this.#link = link
    this.#clock = clock
    this.#onTrouble = options.onTrouble ?? (() => undefined)
    this.#jsm = jsm
    this.#callMaxMs = callMaxMs
    this.#js = link.connection.jetstream({ timeout: callMaxMs })
    this.#keyPrefix = `$KV.${bucket}.`
    this.#toldPrefix = `waggle.v1.leases.${bucket}.`
    this.#config = {
      name: `KV_${bucket}`,
      subjects: [`${this.#keyPrefix}>`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.Memory,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      max_age: nanos(ttlMs),
      max_msg_size: NOTE_CHARS_MAX,
      max_bytes: BUCKET_BYTES_MAX,
      num_replicas: replicas,
      allow_rollup_hdrs: true,
      deny_delete: true,
      republish: { src: `${this.#keyPrefix}>`, dest: `${this.#toldPrefix}>` },
    }
  }

  /**
   * Makes the bucket where it is missing.
   *
   * @throws {MembershipBucketError} it is there with another TTL, or does not tell of its writes.
   * @throws {MembershipUnansweredError} retryable.
   */
  static async open(options: NatsMembershipOptions): Promise<NatsMembership> {
    const timeout = options.callMaxMs ?? CALL_MAX_MS
    const jsm = await options.link.connection.jetstreamManager({ checkAPI: false, timeout })
    const membership = new NatsMembership(jsm, options)
    await membership.#within('open', async () => {
      await membership.#make()
      await membership.#check()
    })
    return membership
  }

  create(key: string, value: string): Promise<MembershipWrite> {
    return this.#within(`create ${key}`, async call => {
      const first = await this.#write(call, key, value, 0)
      if (first.kind === 'written') return first
      const last = await this.#last(call, key)
      // Lapsed between the two, or a marker; whoever is quicker than us is found by the revision again.
      return last === null || last.value === null ? this.#write(call, key, value, last?.revision ?? 0) : TAKEN
    })
  }

  update(key: string, value: string, revision: number): Promise<MembershipWrite> {
    return this.#within(`update ${key}`, call => this.#write(call, key, value, revision))
  }

  delete(key: string, revision: number): Promise<MembershipWrite> {
    return this.#within(`delete ${key}`, call => this.#write(call, key, null, revision))
  }

  get(key: string): Promise<MembershipEntry | null> {
    return this.#within(`get ${key}`, call => this.#last(call, key))
  }

  entries(): Promise<readonly MembershipEntry[]> {
    return this.#within('entries', async call => {
      const keys = await this.#keys(call)
      const found = await Promise.all(keys.slice(0, NODES_MAX).map(key => this.#last(call, key)))
      return found.flatMap(entry => (entry === null || entry.value === null ? [] : [entry]))
    })
  }

  watch(onEntry: (entry: MembershipEntry) => void): Cancel {
    let isStopped = false
    const subscription = this.#link.connection.subscribe(`${this.#toldPrefix}>`, {
      callback: (error, message) => {
        const revision = Number(message.headers?.get(SEQUENCE))
        if (error || !(revision > 0) || isStopped) return
        const isDeleted = message.headers?.get(OPERATION) === DELETED
        const key = message.subject.slice(this.#toldPrefix.length)
        onEntry({ key, revision, value: isDeleted ? null : message.string() })
      },
    })
    const list = () => {
      this.entries().then(
        entries => {
          for (const entry of entries) if (!isStopped) onEntry(entry)
        },
        (error: unknown) => {
          // These are hints, and some may be missed; who needs to know asks `entries` itself.
          if (!(error instanceof MembershipUnansweredError)) throw error
        },
      )
    }
    list()
    const unlisten = this.#link.listen(event => {
      if (event.kind === 'reconnected') list()
    })
    return () => {
      isStopped = true
      unlisten()
      if (!subscription.isClosed()) subscription.unsubscribe()
    }
  }

  // ---------------------------------------------------------------- requests

  async #write(call: Call, key: string, value: string | null, after: number): Promise<MembershipWrite> {
    const told = headers()
    if (value === null) told.set(OPERATION, DELETED)
    try {
      const { seq } = await this.#orMade(call, () =>
        this.#js.publish(this.#keyPrefix + key, value ?? '', { headers: told, expect: { lastSubjectSequence: after } }),
      )
      return { kind: 'written', revision: seq }
    } catch (error) {
      if (natsFailureOf(error) === 'wrong_revision') return TAKEN
      throw error
    }
  }

  async #last(call: Call, key: string): Promise<MembershipEntry | null> {
    try {
      const query = { last_by_subj: this.#keyPrefix + key }
      const found = await this.#orMade(call, () => this.#jsm.streams.getMessage(this.#config.name, query))
      return this.#entryOf(found)
    } catch (error) {
      if (natsFailureOf(error) === 'no_message') return null
      throw error
    }
  }

  async #keys(call: Call): Promise<string[]> {
    const filter = { subjects_filter: `${this.#keyPrefix}>` }
    const { state } = await this.#orMade(call, () => this.#jsm.streams.info(this.#config.name, filter))
    return Object.keys(state.subjects ?? {}).map(subject => subject.slice(this.#keyPrefix.length))
  }

  #entryOf(message: StoredMsg): MembershipEntry {
    const isDeleted = message.header.get(OPERATION) === DELETED
    const key = message.subject.slice(this.#keyPrefix.length)
    return { key, revision: message.seq, value: isDeleted ? null : message.string() }
  }

  /** Where the bucket has gone with its server, makes it and asks once more. */
  async #orMade<T>(call: Call, request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      if (natsFailureOf(error) !== 'no_stream' || call.isOver()) throw error
      await this.#make()
      if (call.isOver()) throw error
      return await request()
    }
  }

  /** Several nodes may do so at once: the same bucket again is no error. */
  async #make(): Promise<void> {
    try {
      await this.#jsm.streams.add(this.#config)
    } catch (error) {
      // There with other settings: `open` says which.
      if (natsFailureOf(error) !== 'refused') throw error
    }
  }

  async #check(): Promise<void> {
    const { config } = await this.#jsm.streams.info(this.#config.name)
    if (config.max_age !== this.#config.max_age || config.republish?.dest !== this.#config.republish?.dest) {
      throw new MembershipBucketError(
        `The NATS bucket ${this.#config.name} is there with other settings than this version makes (its TTL, or what it republishes): delete it while no node runs.`,
      )
    }
    await this.#keepOn(config.num_replicas)
  }

  /** Made when there was one server, it may be kept by more now. A node that says fewer has perhaps not been told of them. */
  async #keepOn(replicas: number): Promise<void> {
    const { name, num_replicas: wanted = 1 } = this.#config
    if (replicas < wanted) await this.#jsm.streams.update(name, { num_replicas: wanted })
    else if (replicas > wanted) this.#onTrouble(fewerReplicas(name, replicas, wanted))
  }

  async #within<T>(what: string, run: (call: Call) => Promise<T>): Promise<T> {
    if (!this.#link.isUp) throw new MembershipUnansweredError(`${what}: there is no connection to NATS.`)
    let isOver = false
    const late = Promise.withResolvers<never>()
    const cancel = this.#clock.after(this.#callMaxMs, () => {
      isOver = true
      late.reject(new MembershipUnansweredError(`${what}: no answer within ${this.#callMaxMs} ms.`))
    })
    try {
      return await Promise.race([run({ isOver: () => isOver }), late.promise])
    } catch (cause) {
      if (cause instanceof MembershipUnansweredError || cause instanceof MembershipBucketError) throw cause
      throw new MembershipUnansweredError(`${what}: no answer.`, { cause })
    } finally {
      isOver = true
      cancel()
    }
  }
}

type StreamShape = Partial<StreamConfig> & { readonly name: string }
