/**
 * The gateway of one node: turns requests into messages to actors, on its own worker threads or other nodes', and their
 * answers back into promises. Everything of one tick goes to a worker, or to a shard elsewhere, as one batch.
 */
import type { PricingAsk, PricingReply } from '../actors/cell/pricing-area.messages.ts'
import type { DriverCommand, DriverReply } from '../actors/driver/driver.messages.ts'
import type { Ask, FixResult, Gateway, LiveListener, NodeStatus, TimedOut } from '../actors/gateway.ts'
import type { GatewayFigures } from '../actors/node-figures.ts'
import type { OrderCommand, OrderReply } from '../actors/order/order.messages.ts'
import type { RuntimeRefusal } from '../actors/runtime/envelope.ts'
import type { Clock, Random } from '../actors/runtime/ports.ts'
import type { TraceContext } from '../actors/runtime/tracing.ts'
import { driverAddress, orderAddress, pricingAddress } from '../actors/send.ts'
import type { DriverFix } from '../domain/fix.ts'
import type { LatLng } from '../domain/geo.ts'
import {
  type CellId,
  type DriverId,
  newOrderId,
  type OrderId,
  orderIdOfQuote,
  parseOrderId,
  type QuoteId,
  type ShardId,
  type UnixMs,
} from '../domain/ids.ts'
import { shardOfPosition } from '../domain/region.ts'
import { readSeenRows, readSettledRows } from './answer-rows.ts'
import { type AskLimits, Asks } from './asks.ts'
import { FixLane } from './fix-lane.ts'
import {
  FRAME,
  type Frame,
  readEnvelope,
  readFix,
  readHome,
  readLiveFix,
  readPublish,
  readPublishText,
  readReply,
  readReplyText,
  readSettled,
} from './frames.ts'
import { Homes } from './homes.ts'
import { KnownTerms } from './order-text.ts'
import type { RemoteShards } from './remote-shards.ts'
import { ShardRoutes } from './shard-routes.ts'
import type { Threads } from './threads.ts'

export interface ThreadGatewayOptions {
  readonly clock: Clock
  readonly random: Random
  readonly shards: number
  /** An unknown driver's first position makes its row. */
  readonly autoRegister: boolean
  readonly limits: GatewayLimits
  /** Of the request that runs now; left out: no traces. */
  readonly currentTrace?: () => TraceContext | null
}

export interface GatewayLimits extends AskLimits {
  /** Positions under way; more are refused as overload. */
  readonly fixesMax: number
  /** Drivers whose home is remembered; the others are found through the record. */
  readonly homesMax: number
}

const SWEEP_EVERY_MS = 250

export class ThreadGateway implements Gateway {
  readonly #options: ThreadGatewayOptions
  readonly #listeners: LiveListener[] = []
  readonly #routes: ShardRoutes
  readonly #homes: Homes
  readonly #asks: Asks
  readonly #fixes: FixLane
  readonly #terms = new KnownTerms()
  /** How often each order is watched here. */
  readonly #watchers = new Map<OrderId, number>()
  /** Workers that are being told of what is watched. */
  readonly #told = new Set<Promise<void>>()
  #threads: Threads<never> | null = null
  #remote: RemoteShards | null = null

  constructor(options: ThreadGatewayOptions) {
    const { clock, shards, autoRegister, limits, currentTrace } = options
    this.#options = options
    const routes = new ShardRoutes(clock)
    const homes = new Homes(shards, limits.homesMax)
    this.#routes = routes
    this.#homes = homes
    this.#asks = new Asks(clock, routes, limits, currentTrace)
    const { askTimeoutMs: timeoutMs, fixesMax } = limits
    this.#fixes = new FixLane({ clock, routes, homes, autoRegister, timeoutMs, fixesMax })
    this.#sweepLater()
  }

  /** @param remote  null: this node is the whole cluster. */
  attach<S>(threads: Threads<S>, remote: RemoteShards | null = null): void {
    this.#threads = threads as unknown as Threads<never>
    this.#remote = remote
    this.#routes.attach(threads, remote)
  }

  // -------------------------------------------------------------- asking

