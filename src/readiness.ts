/**
 * Whether the node can take work, and what is missing. `/ready` is open to everybody, so it names the dependency and no more; why that
 * does not answer (addresses, users, databases) is for the log, once when it begins and once when it is over.
 */
import { StoreUnavailableError } from './actors/runtime/errors.ts'
import type { Log } from './actors/runtime/log.ts'
import type { OwnershipStatus } from './cluster/ownership/ownership-status.ts'
import type { Engine } from './engine.ts'
import type { Sql } from './store/postgres.ts'
import { ping } from './store/records.ts'
import { within } from './store/within.ts'

/** Probes wait a few seconds at most. A record that is slower than this is none for who asks whether to send requests here. */
const ANSWER_MAX_MS = 2_000

export class Readiness {
  readonly #sql: Sql
  readonly #engine: Pick<Engine, 'gateway' | 'cluster'>
  readonly #log: Log
  #isRecordSilent = false
  #asked: Promise<void> | null = null

  constructor(sql: Sql, engine: Pick<Engine, 'gateway' | 'cluster'>, log: Log) {
    this.#sql = sql
    this.#engine = engine
    this.#log = log
  }

  /** Nothing: it is ready. */
  async missing(): Promise<string[]> {
    const { gateway, cluster } = this.#engine
    const { shardsServed, shards, workersUp, workers } = gateway.status()
    const missing: string[] = []
    if (workersUp < workers) missing.push(`${workers - workersUp} of ${workers} worker threads are not up`)
    if (cluster === null && shardsServed < shards)
      missing.push(`${shards - shardsServed} of ${shards} shards are not served`)
    if (cluster !== null) missing.push(...whatTheClusterLacks(cluster(), shards))
    if (!(await this.#recordAnswers())) missing.push('the record does not answer')
    return missing
  }

  async #recordAnswers(): Promise<boolean> {
    try {
      await within(ANSWER_MAX_MS, this.#ping(), () => new StoreUnavailableError(`no answer within ${ANSWER_MAX_MS} ms`))
    } catch (error) {
      if (!this.#isRecordSilent) this.#log.warn(`not ready: the record does not answer: ${whyOf(error)}`)
      this.#isRecordSilent = true
      return false
    }
    if (this.#isRecordSilent) this.#log('the record answers again')
    this.#isRecordSilent = false
    return true
  }

  /** One question at a time: a record that stands still must not take a connection with each probe. */
  #ping(): Promise<void> {
    this.#asked ??= ping(this.#sql).finally(() => {
      this.#asked = null
    })
    return this.#asked
  }
}

/** What the driver of the database says stands behind our own sentence. */
function whyOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}

/** A node without shards of its own is ready as long as somebody serves each: it sends on what it is asked. */
function whatTheClusterLacks({ owners }: OwnershipStatus, shards: number): string[] {
  return owners.length < shards
    ? [`of ${shards} shards ${shards - owners.length} are served by no node known here`]
    : []
}
