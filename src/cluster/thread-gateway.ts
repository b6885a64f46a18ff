/**
 * The gateway of one node: turns requests into messages to actors on the worker threads, and their answers back into
 * promises. Everything of one tick goes to a worker as one batch.
 *
 * Answers may be lost (a thread dies): every request has a deadline and then answers `timeout`, which says that it may or
 * may not have happened. Positions are safe to repeat, since the history holds (driver, recorded_at) once: those that
 * were under way to a worker that died are sent again when it is back; only those that the device gave no time
 * cannot be told from new ones, and are refused.
 */

import type { PricingAsk, PricingReply } from '../actors/cell/pricing-area.messages.ts'
import type { DriverCommand, DriverReply } from '../actors/driver/driver.messages.ts'
import type { Ask, FixResult, Gateway, LiveListener, NodeStatus, TimedOut } from '../actors/gateway.ts'
import type { OrderCommand, OrderReply } from '../actors/order/order.messages.ts'
import type { Address, Message, RuntimeRefusal } from '../actors/runtime/envelope.ts'
import type { Clock, IntakeItem, Random } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import { driverAddress, orderAddress, pricingAddress } from '../actors/send.ts'
import type { LatLng } from '../domain/geo.ts'
import { type CellId, type DriverId, newOrderId, type OrderId, type ShardId, type UnixMs } from '../domain/ids.ts'
import type { Fix } from '../domain/position-guard.ts'
import { shardOf, shardOfPosition } from '../domain/region.ts'
import {
  envelopeFrame,
  FRAME,
  type Frame,
  fixFrame,
  readHome,
  readLiveFix,
  readPublish,
  readReply,
  readSettled,
} from './frames.ts'
import type { Threads } from './threads.ts'

export interface ThreadGatewayOptions {
  readonly clock: Clock
  readonly random: Random
  readonly shards: number
  /** An unknown driver's first position makes its row. */
  readonly autoRegister: boolean
  readonly limits: GatewayLimits
}

export interface GatewayLimits {
  /** An actor that has not answered by then is given up. */
  readonly askTimeoutMs: number
  /** Requests and positions under way; more are refused as overload. */
  readonly asksMax: number
  readonly fixesMax: number
  /** Drivers whose home is remembered; the others are found through the record. */
  readonly homesMax: number
}

interface PendingAsk {
  readonly worker: number
  readonly untilMs: UnixMs
  readonly resolve: (body: JsonObject) => void
}

/** The positions of one `ingest`. */
interface PendingFixes {
  readonly untilMs: UnixMs
  readonly items: (IntakeItem | null)[]
  readonly results: FixResult[]
  left: number
  /** Sent again: a repeat of our own is the first one's success. */
  resent: boolean
  readonly resolve: (results: FixResult[]) => void
}

const NAME = 'gateway'
const SWEEP_EVERY_MS = 250
const OVERLOADED: FixResult = { result: 'overloaded', recordedAtMs: 0 }

export class ThreadGateway implements Gateway {
  readonly #options: ThreadGatewayOptions
  readonly #listeners: LiveListener[] = []
  readonly #asks = new Map<number, PendingAsk>()
  readonly #fixes = new Map<number, PendingFixes>()
  readonly #homes = new Map<DriverId, ShardId>()
  #threads: Threads<never> | null = null
  #lastId = 0
  #pendingFixes = 0
  #flushArmed = false

  constructor(options: ThreadGatewayOptions) {
    this.#options = options
    this.#sweepLater()
  }

  /** The threads speak to this gateway and it to them: they are made after it. */
  attach<S>(threads: Threads<S>): void {
    this.#threads = threads as unknown as Threads<never>
  }

  // -------------------------------------------------------------- asking

