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

/** Where a batch goes: to the gateway, or to the worker of that index, through the gateway's thread unread. */
export const TO_GATEWAY = -1

/** One batch on its way between threads. Its bytes are transferred, not copied. */
export interface Parcel {
  readonly to: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Frames of one batch at most: a longer one would hold the receiving thread up. */
const BATCH_MAX = 2_000

/** What a worker's host says, collected per destination and sent off at each `flush`. */
export class WorkerBus implements Bus {
  readonly #port: MessagePort
  readonly #workerOf: (shard: ShardId) => number
  readonly #outgoing = new Map<number, Frame[]>()

  constructor(port: MessagePort, workerOf: (shard: ShardId) => number) {
    this.#port = port
    this.#workerOf = workerOf
  }

  send(envelope: Envelope): void {
    this.#put(this.#workerOf(envelope.to.shard), envelopeFrame(envelope))
  }

  forwardFix(gateway: string, item: IntakeItem): void {
    this.#put(this.#workerOf(item.shard), fixFrame(gateway, item))
  }

  reply(to: ReplyTo, body: JsonObject): void {
    this.#put(TO_GATEWAY, replyFrame(to, body))
  }

  publish(topic: string, type: string, data: JsonObject): void {
    this.#put(TO_GATEWAY, publishFrame(topic, type, data))
  }

  settleFix(gateway: string, token: number, index: number, result: IntakeResult, recordedAtMs: UnixMs): void {
    this.#put(TO_GATEWAY, settledFrame(gateway, token, index, result, recordedAtMs))
  }

  publishFix(fix: LiveFix): void {
    this.#put(TO_GATEWAY, liveFixFrame(fix))
  }

  publishHome(driverId: DriverId, shard: ShardId): void {
    this.#put(TO_GATEWAY, homeFrame(driverId, shard))
  }

  /** To the gateway's thread itself. */
  report(frame: Frame): void {
    this.#put(TO_GATEWAY, frame)
  }

  flush(): void {
    for (const [to, frames] of this.#outgoing) {
      for (let at = 0; at < frames.length; at += BATCH_MAX) {
        const parcel: Parcel = { to, bytes: encodeBatch(frames.slice(at, at + BATCH_MAX)) }
        this.#port.postMessage(parcel, [parcel.bytes.buffer])
      }
    }
    this.#outgoing.clear()
  }

  #put(to: number, frame: Frame): void {
    const frames = this.#outgoing.get(to)
    if (frames) frames.push(frame)
    else this.#outgoing.set(to, [frame])
  }
}
