/**
 * A whole Waggle cluster in one thread, under virtual time: real deciders, runtime and ownership logic, the rules of the
 * record, and a world that can do anything to them. Clients speak to one node each.
 */
import type { Address, Message } from '../actors/runtime/envelope.ts'
import type { ShardGrant } from '../actors/runtime/host.ts'
import type { MemoryHistory } from '../actors/runtime/memory/memory-location-log.ts'
import type { MemoryPrices } from '../actors/runtime/memory/memory-price-log.ts'
import type { JournalTurn, TurnOutcome } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DispatchSettings } from '../actors/settings.ts'
import type { LatLng } from '../domain/geo.ts'
import type { DriverId, ShardId, UnixMs } from '../domain/ids.ts'
import { shardOfPosition } from '../domain/region.ts'
import { SteppedClock } from './clocks.ts'
import type { MembersWeather } from './members-weather.ts'
import { Network, type Settled } from './network.ts'
import type { SimNode } from './node.ts'
import { START_MS } from './places.ts'
import type { Plan } from './plan.ts'
import type { RecordWeather } from './record-weather.ts'
import { Seats } from './seats.ts'
import { Stores } from './stores.ts'
import type { Streams } from './streams.ts'
import type { Tally } from './tally.ts'
import type { Trace } from './trace.ts'
import type { WatchedRecord } from './watched-record.ts'

export interface ClusterWatch {
  onCommit(turns: readonly JournalTurn[], outcomes: readonly TurnOutcome[]): void
  onServed(node: string, grants: readonly ShardGrant[]): void
  onSealed(node: string, shards: readonly ShardId[]): void
  onPublish(node: string, topic: string, type: string, data: JsonObject): void
  onError(error: unknown): void
}

export interface ClusterParts {
  readonly plan: Plan
  readonly settings: DispatchSettings
  readonly streams: Streams
  readonly weather: RecordWeather
  readonly membersWeather: MembersWeather
  readonly tally: Tally
  readonly trace: Trace
  readonly watch: ClusterWatch
}

export class Cluster {
  readonly clock: SteppedClock
  readonly network: Network
  readonly settings: DispatchSettings
  readonly startedAtMs = START_MS
  onSettled: (fix: Settled) => void = () => {}
  readonly #stores: Stores
  readonly #seats: Seats

  constructor({ plan, settings, streams, weather, membersWeather, tally, trace, watch }: ClusterParts) {
    this.settings = settings
    const clock = new SteppedClock({ startMs: START_MS, drawOf: (atMs, nth) => streams.ofInstant(atMs, nth) })
    const stores = new Stores({ clock, weather, membersWeather })
    stores.record.onCommit = (turns, outcomes) => watch.onCommit(turns, outcomes)
    const network = new Network({
      clock,
      streams,
      noise: plan.noise,
      tally,
      onPublish: (from, topic, type, data) => watch.onPublish(from.name, topic, type, data),
    })
    this.clock = clock
    this.network = network
    this.#stores = stores
    this.#seats = new Seats({
      plans: plan.nodes,
      clock,
      settings,
      network,
      stores,
      trace,
      onSettled: fix => this.onSettled(fix),
      onServed: (node, grants) => watch.onServed(node, grants),
      onSealed: (node, shards) => watch.onSealed(node, shards),
      onError: error => watch.onError(error),
    })
  }

  get record(): WatchedRecord {
    return this.#stores.record
  }

  get history(): MemoryHistory {
    return this.#stores.history
  }

  get prices(): MemoryPrices {
    return this.#stores.prices
  }

  // ---------------------------------------------------------------- nodes

  start(): void {
    for (const name of this.names) this.startNode(name)
  }

  get names(): string[] {
    return this.#seats.names
  }

  get nodes(): SimNode[] {
    return this.#seats.nodes
  }

  node(name: string): SimNode | null {
    return this.#seats.node(name)
  }

  startNode(name: string): void {
    this.#seats.start(name)
  }

  crashNode(name: string): void {
    this.#seats.crash(name)
  }

  drainNode(name: string): void {
    this.#seats.drain(name)
  }

  threadCrashed(node: SimNode, lost: readonly ShardId[]): void {
    this.#seats.threadCrashed(node, lost)
  }

  // ---------------------------------------------------------------- time

  /** One firing of the clock at most, none later than that. @returns false where none is due. */
  stepUntil(atMs: UnixMs): boolean {
    const next = this.clock.nextAtMs()
    return next !== null && next <= atMs && this.clock.step()
  }

  // ---------------------------------------------------------------- clients

  /** Asks through that node. Answered `timeout` where no answer comes: it may or may not have happened. */
  ask(through: string, to: Address, message: Message, timeoutMs: number): Promise<JsonObject> {
    return new Promise(resolve => {
      let isAnswered = false
      const answered = (body: JsonObject) => {
        if (!isAnswered) resolve(body)
        isAnswered = true
      }
      this.clock.after(timeoutMs, () => answered({ kind: 'timeout' }))
      const onAnswer = (body: JsonObject) => this.network.hop(`from ${to.id}`, () => answered(body))
      this.#reach(through, to.id, node => node.gateway.ask({ to, message, timeoutMs, onAnswer }))
    })
  }

  /** Where that node believes the driver to live. */
  homeOf(through: string, driverId: DriverId, at: LatLng): ShardId {
    return this.node(through)?.gateway.homeOf(driverId) ?? shardOfPosition(at, this.settings.shards)
  }

  fix(through: string, fix: { driverId: DriverId; token: number; at: LatLng; recordedAtMs: UnixMs }): void {
    this.#reach(through, `fix ${fix.driverId}`, node => {
      const shard = this.homeOf(through, fix.driverId, fix.at)
      node.gateway.sendFix({ ...fix, shard })
    })
  }

  #reach(name: string, what: string, act: (node: SimNode) => void): void {
    this.network.hop(`${name} > ${what}`, () => {
      const node = this.node(name)
      node?.clock.run(() => act(node))
    })
  }
}
