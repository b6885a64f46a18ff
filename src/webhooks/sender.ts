/**
 * Sends what is due of the shards that this node serves.
 *
 * The queue is in the record: a lane per endpoint and object, of which the first delivery is sent and the others wait. To take one is
 * to move its lane's time on by {@link CLAIMED_FOR_MS}, in the same statement, so a node that dies loses nothing: its deliveries
 * come up again. During a hand-off two nodes look at the same shard; a lane that one has locked the other passes over. What can
 * happen is that an attempt is made twice, under the same id.
 *
 * Everything here is bounded: requests to one endpoint and in all, the time of each, what is read of an answer. Endpoints that
 * fail share half of the places, or a few that hang would keep everybody else waiting.
 */
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { Clock, Random } from '../actors/runtime/ports.ts'
import type { ShardId, UnixMs } from '../domain/ids.ts'
import { type Pause, Rounds } from '../feed/rounds.ts'
import { afterFailure } from './backoff.ts'
import type { EndpointWatch } from './endpoint-watch.ts'
import {
  ATTEMPT_MAX_MS,
  CLAIMED_FOR_MS,
  DRAIN_MS,
  ERROR_LENGTH_MAX,
  FAILING_UNDER_WAY_MAX,
  FIGURES_EVERY_MS,
  PER_ENDPOINT_MAX,
  PER_FAILING_ENDPOINT_MAX,
  ROUND_AFTER_FAILURE_MS,
  ROUND_EVERY_MS,
  SEND_EVERY_MS,
  UNDER_WAY_MAX,
} from './limits.ts'
import type { ClaimedDelivery, DeliveryQueue, Outcome, Post, PostResult, Settled } from './ports.ts'
import { signatureHeader } from './signature.ts'

export interface WebhookSenderParts {
  readonly queue: DeliveryQueue
  /** Without any there is nothing to look for. */
  readonly endpoints: Pick<EndpointWatch, 'any'>
  readonly post: Post
  readonly shardsServed: () => readonly ShardId[]
  readonly clock: Clock
  readonly random: Random
  /** As the requests name us. */
  readonly userAgent: string
  /** What an operator should read; said once when it begins. */
  readonly onTrouble: (sentence: string) => void
  /** An error that is no weather: a bug. It goes on. */
  readonly onError: (error: unknown) => void
}

export interface WebhookFigures {
  readonly attempts: Readonly<Record<Outcome, number>>
  readonly disabled: number
  readonly underWay: number
  /** Of what waits for an endpoint that is not disabled, as of the last look. */
  readonly oldestAgeMs: number
}

interface UnderWay {
  readonly delivery: ClaimedDelivery
  readonly abort: AbortController
}

export class WebhookSender {
  readonly #parts: WebhookSenderParts
  readonly #underWay = new Map<string, UnderWay>()
  #settled: Settled[] = []
  readonly #attempts: Record<Outcome, number> = { delivered: 0, retry: 0, dead: 0, interrupted: 0 }
  #disabled = 0
  #oldestMs: UnixMs | null = null
  #figuresAtMs = 0
  #isInTrouble = false
  readonly #rounds: Rounds
  #answered: () => void = () => {}

  constructor(parts: WebhookSenderParts) {
    this.#parts = parts
    this.#rounds = new Rounds(parts.clock, () => this.#round())
  }

  start(): void {
    this.#rounds.start()
  }

  /** There is something to send. */
  hint(): void {
    this.#rounds.hint()
  }

  /** Takes nothing more, waits a while for what is under way, and gives the rest back. */
  async stop(): Promise<void> {
    await this.#rounds.stop()
    const cancel = this.#parts.clock.after(DRAIN_MS, () => {
      for (const { abort } of this.#underWay.values()) abort.abort(new Error('The node stops.'))
    })
    while (this.#underWay.size > 0) await this.#nextAnswer()
    cancel()
    await this.#settle().catch((error: unknown) => this.#failed(error))
  }

  figures(): WebhookFigures {
    const age = this.#oldestMs === null ? 0 : Math.max(0, this.#parts.clock.nowMs() - this.#oldestMs)
    return {
      attempts: { ...this.#attempts },
      disabled: this.#disabled,
      underWay: this.#underWay.size,
      oldestAgeMs: age,
    }
  }

  async #round(): Promise<Pause> {
    try {
      await this.#settle()
      const taken = (await this.#parts.endpoints.any()) ? await this.#serve() : this.#rest()
      this.#isInTrouble = false
      return { restMs: ROUND_EVERY_MS, idleMs: taken > 0 ? 0 : SEND_EVERY_MS }
    } catch (error) {
      this.#failed(error)
      return { restMs: ROUND_AFTER_FAILURE_MS, idleMs: 0 }
    }
  }

  /** @returns how many deliveries it has begun. */
  async #serve(): Promise<number> {
    const taken = (await this.#take('healthy')) + (await this.#take('failing'))
    await this.#look()
    return taken
  }

  #rest(): number {
    this.#oldestMs = null
    return 0
  }

  #failed(error: unknown): void {
    if (!(error instanceof StoreUnavailableError)) this.#parts.onError(error)
    else if (!this.#isInTrouble) this.#parts.onTrouble(`Webhooks wait: ${error.message}`)
    this.#isInTrouble = true
  }

