/**
 * A worker thread's way to other nodes. Shards that it serves are reached through their subjects; what its actors tell the
 * world goes to whoever has an interest there: the server drops the rest.
 */
import type { Subscription } from 'nats'
import type { Clock, LiveFix } from '../../actors/runtime/ports.ts'
import type { JsonObject } from '../../actors/runtime/turn.ts'
import type { DriverId, ShardId } from '../../domain/ids.ts'
import type { BusTraffic } from '../bus-traffic.ts'
import { encodeBatch, type Frame, homeFrame, liveFixFrame, originFrame, publishFrame } from '../frames.ts'
import type { RemoteLink } from '../remote-bus.ts'
import type { Line } from './line.ts'
import { Outbox } from './outbox.ts'
import { fixesSubject, gatewaySubject, HOMES, liveSubject, shardSubject } from './subjects.ts'

/** Positions for watchers elsewhere are collected for so long: what they see may be this much later, for a tenth of the messages. */
const FIXES_EVERY_MS = 20

export interface WorkerLinkParts {
  readonly node: string
  readonly line: Line
  readonly clock: Clock
  readonly onFrames: (frames: readonly Frame[]) => void
}

export class WorkerLink implements RemoteLink {
  readonly #parts: WorkerLinkParts
  readonly #outbox: Outbox
  readonly #fixes: Outbox
  readonly #subscriptions = new Map<ShardId, Subscription>()
  /** By this, gateways know what their own node has told them already. */
  readonly #origin: Frame
  #fixesArmed = false

  constructor(parts: WorkerLinkParts) {
    const { line, node } = parts
    this.#parts = parts
    this.#outbox = new Outbox(line)
    this.#origin = originFrame(node)
    this.#fixes = new Outbox(line, [this.#origin])
  }

  get node(): string {
    return this.#parts.node
  }

  get traffic(): BusTraffic {
    return this.#parts.line.traffic
  }

  async serve(shards: readonly ShardId[]): Promise<void> {
    const { line, onFrames } = this.#parts
    for (const shard of shards) {
      if (!this.#subscriptions.has(shard)) this.#subscriptions.set(shard, line.listen(shardSubject(shard), onFrames))
    }
    await line.settled()
  }

  leave(shards: readonly ShardId[]): void {
    for (const shard of shards) {
      this.#subscriptions.get(shard)?.unsubscribe()
      this.#subscriptions.delete(shard)
    }
  }

  toShard(shard: ShardId, frame: Frame): void {
    this.#outbox.put(shardSubject(shard), frame)
  }

  toGateway(gateway: string, frame: Frame): void {
    this.#outbox.put(gatewaySubject(gateway), frame)
  }

  publishHome(driverId: DriverId, shard: ShardId): void {
    this.#outbox.put(HOMES, homeFrame(driverId, shard))
  }

  publish(topic: string, type: string, data: JsonObject): void {
    const { line } = this.#parts
    if (!line.isUp) return
    line.publish(liveSubject(topic), encodeBatch([this.#origin, publishFrame(topic, type, data)]))
  }

  publishFix(fix: LiveFix): void {
    this.#fixes.put(fixesSubject(fix.cell, fix.driverId), liveFixFrame(fix))
    if (this.#fixesArmed) return
    this.#fixesArmed = true
    this.#parts.clock.after(FIXES_EVERY_MS, () => {
      this.#fixesArmed = false
      this.#fixes.flush()
    })
  }

  flush(): void {
    this.#outbox.flush()
  }

  close(): Promise<void> {
    return this.#parts.line.close()
  }
}
