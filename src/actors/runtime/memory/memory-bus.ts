/**
 * The bus in memory: several hosts in one thread, each message under way for a latency of the clock. Shards belong to
 * whichever host has opened them; a message for a shard of nobody is lost, as on a real bus.
 */
import type { DriverId, ShardId, UnixMs } from '../../../domain/ids.ts'
import type { Envelope, ReplyTo } from '../envelope.ts'
import type { Host } from '../host.ts'
import type { Bus, Clock, IntakeItem, IntakeResult, LiveFix } from '../ports.ts'
import type { JsonObject } from '../turn.ts'

export interface SettledFix {
  readonly token: number
  readonly index: number
  readonly result: IntakeResult
  readonly recordedAtMs: UnixMs
}

/** What the outside gets to see. */
export interface MemoryOutside {
  onReply?(to: ReplyTo, body: JsonObject): void
  onPublish?(topic: string, type: string, data: JsonObject): void
  onSettled?(fix: SettledFix): void
  onFix?(fix: LiveFix): void
  onHome?(driverId: DriverId, shard: ShardId): void
}

export class MemoryNet {
  readonly #clock: Clock
  readonly #latencyMs: () => number
  readonly #hosts: Host[] = []
  outside: MemoryOutside = {}

  constructor(clock: Clock, latencyMs: () => number = () => 0) {
    this.#clock = clock
    this.#latencyMs = latencyMs
  }

  /** The bus that one host speaks to. */
  bus(): Bus {
    return {
      send: envelope => this.deliver(envelope),
      forwardFix: (gateway, item) => this.deliverFix(gateway, item),
      reply: (to, body) => this.outside.onReply?.(to, body),
      publish: (topic, type, data) => this.outside.onPublish?.(topic, type, data),
      settleFix: (_gateway, token, index, result, recordedAtMs) =>
        this.outside.onSettled?.({ token, index, result, recordedAtMs }),
      publishFix: fix => this.outside.onFix?.(fix),
      publishHome: (driverId, shard) => this.outside.onHome?.(driverId, shard),
      flush: () => {},
    }
  }

  attach(host: Host): void {
    this.#hosts.push(host)
  }

  detach(host: Host): void {
    const at = this.#hosts.indexOf(host)
    if (at >= 0) this.#hosts.splice(at, 1)
  }

  deliver(envelope: Envelope): void {
    this.#clock.after(this.#latencyMs(), () => this.#ownerOf(envelope.to.shard)?.receive(envelope))
  }

  deliverFix(gateway: string, item: IntakeItem): void {
    this.#clock.after(this.#latencyMs(), () => this.#ownerOf(item.shard)?.receiveFix(gateway, item))
  }

  #ownerOf(shard: ShardId): Host | undefined {
    return this.#hosts.find(host => host.epochOf(shard) !== undefined)
  }
}
