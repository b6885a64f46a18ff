/**
 * What a worker's host says, collected per destination and sent off at each `flush`: to the other workers of this node and
 * its gateway through the node's ports, to the rest of the cluster over the remote bus, where there is one.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Envelope, ReplyTo } from '../actors/runtime/envelope.ts'
import type { Bus, IntakeItem, IntakeResult, LiveFix } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DriverId, ShardId, UnixMs } from '../domain/ids.ts'
import {
  encodeBatch,
  envelopeFrame,
  type Frame,
  fixFrame,
  homeFrame,
  liveFixFrame,
  publishFrame,
  replyFrame,
  settledFrame,
} from './frames.ts'
import type { RemoteBus } from './remote-bus.ts'

/** Where a batch goes: to the gateway, or to the worker of that index, through the gateway's thread unread. */
export const TO_GATEWAY = -1

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
}

/** Frames of one batch at most: a longer one would hold the receiving thread up. */
const BATCH_MAX = 2_000

export class WorkerBus implements Bus {
  readonly #parts: WorkerBusParts
  readonly #outgoing = new Map<number, Frame[]>()
  #servedHere: ReadonlySet<ShardId> = new Set()

  constructor(parts: WorkerBusParts) {
    this.#parts = parts
  }

  /** What the workers of this node serve, as its gateway's thread said last. */
  learnServed(shards: readonly ShardId[]): void {
    this.#servedHere = new Set(shards)
  }

  send(envelope: Envelope): void {
    this.#toShard(envelope.to.shard, envelopeFrame(envelope))
  }

  forwardFix(gateway: string, item: IntakeItem): void {
    this.#toShard(item.shard, fixFrame(gateway, item))
  }

  reply(to: ReplyTo, body: JsonObject): void {
    this.#toGateway(to.gateway, replyFrame(to, body))
  }

  settleFix(gateway: string, token: number, index: number, result: IntakeResult, recordedAtMs: UnixMs): void {
    this.#toGateway(gateway, settledFrame(gateway, token, index, result, recordedAtMs))
  }

  publish(topic: string, type: string, data: JsonObject): void {
    this.#put(TO_GATEWAY, publishFrame(topic, type, data))
    this.#parts.remote?.publish(topic, type, data)
  }

  publishFix(fix: LiveFix): void {
    this.#put(TO_GATEWAY, liveFixFrame(fix))
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
    for (const [to, frames] of this.#outgoing) {
      for (let at = 0; at < frames.length; at += BATCH_MAX) {
        const parcel: Parcel = { to, bytes: encodeBatch(frames.slice(at, at + BATCH_MAX)) }
        this.#parts.port.postMessage(parcel, [parcel.bytes.buffer])
      }
    }
    this.#outgoing.clear()
    this.#parts.remote?.flush()
  }

  /** Embedded, a shard that is not served for the moment is waited for by whoever sent; elsewhere others may serve it. */
  #toShard(shard: ShardId, frame: Frame): void {
    const { remote, workerOf } = this.#parts
    if (remote && !this.#servedHere.has(shard)) remote.toShard(shard, frame)
    else this.#put(workerOf(shard), frame)
  }

  #toGateway(gateway: string, frame: Frame): void {
    const { remote } = this.#parts
    if (remote && gateway !== remote.node) remote.toGateway(gateway, frame)
    else this.#put(TO_GATEWAY, frame)
  }

  #put(to: number, frame: Frame): void {
    const frames = this.#outgoing.get(to)
    if (frames) frames.push(frame)
    else this.#outgoing.set(to, [frame])
  }
}