  newOrderId(pickup: LatLng, nowMs: UnixMs): OrderId {
    return newOrderId(shardOfPosition(pickup, this.#options.shards), nowMs, this.#options.random)
  }

  orderIdOfQuote(quoteId: QuoteId, pickup: LatLng): OrderId {
    return orderIdOfQuote(quoteId, shardOfPosition(pickup, this.#options.shards))
  }

  askOrder(orderId: OrderId, command: Ask<OrderCommand>): Promise<OrderReply | RuntimeRefusal | TimedOut> {
    return this.#asks.ask(orderAddress(orderId), command) as Promise<OrderReply | RuntimeRefusal | TimedOut>
  }

  askDriver(driverId: DriverId, command: Ask<DriverCommand>): Promise<DriverReply | RuntimeRefusal | TimedOut> {
    const address = driverAddress(driverId, this.homeOf(driverId))
    return this.#asks.ask(address, command) as Promise<DriverReply | RuntimeRefusal | TimedOut>
  }

  askPricing(area: CellId, ask: Ask<PricingAsk>): Promise<PricingReply | RuntimeRefusal | TimedOut> {
    const address = pricingAddress(area, this.#options.shards)
    return this.#asks.ask(address, ask) as Promise<PricingReply | RuntimeRefusal | TimedOut>
  }

  homeOf(driverId: DriverId): ShardId {
    return this.#homes.homeOf(driverId)
  }

  ingest(fixes: readonly DriverFix[]): Promise<FixResult[]> {
    return this.#fixes.ingest(fixes)
  }

  get isRefusing(): boolean {
    return this.#fixes.isRefusing
  }

  holds(ofSender: number): boolean {
    return this.#fixes.holds(ofSender)
  }

  // -------------------------------------------------------------- watching

  listen(listener: LiveListener): void {
    this.#listeners.push(listener)
  }

  watch(topic: string): void {
    this.#remote?.watch(topic)
    const orderId = watchedOrder(topic)
    if (orderId === null) return
    const watchers = this.#watchers.get(orderId) ?? 0
    this.#watchers.set(orderId, watchers + 1)
    if (this.#threads) this.#telling(this.#threads.watch(orderId))
  }

  unwatch(topic: string): void {
    this.#remote?.unwatch(topic)
    const orderId = watchedOrder(topic)
    const watchers = orderId === null ? 0 : (this.#watchers.get(orderId) ?? 0)
    if (orderId === null || watchers === 0) return
    if (watchers > 1) this.#watchers.set(orderId, watchers - 1)
    else {
      this.#watchers.delete(orderId)
      this.#threads?.unwatch(orderId)
    }
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#told, this.#remote?.settled()])
  }

  #telling(told: Promise<void>): void {
    this.#told.add(told)
    void told.finally(() => this.#told.delete(told))
  }

  // -------------------------------------------------------------- what comes back

  onFrame(frame: Frame): void {
    switch (frame[0]) {
      case FRAME.reply:
      case FRAME.replyText: {
        const { askId, body } = frame[0] === FRAME.reply ? readReply(frame) : readReplyText(frame, this.#terms)
        this.#asks.onReply(askId, body)
        break
      }
      case FRAME.settled: {
        const { token, index, result, recordedAtMs } = readSettled(frame)
        this.#fixes.onSettled(token, index, result, recordedAtMs)
        break
      }
      case FRAME.settledRows:
        readSettledRows(frame, (token, index, result, recordedAtMs) =>
          this.#fixes.onSettled(token, index, result, recordedAtMs),
        )
        break
      case FRAME.seenRows:
        readSeenRows(frame, (token, index, recordedAtMs, receivedAtMs) =>
          this.#onSeen(token, index, recordedAtMs, receivedAtMs),
        )
        break
      case FRAME.liveFix: {
        const fix = readLiveFix(frame)
        for (const listener of this.#listeners) listener.onFix(fix)
        break
      }
      case FRAME.publish:
      case FRAME.publishText: {
        const { topic, type, data } =
          frame[0] === FRAME.publish ? readPublish(frame) : readPublishText(frame, this.#terms)
        for (const listener of this.#listeners) listener.onPublish(topic, type, data)
        break
      }
      case FRAME.unheard:
        for (const listener of this.#listeners) listener.onUnheard?.()
        break
      case FRAME.home: {
        const { driverId, shard } = readHome(frame)
        this.#homes.learn(driverId, shard)
        break
      }
      default:
        throw new Error(`a worker sent a frame of unknown kind ${String(frame[0])}`)
    }
  }

  /** One of ours is its driver's newest, also where its sender was told meanwhile to come again: that one will be a repeat. */
  #onSeen(token: number, index: number, recordedAtMs: UnixMs, receivedAtMs: UnixMs): void {
    const item = this.#fixes.find(token, index)
    if (item === null) return
    const { driverId } = item
    const { latitude, longitude, speed, heading, accuracy, orderId } = item.fix
    const fix = { driverId, latitude, longitude, speed, heading, accuracy, orderId, recordedAtMs, receivedAtMs }
    for (const listener of this.#listeners) listener.onFix(fix)
  }

  /** Something that others said may have been lost on its way. */
  onUnheardOf(): void {
    for (const listener of this.#listeners) listener.onUnheardOf?.()
  }

  /** Of what was sent to another node's shard: nobody serves it now. */
  onNobody(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame[0] === FRAME.envelope) {
        const { replyTo } = readEnvelope(frame).message
        if (replyTo) this.#asks.onNobody(replyTo.askId)
      } else if (frame[0] === FRAME.fix) {
        const { token, index } = readFix(frame).item
        this.#fixes.onNobody(token, index)
      }
    }
  }

  /** A worker has died: commands may or may not have happened, positions are sent again once their shards are served. */
  onDown(shards: readonly ShardId[]): void {
    this.#asks.fail(new Set(shards))
  }

  onServed(shards: readonly ShardId[]): void {
    this.#fixes.resend(new Set(shards))
  }

  status(): NodeStatus {
    const threads = this.#threads
    return {
      shardsServed: threads?.shardsServed ?? 0,
      shards: this.#options.shards,
      workersUp: threads?.workersUp ?? 0,
      workers: threads?.workers ?? 0,
      pendingAsks: this.#asks.size,
      pendingFixes: this.#fixes.size,
      workerRestarts: threads?.restarts ?? 0,
      batchesDropped: threads?.batchesDropped ?? 0,
    }
  }

  /** How long whoever asked has waited, and what had to be sent again for it. */
  get figures(): Omit<GatewayFigures, 'loopLagS'> {
    return {
      acknowledgementS: this.#fixes.acknowledgementS,
      askS: this.#asks.tookS,
      delivery: { command: this.#asks.delivery, position: this.#fixes.delivery },
    }
  }

  #sweepLater(): void {
    this.#options.clock.after(SWEEP_EVERY_MS, () => {
      const nowMs = this.#options.clock.nowMs()
      this.#asks.sweep(nowMs)
      this.#fixes.sweep(nowMs)
      this.#sweepLater()
    })
  }
}

/** @returns null for what is no topic of an order. */
function watchedOrder(topic: string): OrderId | null {
  return topic.startsWith('order:') ? parseOrderId(topic.slice('order:'.length)) : null
}
