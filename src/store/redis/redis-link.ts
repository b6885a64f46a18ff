/**
 * One connection to Redis, and whether it is of use now.
 *
 * Redis may refuse, hang, be stopped or vanish behind a network that says nothing, and none of that may cost a caller more
 * than one short wait. The first failure opens the circuit: from then on everybody is told at once, and a probe in the
 * background looks when it is back. A connection that keeps silent is made anew, because the machine behind it may be.
 * What Redis itself refuses (a wrong command, no memory) is an answer and opens nothing.
 */
import { Redis, type RedisOptions } from 'ioredis'
import type { Cancel, Clock } from '../../actors/runtime/ports.ts'
import type { HotViewLimits } from './limits.ts'

/** Nothing is known of what was asked: a write may have been made. Safe to try again later. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError'
}

export interface RedisLinkOptions {
  readonly connection: RedisOptions
  /** As Redis lists it among its clients. */
  readonly name: string
  readonly answerMaxMs: number
  readonly limits: HotViewLimits
  readonly clock: Clock
  /** Told once per outage, and once when it is over. */
  readonly onChange?: (isUp: boolean, why: string) => void
}

/** Refusals that pass: Redis starts, is a replica for the moment, or runs somebody's endless script. */
const PASSING = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|UNBLOCKED)\b/

export class RedisLink {
  readonly #options: RedisLinkOptions
  readonly #redis: Redis
  /** The connection is not there yet: the first probe finds it. */
  #isUp = false
  /** Null once the outage was told of. */
  #silentSinceMs: number | null
  /** What the connection said last. */
  #trouble: string | null = null
  #isClosed = false
  #outages = 0
  #unanswered = 0
  #cancelProbe: Cancel | null = null

  constructor(options: RedisLinkOptions) {
    this.#options = options
    this.#redis = new Redis(connectionOf(options))
    // Each failure also fails what was asked, which is where it is dealt with; here it says why (a password, a certificate).
    this.#redis.on('error', (error: Error) => {
      this.#trouble = error.message
    })
    this.#silentSinceMs = options.clock.nowMs()
    this.#probe(0)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get outages(): number {
    return this.#outages
  }

  /** Those that were asked while it seemed to be there. */
  get unanswered(): number {
    return this.#unanswered
  }

  /**
   * @throws {RedisUnavailableError} at once while Redis is away, else when it has not answered in time.
   * @throws {Error} named `ReplyError` where Redis refuses what it was asked.
   */
  async ask<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.#isUp) throw new RedisUnavailableError('Redis does not answer')
    try {
      return await this.#inTime(work(this.#redis))
    } catch (error) {
      if (isRefusal(error)) throw error
      this.#unanswered++
      this.#down(error)
      throw new RedisUnavailableError('Redis does not answer', { cause: error })
    }
  }

  close(): void {
    this.#isClosed = true
    this.#isUp = false
    this.#cancelProbe?.()
    this.#redis.disconnect()
  }

  #down(error: unknown): void {
    if (!this.#isUp || this.#isClosed) return
    this.#isUp = false
    this.#outages++
    this.#tellDown(error)
    this.#probe(this.#options.limits.probeMinMs)
  }

  #probe(delayMs: number): void {
    const { clock, limits } = this.#options
    this.#cancelProbe = clock.after(delayMs, async () => {
      try {
        await this.#inTime(this.#redis.ping())
        if (this.#isClosed) return
        this.#isUp = true
        this.#trouble = null
        this.#options.onChange?.(true, '')
      } catch (error) {
        if (this.#isClosed) return
        const silentMs = this.#silentSinceMs === null ? 0 : clock.nowMs() - this.#silentSinceMs
        if (silentMs > limits.connectMaxMs) this.#tellDown(error)
        this.#probe(Math.min(Math.max(limits.probeMinMs, delayMs * 2), limits.probeMaxMs))
      }
    })
  }

  /** At the start a connection may take its time: that is no outage yet. */
  #tellDown(error: unknown): void {
    this.#silentSinceMs = null
    this.#options.onChange?.(false, this.#trouble ?? (error instanceof Error ? error.message : String(error)))
  }

  /** An answer that has come while this thread was busy counts: timers fire before sockets are read. */
  #inTime<T>(work: Promise<T>): Promise<T> {
    const { clock, answerMaxMs } = this.#options
    return new Promise((resolve, reject) => {
      const late = () => reject(new RedisUnavailableError(`no answer within ${answerMaxMs} ms`))
      const cancel = clock.after(answerMaxMs, () => clock.after(0, late))
      work.then(resolve, reject).finally(cancel)
    })
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && !PASSING.test(error.message)
}

function connectionOf({ connection, name, limits }: RedisLinkOptions): RedisOptions & { replyMapping: 'legacy' } {
  return {
    ...connection,
    connectionName: name,
    connectTimeout: limits.connectMaxMs,
    socketTimeout: limits.silenceMaxMs,
    retryStrategy: times => Math.min(limits.probeMinMs * 2 ** Math.min(times, 10), limits.probeMaxMs),
    // Whoever asks while there is no connection is told so, instead of waiting for one.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // The same replies whichever protocol the server speaks.
    replyMapping: 'legacy',
  }
}
