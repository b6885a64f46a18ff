/**
 * The edge of a simulated node: open requests of clients, and what it believes of owners and homes. Its beliefs are only
 * as good as what has reached it: a stale epoch is answered `moved`, and it learns.
 */
import type { Address, Message } from '../actors/runtime/envelope.ts'
import type { IntakeItem } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { LatLng } from '../domain/geo.ts'
import type { DriverId, ShardId, UnixMs } from '../domain/ids.ts'
import { AskIds } from './ask-ids.ts'
import type { Machine } from './clocks.ts'
import type { Network } from './network.ts'

export interface Ask {
  readonly to: Address
  readonly message: Message
  readonly timeoutMs: number
  readonly onAnswer: (body: JsonObject) => void
}

export interface FixToSend {
  readonly driverId: DriverId
  readonly shard: ShardId
  readonly token: number
  readonly at: LatLng
  readonly recordedAtMs: UnixMs
}

export class Gateway {
  readonly #name: string
  readonly #machine: Machine
  readonly #network: Network
  readonly #epochs = new Map<ShardId, number>()
  readonly #homes = new Map<DriverId, ShardId>()
  readonly #open = new Map<number, (body: JsonObject) => void>()
  readonly #asks: AskIds

  constructor(parts: { name: string; machine: Machine; network: Network; life: number }) {
    this.#name = parts.name
    this.#machine = parts.machine
    this.#network = parts.network
    this.#asks = new AskIds(parts.life)
  }

  ask({ to, message, timeoutMs, onAnswer }: Ask): void {
    const askId = this.#asks.next(to.id)
    this.#open.set(askId, onAnswer)
    this.#machine.after(timeoutMs, () => this.#open.delete(askId))
    this.#network.deliver(this.#name, {
      to,
      class: 'command',
      epoch: this.#epochs.get(to.shard) ?? 0,
      deadlineMs: this.#machine.nowMs() + timeoutMs,
      hops: 0,
      message: { ...message, replyTo: { gateway: this.#name, askId } } as Message,
    })
  }

  onReply(askId: number, body: JsonObject): void {
    if (body.kind === 'moved') this.learnEpoch(body.shard as ShardId, body.epoch as number)
    this.#open.get(askId)?.(body)
    this.#open.delete(askId)
  }

  /** Epochs only rise: who tells of an earlier one is behind. */
  learnEpoch(shard: ShardId, epoch: number): void {
    if (epoch > (this.#epochs.get(shard) ?? 0)) this.#epochs.set(shard, epoch)
  }

  learnHome(driverId: DriverId, shard: ShardId): void {
    this.#homes.set(driverId, shard)
  }

  /** What it believes is a cache, and may be gone at any time. */
  forget(): void {
    this.#epochs.clear()
    this.#homes.clear()
  }

  homeOf(driverId: DriverId): ShardId | undefined {
    return this.#homes.get(driverId)
  }

  sendFix({ driverId, shard, token, at, recordedAtMs }: FixToSend): void {
    const fix = { ...at, speed: null, heading: null, accuracy: null, recordedAtMs, orderId: null }
    const item: IntakeItem = { driverId, shard, token, index: 0, create: true, fix }
    this.#network.deliverFix(this.#name, this.#name, item)
  }
}
