import type { DriverFix } from '../domain/fix.ts'
import type { CellId, DriverId, OrderId, QuoteId, ShardId, UnixMs } from '../domain/ids.ts'
import type { PricingAsk, PricingReply } from './cell/pricing-area.messages.ts'
import type { DriverCommand, DriverReply } from './driver/driver.messages.ts'
import type { OrderCommand, OrderReply } from './order/order.messages.ts'
import type { RuntimeRefusal } from './runtime/envelope.ts'
import type { IntakeResult, LiveFix } from './runtime/ports.ts'
import type { JsonObject } from './runtime/turn.ts'

/** The actor gave no answer in time: what was asked may or may not have happened. */
export interface TimedOut {
  readonly kind: 'timeout'
}

/** A command without its return address, which the gateway adds. */
export type Ask<C> = C extends unknown ? Omit<C, 'replyTo'> : never

/** What a sender is told. That a shard has moved is the gateway's to deal with. */
export type SettledResult = Exclude<IntakeResult, 'moved'>

export interface FixResult {
  readonly result: SettledResult
  readonly recordedAtMs: UnixMs
}

/** What actors tell the outside: positions bypass the output gate, everything else was committed before. */
export interface LiveListener {
  onFix(fix: LiveFix): void
  /**
   * Topics: `order:<id>`, of those that are watched here, and `driver:<id>` (state changes), `phone:<driver id>` (for the
   * driver's own connection).
   */
  onPublish(topic: string, type: string, data: JsonObject): void
  /** Orders have changed that nobody watches here. */
  onUnheard?(): void
  /** The bus between nodes was away, here or for others who speak: what was said meanwhile of whatever is watched was not heard. */
  onUnheardOf?(): void
}

export interface NodeStatus {
  readonly shardsServed: number
  readonly shards: number
  readonly workersUp: number
  readonly workers: number
  /** Messages and positions under way to the workers. */
  readonly pendingAsks: number
  readonly pendingFixes: number
  /** Worker threads that were started anew since the node started. */
  readonly workerRestarts: number
  /** Batches between threads that were for one that was down. */
  readonly batchesDropped: number
}

/** The outside's way to the actors: HTTP and sockets speak to this, never to a thread or a bus. */
export interface Gateway {
  /** A fresh order id on the shard of its pickup's region. */
  newOrderId(pickup: { readonly latitude: number; readonly longitude: number }, nowMs: UnixMs): OrderId
  /** The id of the one order that can be made of a quote. */
  orderIdOfQuote(quoteId: QuoteId, pickup: { readonly latitude: number; readonly longitude: number }): OrderId
  askOrder(orderId: OrderId, command: Ask<OrderCommand>): Promise<OrderReply | RuntimeRefusal | TimedOut>
  /** An unknown driver answers `not_found`, unless the command is its registration. */
  askDriver(driverId: DriverId, command: Ask<DriverCommand>): Promise<DriverReply | RuntimeRefusal | TimedOut>
  /** The cells of one question are all of this area: see `areaOf`. */
  askPricing(area: CellId, ask: Ask<PricingAsk>): Promise<PricingReply | RuntimeRefusal | TimedOut>
  /**
   * Takes positions in. The promise settles once every one of them is committed or refused.
   * @returns per fix its result, in the order given; `overloaded` where nothing was taken in.
   */
  ingest(fixes: readonly DriverFix[]): Promise<FixResult[]>
  /** Positions that come now are answered `overloaded`, so they need not be read. */
  readonly isRefusing: boolean
  /** Whether a sender with so many positions under way is to be kept from sending more for now. */
  holds(ofSender: number): boolean
  /** Where a driver lives, as far as is known here. A hint for messages that name a driver. */
  homeOf(driverId: DriverId): ShardId
  listen(listener: LiveListener): void
  /**
   * Somebody here watches a live topic, `phone:<driver>` or `fixes:<driver>`: hear of it from other nodes as well, and of an order
   * at all. Counted.
   */
  watch(topic: string): void
  unwatch(topic: string): void
  /** @returns once every word on what is watched now is heard here, of this node and of others: a read after that leaves no hole. */
  settled(): Promise<void>
  status(): NodeStatus
}
