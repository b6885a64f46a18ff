/**
 * The bus in memory: several hosts in one thread, each message under way for a latency of the clock. Shards belong to
 * whichever host has opened them; a message for a shard of nobody is lost, as on a real bus, and so is whatever a host
 * has not flushed when it dies. What the network does to a message besides is up to `fate`.
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

/** What becomes of one message: how long each copy of it is under way. None: it is lost. */
export type NetFate = readonly number[]

export class MemoryNet {
  readonly #clock: Clock
  readonly #fate: (what: Envelope | IntakeItem) => NetFate
  readonly #hosts: Host[] = []
  outside: MemoryOutside = {}

  /** @param fate  of each message to a shard; unless told it arrives once, after `latencyMs`. */
  constructor(
    clock: Clock,
    latencyMs: () => number = () => 0,
    fate: (what: Envelope | IntakeItem) => NetFate = () => [latencyMs()],
  ) {
    this.#clock = clock
    this.#fate = fate
  }

  /** The bus that one host speaks to. */
  bus(): MemoryBus {
    return new MemoryBus(this)
  }

  attach(host: Host): void {
    this.#hosts.push(host)
  }

  detach(host: Host): void {
    const at = this.#hosts.indexOf(host)
    if (at >= 0) this.#hosts.splice(at, 1)
  }

  deliver(envelope: Envelope): void {
    for (const delayMs of this.#fate(envelope)) {
      this.#clock.after(delayMs, () => this.#ownerOf(envelope.to.shard)?.receive(envelope))
    }
  }

  deliverFix(gateway: string, item: IntakeItem): void {
    for (const delayMs of this.#fate(item)) {
      this.#clock.after(delayMs, () => this.#ownerOf(item.shard)?.receiveFix(gateway, item))
    }
  }

  /** Where two believe to own it, the later one is reached, as its subscription is the later one. */
  #ownerOf(shard: ShardId): Host | undefined {
    let owner: Host | undefined
    for (const host of this.#hosts) if ((host.epochOf(shard) ?? 0) > (owner?.epochOf(shard) ?? 0)) owner = host
    return owner
  }
}

/** Keeps what its host says until the flush, as the real ones do: a host that forgets to flush is silent here, too. */
export class MemoryBus implements Bus {
  readonly #net: MemoryNet
  #said: (() => void)[] = []
  #dead = false

  constructor(net: MemoryNet) {
    this.#net = net
  }

  send(envelope: Envelope): void {
    this.#said.push(() => this.#net.deliver(envelope))
  }

  forwardFix(gateway: string, item: IntakeItem): void {
    this.#said.push(() => this.#net.deliverFix(gateway, item))
  }

  reply(to: ReplyTo, body: JsonObject): void {
    this.#said.push(() => this.#net.outside.onReply?.(to, body))
  }

  publish(topic: string, type: string, data: JsonObject): void {
    this.#said.push(() => this.#net.outside.onPublish?.(topic, type, data))
  }

  settleFix(_gateway: string, token: number, index: number, result: IntakeResult, recordedAtMs: UnixMs): void {
    this.#said.push(() => this.#net.outside.onSettled?.({ token, index, result, recordedAtMs }))
  }

  publishFix(fix: LiveFix): void {
    this.#said.push(() => this.#net.outside.onFix?.(fix))
  }

  publishHome(driverId: DriverId, shard: ShardId): void {
    this.#said.push(() => this.#net.outside.onHome?.(driverId, shard))
  }

  flush(): void {
    const said = this.#said
    this.#said = []
    if (!this.#dead) for (const say of said) say()
  }

  /** Its host has died: nothing of it is heard any more, not even what it had under way with the record. */
  kill(): void {
    this.#dead = true
  }
}
