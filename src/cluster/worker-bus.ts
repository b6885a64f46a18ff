/**
 * What a worker's host says, collected per destination and sent off at each `flush`: to the other workers of this node and
 * its gateway through the node's ports, to the rest of the cluster over the remote bus, where there is one.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Envelope, ReplyTo } from '../actors/runtime/envelope.ts'
import type { Bus, IntakeItem, IntakeResult, LiveFix } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, OrderId, ShardId, UnixMs } from '../domain/ids.ts'
import {
  envelopeFrame,
  FRAME,
  type Frame,
  fixFrame,
  homeFrame,
  liveFixFrame,
  publishTextFrame,
  replyFrame,
  replyTextFrame,
  settledFrame,
} from './frames.ts'
import { Outgoing } from './outgoing.ts'
import type { RemoteBus } from './remote-bus.ts'
import type { Strays } from './strays.ts'

/** Where a batch goes: to the gateway, or to the worker of that index, through the gateway's thread unread. */
export const TO_GATEWAY = -1

/** Topics of orders, of which the node's gateway hears only what is watched there. */
const ORDER = 'order:'

/** One batch on its way between threads. Its bytes are transferred, not copied. */
export interface Parcel {
  readonly to: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface WorkerBusParts {
  readonly port: MessagePort
  readonly workerOf: (shard: ShardId) => number
  /** Null: this node is the whole cluster. */
  readonly remote: RemoteBus | null
  /** Keeps a message where others for its shard wait that were said before it. */
  readonly strays: Pick<Strays, 'follow'>
}

export class WorkerBus implements Bus {
  readonly #parts: WorkerBusParts
  readonly #outgoing = new Map<number, Outgoing>()
  #servedHere: ReadonlySet<ShardId> = new Set()
  /** Of the orders that may come to this worker, those that somebody watches at the node's own gateway. */
  readonly #watchedHere = new Set<OrderId>()
  /** Something was published since the last flush that nobody here watches. */
  #isUnheard = false

  constructor(parts: WorkerBusParts) {
    this.#parts = parts
  }

  /** What the workers of this node serve, as its gateway's thread said last. */
  learnServed(shards: readonly ShardId[]): void {
    this.#servedHere = new Set(shards)
  }

  learnWatched(orderIds: readonly OrderId[]): void {
    for (const orderId of orderIds) this.#watchedHere.add(orderId)
  }

  forgetWatched(orderId: OrderId): void {
    this.#watchedHere.delete(orderId)
  }

  send(envelope: Envelope): void {
    // Whoever waits for an answer asks again by itself.
    if (envelope.message.replyTo || !this.#parts.strays.follow(envelope)) this.sendNow(envelope)
  }

  /** Whatever waits for its shard. */
  sendNow(envelope: Envelope): void {
    this.#toShard(envelope.to.shard, envelopeFrame(envelope))
  }

  forwardFix(gateway: string, item: IntakeItem): void {
    const { remote, workerOf } = this.#parts
    if (remote && !this.#servedHere.has(item.shard)) remote.toShard(item.shard, fixFrame(gateway, item))
    else this.#to(workerOf(item.shard)).fix(gateway, item)
  }

  reply(to: ReplyTo, body: JsonObject): void {
    if (this.#isOurs(to.gateway)) this.#put(TO_GATEWAY, replyTextFrame(to, body))
    else this.#parts.remote?.toGateway(to.gateway, replyFrame(to, body))
  }

  settleFix(gateway: string, token: number, index: number, result: IntakeResult, recordedAtMs: UnixMs): void {
    if (this.#isOurs(gateway)) this.#to(TO_GATEWAY).settled(token, index, result, recordedAtMs)
    else this.#parts.remote?.toGateway(gateway, settledFrame(gateway, token, index, result, recordedAtMs))
  }

  publish(topic: string, type: string, data: JsonObject): void {
    if (this.#isHeardHere(topic)) this.#put(TO_GATEWAY, publishTextFrame(topic, type, data))
    else this.#isUnheard = true
    this.#parts.remote?.publish(topic, type, data)
  }

  publishFix(fix: LiveFix, gateway: string, { token, index }: IntakeItem): void {
    const ours = this.#to(TO_GATEWAY)
    if (this.#isOurs(gateway)) ours.seen(token, index, fix.recordedAtMs, fix.receivedAtMs)
    else ours.put(liveFixFrame(fix))
    this.#parts.remote?.publishFix(fix)
  }

  publishHome(driverId: DriverId, shard: ShardId): void {
    this.#put(TO_GATEWAY, homeFrame(driverId, shard))
    this.#parts.remote?.publishHome(driverId, shard)
  }

  /** To the gateway's thread itself. */
  report(frame: Frame): void {
    this.#put(TO_GATEWAY, frame)
  }

  flush(): void {
    this.#hint()
    for (const [to, outgoing] of this.#outgoing) {
      for (const bytes of outgoing.take()) {
        const parcel: Parcel = { to, bytes }
        this.#parts.port.postMessage(parcel, [bytes.buffer])
      }
    }
    this.#parts.remote?.flush()
  }

  /** The state of an order is most of what actors say, and nearly all orders are watched by nobody. */
  #isHeardHere(topic: string): boolean {
    return !topic.startsWith(ORDER) || this.#watchedHere.has(topic.slice(ORDER.length) as OrderId)
  }

  /** Readers of the journal run beside the gateway, and look when they are told that there is something. */
  #hint(): void {
    if (this.#isUnheard) this.#put(TO_GATEWAY, [FRAME.unheard])
    this.#isUnheard = false
  }

  /** Embedded, a shard that is not served for the moment is waited for by whoever sent; elsewhere others may serve it. */
  #toShard(shard: ShardId, frame: Frame): void {
    const { remote, workerOf } = this.#parts
    if (remote && !this.#servedHere.has(shard)) remote.toShard(shard, frame)
    else this.#put(workerOf(shard), frame)
  }

  #isOurs(gateway: string): boolean {
    const { remote } = this.#parts
    return remote === null || gateway === remote.node
  }

  #put(to: number, frame: Frame): void {
    this.#to(to).put(frame)
  }

  #to(to: number): Outgoing {
    const known = this.#outgoing.get(to)
    if (known) return known
    const outgoing = new Outgoing()
    this.#outgoing.set(to, outgoing)
    return outgoing
  }
}
