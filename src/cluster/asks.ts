/**
 * Commands on their way to actors, until they are answered. A shard that moves answers `moved`, or nobody reads what is
 * sent to it: in both cases nothing has happened, and it is sent again, a little later each time, until its deadline.
 *
 * Silence is another thing: a node that was killed or is frozen has read it or not, and carried it out or not. Commands that
 * may be carried out twice are sent again, so that they go on with the shard's next owner; the others wait. Whose silence lasts
 * is told `timeout`, and also who was sent again after a silence and refused then: what came first may have happened. So may what was
 * begun before its shard moved, as an assignment that waits for its driver's word.
 */
import type { PricingAsk } from '../actors/cell/pricing-area.messages.ts'
import type { DriverCommand } from '../actors/driver/driver.messages.ts'
import type { DeliveryFigures, SentAgain } from '../actors/node-figures.ts'
import type { OrderCommand } from '../actors/order/order.messages.ts'
import type { ActorKindName, Address, Envelope, Message, RuntimeRefusal } from '../actors/runtime/envelope.ts'
import { Histogram, type HistogramFigures, LATENCY_BOUNDS_S } from '../actors/runtime/histogram.ts'
import type { Clock } from '../actors/runtime/ports.ts'
import type { TraceContext } from '../actors/runtime/tracing.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { ShardId, UnixMs } from '../domain/ids.ts'
import { Delivery } from './delivery.ts'
import { OpenTries } from './open-tries.ts'
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
  readonly sinceMs: UnixMs
  /** Of whoever asked. */
  readonly trace: TraceContext | null
  readonly untilMs: UnixMs
  readonly resolve: (body: JsonObject) => void
  /** Of the tries that may still be answered. */
  readonly askIds: Set<number>
  tries: number
  sentAtMs: UnixMs
  /** The last try went to another node. */
  isElsewhere: boolean
  /** To be sent again in a moment. */
  isDue: boolean
  /** Some try of it was followed by silence, or begun: it may have happened, whatever becomes of the others. */
  isInDoubt: boolean
  isSettled: boolean
}

type Routes = Pick<ShardRoutes, 'gateway' | 'epochOf' | 'learn' | 'send' | 'isServedHere'>

const RETRY_MIN_MS = 10
const RETRY_MAX_MS = 200
/** Silence of another node. A command takes milliseconds, a take-over seconds: so one try or two meet the next owner. */
const REPEAT_AFTER_MS = 1_000

/**
 * Carried out twice, they leave what they leave once, and are answered alike. Not among them: what takes something from
 * whoever has it by then (`unassign`, `assign`), and what is answered otherwise the second time (`decline`, `register`).
 */
const REPEATABLE: ReadonlySet<string> = new Set<(OrderCommand | DriverCommand | PricingAsk)['kind']>([
  'order.place',
  'order.cancel',
  'order.status',
  'order.accept',
  'driver.read',
  'driver.hello',
  'pricing.quote',
  'pricing.read',
])

/** Of a try: nothing of it has happened. */
const REFUSED: ReadonlySet<string> = new Set<RuntimeRefusal['kind']>(['busy', 'unavailable'])

