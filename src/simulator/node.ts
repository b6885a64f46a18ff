/**
 * One simulated node: a machine with a clock of its own, worker threads with real hosts, a gateway, and whatever decides
 * which shards it serves. It dies as a whole, or one thread at a time.
 */
import { actorKinds } from '../actors/kinds.ts'
import type { ReplyTo } from '../actors/runtime/envelope.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { Host, type ShardGrant } from '../actors/runtime/host.ts'
import { MemoryHotView } from '../actors/runtime/memory/memory-hot-view.ts'
import type { Journal, LiveFix, LocationLog, PriceLog } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DispatchSettings } from '../actors/settings.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { type Machine, type NodeClock, ThreadClock } from './clocks.ts'
import { Gateway } from './gateway.ts'
import { type Network, NetworkBus, type Settled, type Station } from './network.ts'

export interface NodeParts {
  readonly name: string
  readonly clock: NodeClock
  readonly settings: DispatchSettings
  readonly threads: number
  readonly network: Network
  /** As that thread reaches them. */
  readonly journalOf: (machine: Machine) => Journal
  readonly locationsOf: (machine: Machine) => LocationLog
  readonly pricesOf: (machine: Machine) => PriceLog
  /** Which of its lives this is, from 1. */
  readonly life: number
  readonly onSettled: (fix: Settled) => void
  readonly onServed: (node: SimNode, grants: readonly ShardGrant[]) => void
  readonly onLost: (shard: ShardId, cause: 'fenced' | Error) => void
  readonly onError: (error: unknown) => void
}

interface Thread {
  readonly host: Host
  readonly bus: NetworkBus
  readonly clock: ThreadClock
}

export class SimNode implements Station {
  readonly name: string
  readonly clock: NodeClock
  readonly gateway: Gateway
  readonly #parts: NodeParts
  readonly #threads: (Thread | null)[]
  #hotView = new MemoryHotView()

  constructor(parts: NodeParts) {
    const { name, clock, network, life } = parts
    this.#parts = parts
    this.name = name
    this.clock = clock
    this.gateway = new Gateway({ name, machine: clock, network, life })
    this.#threads = Array.from({ length: parts.threads }, () => this.#thread())
  }

  get threads(): number {
    return this.#threads.length
  }

  get hosts(): Host[] {
    return this.#threads.flatMap(thread => (thread ? [thread.host] : []))
  }

  #thread(): Thread {
    const { settings, network, journalOf, locationsOf, pricesOf, onLost, onError } = this.#parts
    const clock = new ThreadClock(this.clock)
    const bus = new NetworkBus(network, this)
    const host = new Host({
      clock,
      journal: journalOf(clock),
      locations: locationsOf(clock),
      prices: pricesOf(clock),
      bus,
      kinds: actorKinds(settings),
      onShardLost: onLost,
      onError,
    })
    return { host, bus, clock }
  }

  // ---------------------------------------------------------------- shards

  /** The thread that serves a shard: the same one for as long as the node lives. */
  hostOf(shard: ShardId): Host | undefined {
    return this.#threads[shard % this.#threads.length]?.host
  }

  /** @throws {StoreUnavailableError} */
  async open(grants: readonly ShardGrant[]): Promise<void> {
    this.#parts.onServed(this, grants)
    const opened = this.#threads.map(async (thread, i) => {
      const own = grants.filter(({ shard }) => shard % this.#threads.length === i)
      if (own.length === 0) return
      if (!thread) throw new StoreUnavailableError('The thread of these shards is down.')
      await thread.host.open(own)
    })
    await Promise.all(opened)
  }

  drop(shards: readonly ShardId[]): void {
    for (const shard of shards) this.hostOf(shard)?.drop(shard)
  }

  // ---------------------------------------------------------------- death

  /** @returns the shards that nobody serves now. */
  crashThread(index: number): readonly ShardId[] {
    const thread = this.#threads[index]
    if (!thread) return []
    const { shards } = this.#parts.settings
    const served = Array.from({ length: shards }, (_, s) => s as ShardId).filter(
      shard => thread.host.epochOf(shard) !== undefined,
    )
    thread.host.stop()
    thread.clock.kill()
    thread.bus.kill()
    this.#threads[index] = null
    return served
  }

  restartThread(index: number): void {
    this.#threads[index] ??= this.#thread()
  }

  crash(): void {
    for (const index of this.#threads.keys()) this.crashThread(index)
    this.clock.kill()
    this.#parts.network.leave(this)
  }

  // ---------------------------------------------------------------- what arrives

  onReply(to: ReplyTo, body: JsonObject): void {
    this.gateway.onReply(to.askId, body)
  }

  onSettled(fix: Settled): void {
    this.#parts.onSettled(fix)
  }

  onHome(driverId: DriverId, shard: ShardId): void {
    this.gateway.learnHome(driverId, shard)
  }

  onLiveFix(fix: LiveFix): void {
    this.#hotView.putFix(fix)
  }

  // ---------------------------------------------------------------- the hot view

  get hotView(): MemoryHotView {
    return this.#hotView
  }

  /** It is nobody's record: gone, it fills again by itself. */
  flushHotView(): void {
    this.#hotView = new MemoryHotView()
  }
}