  /** What could not be written is written with the next round. Should the node die before, it is sent again. */
  async #settle(): Promise<void> {
    const batch = this.#settled
    if (batch.length === 0) return
    const disabled = await this.#parts.queue.settle(batch)
    this.#settled = this.#settled.slice(batch.length)
    this.#disabled += disabled.length
    for (const webhookId of disabled) {
      this.#parts.onTrouble(`The webhook ${webhookId} took nothing for three days: it is disabled.`)
    }
  }

  async #take(which: 'healthy' | 'failing'): Promise<number> {
    const isFailing = which === 'failing'
    const failing = [...this.#underWay.values()].filter(({ delivery }) => delivery.isFailing).length
    const free = UNDER_WAY_MAX - this.#underWay.size
    const max = isFailing ? Math.min(free, FAILING_UNDER_WAY_MAX - failing) : free
    if (max <= 0) return 0
    const nowMs = this.#parts.clock.nowMs()
    const claimed = await this.#parts.queue.claim({
      shards: this.#parts.shardsServed(),
      nowMs,
      untilMs: nowMs + CLAIMED_FOR_MS,
      isFailing,
      perEndpointMax: isFailing ? PER_FAILING_ENDPOINT_MAX : PER_ENDPOINT_MAX,
      max,
      underWay: this.#perEndpoint(),
    })
    for (const delivery of claimed) this.#begin(delivery)
    return claimed.length
  }

  #perEndpoint(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { delivery } of this.#underWay.values()) {
      counts.set(delivery.webhookId, (counts.get(delivery.webhookId) ?? 0) + 1)
    }
    return counts
  }

  #begin(delivery: ClaimedDelivery): void {
    // Its claim has lapsed with the attempt still under way, or its result is not written yet: that one counts.
    if (this.#underWay.has(delivery.deliveryId)) return
    if (this.#settled.some(({ deliveryId }) => deliveryId === delivery.deliveryId)) return
    const abort = new AbortController()
    this.#underWay.set(delivery.deliveryId, { delivery, abort })
    void this.#attempt(delivery, abort)
  }

  async #attempt(delivery: ClaimedDelivery, abort: AbortController): Promise<void> {
    const { clock } = this.#parts
    const startedMs = clock.nowMs()
    const cancel = clock.after(ATTEMPT_MAX_MS, () => abort.abort(new Error(`No answer within ${ATTEMPT_MAX_MS} ms.`)))
    const result = await this.#send(delivery, startedMs, abort.signal)
    cancel()
    const nowMs = clock.nowMs()
    const settled = this.#judge(delivery, result, nowMs, nowMs - startedMs)
    this.#attempts[settled.outcome]++
    this.#underWay.delete(delivery.deliveryId)
    this.#settled.push(settled)
    this.#answered()
    this.#rounds.hint()
  }

  #send({ url, messageId, body, secrets }: ClaimedDelivery, nowMs: UnixMs, stop: AbortSignal): Promise<PostResult> {
    if (secrets.length === 0) {
      return Promise.resolve({
        kind: 'failed',
        error: 'Its secret cannot be opened: WAGGLE_PERSONAL_KEYS lacks the key.',
      })
    }
    const timestampS = Math.floor(nowMs / 1_000)
    const headers = {
      'content-type': 'application/json',
      'user-agent': this.#parts.userAgent,
      'webhook-id': messageId,
      'webhook-timestamp': `${timestampS}`,
      'webhook-signature': signatureHeader({ id: messageId, timestampS, body }, secrets),
    }
    return this.#parts.post({ url, headers, body }, stop)
  }

  #judge(delivery: ClaimedDelivery, result: PostResult, atMs: UnixMs, tookMs: number): Settled {
    const { deliveryId, webhookId, lane, isFailing } = delivery
    const isTaken = result.kind === 'answered' && result.status >= 200 && result.status < 300
    const common = {
      deliveryId,
      webhookId,
      lane,
      atMs,
      tookMs: Math.max(0, Math.round(tookMs)),
      status: result.kind === 'answered' ? result.status : null,
      error: isTaken ? null : errorOf(result),
      retryAtMs: null,
      leavesLane: false,
      isFailing,
    }
    if (isTaken) return { ...common, outcome: 'delivered' }
    if (this.#rounds.isStopped && result.kind === 'failed') return { ...common, outcome: 'interrupted' }
    const { attempts, sinceMs, firstTriedMs } = delivery
    const failure = { nowMs: atMs, attempts: attempts + 1, sinceMs, firstTriedMs: firstTriedMs ?? atMs }
    const next = afterFailure(failure, this.#parts.random)
    if (next.kind === 'dead') return { ...common, outcome: 'dead' }
    return { ...common, outcome: 'retry', retryAtMs: next.atMs, leavesLane: next.leavesLane && lane !== deliveryId }
  }

  async #look(): Promise<void> {
    const nowMs = this.#parts.clock.nowMs()
    if (nowMs - this.#figuresAtMs < FIGURES_EVERY_MS) return
    this.#oldestMs = await this.#parts.queue.oldest(this.#parts.shardsServed())
    this.#figuresAtMs = nowMs
  }

  #nextAnswer(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#answered = resolve
    return promise
  }
}

/** As text that the record takes, and not much of it: it is somebody else's. */
function errorOf(result: PostResult): string {
  const words = result.kind === 'failed' ? result.error : result.text
  return words
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, ERROR_LENGTH_MAX)
    .toWellFormed()
}