export class Asks {
  readonly #clock: Clock
  readonly #routes: Routes
  readonly #limits: AskLimits
  readonly #pending = new Map<number, PendingAsk>()
  readonly #tookS: Readonly<Record<ActorKindName, Histogram>> = {
    driver: new Histogram(LATENCY_BOUNDS_S),
    order: new Histogram(LATENCY_BOUNDS_S),
    matching: new Histogram(LATENCY_BOUNDS_S),
    pricing: new Histogram(LATENCY_BOUNDS_S),
  }
  readonly #delivery = new Delivery()
  readonly #open = new OpenTries()
  #lastId = 0

  readonly #currentTrace: () => TraceContext | null

  /** @param currentTrace  of what runs now, where that is followed. */
  constructor(clock: Clock, routes: Routes, limits: AskLimits, currentTrace: () => TraceContext | null = () => null) {
    this.#currentTrace = currentTrace
    this.#clock = clock
    this.#routes = routes
    this.#limits = limits
  }

  get size(): number {
    return this.#pending.size
  }

  /** From a command to its answer, by the kind of actor. */
  get tookS(): Readonly<Record<ActorKindName, HistogramFigures>> {
    const { driver, order, matching, pricing } = this.#tookS
    return { driver: driver.figures, order: order.figures, matching: matching.figures, pricing: pricing.figures }
  }

  get delivery(): DeliveryFigures {
    return this.#delivery.figures
  }

  ask(to: Address, command: Omit<Message, 'replyTo'>): Promise<unknown> {
    if (this.#pending.size >= this.#limits.asksMax) return Promise.resolve({ kind: 'busy' })
    const sentAtMs = this.#clock.nowMs()
    const untilMs = sentAtMs + this.#limits.askTimeoutMs
    const fresh = {
      sinceMs: sentAtMs,
      trace: this.#currentTrace(),
      askIds: new Set<number>(),
      tries: 0,
      sentAtMs,
      isElsewhere: false,
      isDue: false,
      isInDoubt: false,
      isSettled: false,
    }
    return new Promise(resolve => this.#send({ to, command, untilMs, resolve, ...fresh }))
  }

  onReply(askId: number, body: JsonObject): void {
    const ask = this.#closeTry(askId)
    if (!ask) this.#delivery.lateAnswer()
    else if (body.kind === 'moved') {
      this.#routes.learn(body.shard as ShardId, body.epoch as number)
      if (body.begun === true) ask.isInDoubt = true
      this.#again(ask, 'moved')
    } else if (ask.isInDoubt && REFUSED.has(body.kind as string)) this.#settle(ask, { kind: 'timeout' })
    else this.#settle(ask, body)
  }

  /** What was sent has had no reader. */
  onNobody(askId: number): void {
    const ask = this.#closeTry(askId)
    if (ask) this.#again(ask, 'nobody')
  }

  /** Whoever served those shards has died: whether what was asked has happened is not known. */
  fail(shards: ReadonlySet<ShardId>): void {
    for (const ask of this.#pending.values()) if (shards.has(ask.to.shard)) this.#settle(ask, { kind: 'timeout' })
  }

  sweep(nowMs: UnixMs): void {
    for (const ask of this.#pending.values()) {
      if (ask.untilMs <= nowMs) this.#settle(ask, { kind: 'timeout' })
      else if (nowMs - ask.sentAtMs >= REPEAT_AFTER_MS) this.#repeat(ask)
    }
  }

  /**
   * Within this node a silence is a slow commit, and who has died is known. But what was asked of a driver here may have been
   * sent on to its home elsewhere.
   */
  #repeat(ask: PendingAsk): void {
    const mayBeElsewhere = ask.isElsewhere || ask.to.kind === 'driver'
    if (ask.isDue || !mayBeElsewhere || !REPEATABLE.has(ask.command.kind)) return
    ask.isInDoubt = true
    this.#delivery.sentAgain('silence')
    this.#send(ask)
  }

  /** It was answered, or has met nobody. @returns what it was a try of, unless that is over. */
  #closeTry(askId: number): PendingAsk | undefined {
    const ask = this.#pending.get(askId)
    this.#pending.delete(askId)
    ask?.askIds.delete(askId)
    this.#delivery.answered(ask !== undefined || this.#open.answered(askId, 0))
    return ask
  }

  #settle(ask: PendingAsk, body: JsonObject): void {
    for (const askId of ask.askIds) {
      this.#pending.delete(askId)
      this.#open.keep(askId, [1])
    }
    ask.isSettled = true
    this.#tookS[ask.to.kind].observeMs(this.#clock.nowMs() - ask.sinceMs)
    ask.resolve(body)
  }

  /** Nothing of the last try has happened. */
  #refuse(ask: PendingAsk): void {
    this.#settle(ask, { kind: ask.isInDoubt ? 'timeout' : 'busy' })
  }

  #send(ask: PendingAsk): void {
    const { to, command, untilMs, trace } = ask
    const askId = ++this.#lastId
    const message = { ...command, replyTo: { gateway: this.#routes.gateway, askId } } as Message
    const epoch = this.#routes.epochOf(to.shard)
    const envelope: Envelope = { to, class: 'command', epoch, deadlineMs: untilMs, hops: 0, message }
    ask.isElsewhere = !this.#routes.isServedHere(to.shard)
    if (this.#routes.send(to.shard, trace === null ? envelope : { ...envelope, trace }) === 'sent') {
      this.#delivery.sent()
      ask.sentAtMs = this.#clock.nowMs()
      ask.askIds.add(askId)
      this.#pending.set(askId, ask)
    } else this.#refuse(ask)
  }

  #again(ask: PendingAsk, why: SentAgain): void {
    // Another try of it waits for its turn already.
    if (ask.isDue) return
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** ask.tries++)
    if (this.#clock.nowMs() + delayMs >= ask.untilMs) {
      if (ask.askIds.size === 0) this.#refuse(ask)
      return
    }
    ask.isDue = true
    this.#delivery.sentAgain(why)
    this.#clock.after(delayMs, () => {
      ask.isDue = false
      if (!ask.isSettled) this.#send(ask)
    })
  }
}