  newOrderId(pickup: LatLng, nowMs: UnixMs): OrderId {
    return newOrderId(shardOfPosition(pickup, this.#options.shards), nowMs, this.#options.random)
  }

  askOrder(orderId: OrderId, command: Ask<OrderCommand>): Promise<OrderReply | RuntimeRefusal | TimedOut> {
    return this.#ask(orderAddress(orderId), command) as Promise<OrderReply | RuntimeRefusal | TimedOut>
  }

  askDriver(driverId: DriverId, command: Ask<DriverCommand>): Promise<DriverReply | RuntimeRefusal | TimedOut> {
    const address = driverAddress(driverId, this.homeOf(driverId))
    return this.#ask(address, command) as Promise<DriverReply | RuntimeRefusal | TimedOut>
  }

  askPricing(area: CellId, ask: Ask<PricingAsk>): Promise<PricingReply | RuntimeRefusal | TimedOut> {
    const address = pricingAddress(area, this.#options.shards)
    return this.#ask(address, ask) as Promise<PricingReply | RuntimeRefusal | TimedOut>
  }

  homeOf(driverId: DriverId): ShardId {
    return this.#homes.get(driverId) ?? shardOf(driverId, this.#options.shards)
  }

  /** A stale epoch is answered `moved`: asked once more with what is known then. */
  async #ask(to: Address, command: Omit<Message, 'replyTo'>): Promise<unknown> {
    const answer = await this.#askOnce(to, command)
    return isMoved(answer) && this.#threads?.epochOf(to.shard) !== answer.epoch ? this.#askOnce(to, command) : answer
  }

  #askOnce(to: Address, command: Omit<Message, 'replyTo'>): Promise<unknown> {
    const threads = this.#threads
    const { clock, limits } = this.#options
    const worker = threads?.workerOf(to.shard) ?? 0
    if (!threads?.isUp(worker) || this.#asks.size >= limits.asksMax) return Promise.resolve({ kind: 'busy' })
    const askId = ++this.#lastId
    const untilMs = clock.nowMs() + limits.askTimeoutMs
    return new Promise(resolve => {
      this.#asks.set(askId, { worker, untilMs, resolve })
      const message = { ...command, replyTo: { gateway: NAME, askId } } as Message
      const epoch = threads.epochOf(to.shard)
      this.#post(worker, envelopeFrame({ to, class: 'command', epoch, deadlineMs: untilMs, hops: 0, message }))
    })
  }

  // -------------------------------------------------------------- positions

  ingest(fixes: readonly { readonly driverId: DriverId; readonly fix: Fix }[]): Promise<FixResult[]> {
    const { clock, limits } = this.#options
    if (fixes.length === 0) return Promise.resolve([])
    if (this.#pendingFixes + fixes.length > limits.fixesMax) return Promise.resolve(fixes.map(() => OVERLOADED))
    const token = ++this.#lastId
    return new Promise(resolve => {
      const pending: PendingFixes = {
        untilMs: clock.nowMs() + limits.askTimeoutMs,
        items: fixes.map(({ driverId, fix }, index) => this.#itemOf(driverId, fix, token, index)),
        results: new Array<FixResult>(fixes.length).fill(OVERLOADED),
        left: fixes.length,
        resent: false,
        resolve,
      }
      this.#fixes.set(token, pending)
      this.#pendingFixes += fixes.length
      for (const item of pending.items) if (item) this.#sendFix(item)
    })
  }

  #itemOf(driverId: DriverId, fix: Fix, token: number, index: number): IntakeItem {
    const known = this.#homes.get(driverId)
    const shard = known ?? shardOfPosition(fix, this.#options.shards)
    if (known === undefined) this.#remember(driverId, shard)
    return { driverId, shard, token, index, create: this.#options.autoRegister, fix }
  }

  #sendFix(item: IntakeItem): void {
    this.#post(this.#threads?.workerOf(item.shard) ?? 0, fixFrame(NAME, item))
  }

  #settleFix(token: number, index: number, result: FixResult): void {
    const pending = this.#fixes.get(token)
    if (!pending?.items[index]) return
    pending.items[index] = null
    pending.results[index] =
      pending.resent && result.result === 'duplicate' ? { ...result, result: 'committed' } : result
    pending.left--
    this.#pendingFixes--
    if (pending.left > 0) return
    this.#fixes.delete(token)
    pending.resolve(pending.results)
  }

  /** What was under way to a worker that died may or may not be in the history: sent again, where a repeat shows. */
  resendFixes(worker: number): void {
    for (const [token, pending] of this.#fixes) {
      for (const item of pending.items) {
        if (!item || this.#threads?.workerOf(item.shard) !== worker) continue
        pending.resent = true
        if (item.fix.recordedAtMs === null) this.#settleFix(token, item.index, OVERLOADED)
        else this.#sendFix(item)
      }
    }
  }

  // -------------------------------------------------------------- what comes back

  listen(listener: LiveListener): void {
    this.#listeners.push(listener)
  }

  onFrame(frame: Frame): void {
    switch (frame[0]) {
      case FRAME.reply: {
        const { askId, body } = readReply(frame)
        const ask = this.#asks.get(askId)
        this.#asks.delete(askId)
        ask?.resolve(body)
        break
      }
      case FRAME.settled: {
        const { token, index, result, recordedAtMs } = readSettled(frame)
        this.#settleFix(token, index, { result, recordedAtMs })
        break
      }
      case FRAME.liveFix: {
        const fix = readLiveFix(frame)
        for (const listener of this.#listeners) listener.onFix(fix)
        break
      }
      case FRAME.publish: {
        const { topic, type, data } = readPublish(frame)
        for (const listener of this.#listeners) listener.onPublish(topic, type, data)
        break
      }
      case FRAME.home: {
        const { driverId, shard } = readHome(frame)
        this.#remember(driverId, shard)
        break
      }
      default:
        throw new Error(`a worker sent a frame of unknown kind ${String(frame[0])}`)
    }
  }

  /** Requests to a worker that died: whether they happened is not known. */
  failAsks(worker: number): void {
    for (const [askId, ask] of this.#asks) {
      if (ask.worker !== worker) continue
      this.#asks.delete(askId)
      ask.resolve({ kind: 'timeout' })
    }
  }

  status(): NodeStatus {
    const threads = this.#threads
    return {
      shardsServed: threads?.shardsServed ?? 0,
      shards: this.#options.shards,
      workersUp: threads?.workersUp ?? 0,
      workers: threads?.workers ?? 0,
      pendingAsks: this.#asks.size,
      pendingFixes: this.#pendingFixes,
      workerRestarts: threads?.restarts ?? 0,
    }
  }

  // -------------------------------------------------------------- the loop

  #post(worker: number, frame: Frame): void {
    this.#threads?.post(worker, frame)
    if (this.#flushArmed) return
    this.#flushArmed = true
    this.#options.clock.after(0, () => {
      this.#flushArmed = false
      this.#threads?.flush()
    })
  }

  #remember(driverId: DriverId, shard: ShardId): void {
    if (this.#homes.size >= this.#options.limits.homesMax && !this.#homes.has(driverId)) {
      const oldest = this.#homes.keys().next().value
      if (oldest !== undefined) this.#homes.delete(oldest)
    }
    this.#homes.set(driverId, shard)
  }

  #sweepLater(): void {
    this.#options.clock.after(SWEEP_EVERY_MS, () => {
      this.#sweep(this.#options.clock.nowMs())
      this.#sweepLater()
    })
  }

  /** Both maps are in order of their deadlines. */
  #sweep(nowMs: UnixMs): void {
    for (const [askId, ask] of this.#asks) {
      if (ask.untilMs > nowMs) break
      this.#asks.delete(askId)
      ask.resolve({ kind: 'timeout' })
    }
    for (const [token, pending] of this.#fixes) {
      if (pending.untilMs > nowMs) break
      for (const item of pending.items) if (item) this.#settleFix(token, item.index, OVERLOADED)
    }
  }
}

function isMoved(answer: unknown): answer is { kind: 'moved'; epoch: number } {
  return (answer as { kind?: string } | null)?.kind === 'moved'
}
