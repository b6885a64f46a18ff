/**
 * Commands on their way to actors, until they are answered. A shard that moves answers `moved`, or nobody reads what is
 * sent to it: in both cases nothing has happened, and it is sent again, a little later each time, until its deadline. An
 * answer that was lost is another thing: then it may or may not have happened, and the asker is told `timeout`.
 */
import type { Address, Message } from '../actors/runtime/envelope.ts'
import type { Clock } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { ShardId, UnixMs } from '../domain/ids.ts'
import { envelopeFrame } from './frames.ts'
import type { ShardRoutes } from './shard-routes.ts'

export interface AskLimits {
  /** An actor that has not answered by then is given up. */
  readonly askTimeoutMs: number
  /** Under way; more are refused as overload. */
  readonly asksMax: number
}

interface PendingAsk {
  readonly to: Address
  readonly command: Omit<Message, 'replyTo'>
  readonly untilMs: UnixMs
  readonly resolve: (body: JsonObject) => void
  tries: number
}

const RETRY_MIN_MS = 10
const RETRY_MAX_MS = 200

export class Asks {
  readonly #clock: Clock
  readonly #routes: ShardRoutes
  readonly #limits: AskLimits
  readonly #pending = new Map<number, PendingAsk>()
  #lastId = 0

  constructor(clock: Clock, routes: ShardRoutes, limits: AskLimits) {
    this.#clock = clock
    this.#routes = routes
    this.#limits = limits
  }

  get size(): number {
    return this.#pending.size
  }

  ask(to: Address, command: Omit<Message, 'replyTo'>): Promise<unknown> {
    if (this.#pending.size >= this.#limits.asksMax) return Promise.resolve({ kind: 'busy' })
    const untilMs = this.#clock.nowMs() + this.#limits.askTimeoutMs
    return new Promise(resolve => this.#send({ to, command, untilMs, resolve, tries: 0 }))
  }

  onReply(askId: number, body: JsonObject): void {
    const ask = this.#take(askId)
    if (!ask) return
    if (body.kind !== 'moved') ask.resolve(body)
    else {
      this.#routes.learn(body.shard as ShardId, body.epoch as number)
      this.#again(ask)
    }
  }

  /** What was sent has had no reader. */
  onNobody(askId: number): void {
    const ask = this.#take(askId)
    if (ask) this.#again(ask)
  }

  /** Whoever served those shards has died: whether what was asked has happened is not known. */
  fail(shards: ReadonlySet<ShardId>): void {
    for (const [askId, ask] of this.#pending) {
      if (!shards.has(ask.to.shard)) continue
      this.#pending.delete(askId)
      ask.resolve({ kind: 'timeout' })
    }
  }

  /** Each try has an id of its own and they share a deadline, so the map is not quite in the order of deadlines. */
  sweep(nowMs: UnixMs): void {
    for (const [askId, ask] of this.#pending) {
      if (ask.untilMs > nowMs) continue
      this.#pending.delete(askId)
      ask.resolve({ kind: 'timeout' })
    }
  }

  #take(askId: number): PendingAsk | undefined {
    const ask = this.#pending.get(askId)
    this.#pending.delete(askId)
    return ask
  }

  #send(ask: PendingAsk): void {
    const { to, command, untilMs } = ask
    const askId = ++this.#lastId
    const message = { ...command, replyTo: { gateway: this.#routes.gateway, askId } } as Message
    const epoch = this.#routes.epochOf(to.shard)
    const frame = envelopeFrame({ to, class: 'command', epoch, deadlineMs: untilMs, hops: 0, message })
    if (this.#routes.send(to.shard, frame) === 'sent') this.#pending.set(askId, ask)
    else ask.resolve({ kind: 'busy' })
  }

  #again(ask: PendingAsk): void {
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** ask.tries++)
    if (this.#clock.nowMs() + delayMs >= ask.untilMs) ask.resolve({ kind: 'busy' })
    else this.#clock.after(delayMs, () => this.#send(ask))
  }
}
