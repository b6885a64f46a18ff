/**
 * The engine itself under virtual time: the deciders, runtime, gate and intake that a node runs, on one host or several,
 * over a record and a bus in memory. Nothing of it is modelled here; what is added are the outside's way in and
 * a stopwatch around the turns that solve a batch.
 */
import type { DriverCommand } from '../../src/actors/driver/driver.messages.ts'
import { actorKinds } from '../../src/actors/kinds.ts'
import type { OrderCommand } from '../../src/actors/order/order.messages.ts'
import type { ActorKinds, AnyActorKind } from '../../src/actors/runtime/actor.ts'
import type { Address, Message } from '../../src/actors/runtime/envelope.ts'
import { Host } from '../../src/actors/runtime/host.ts'
import { MemoryNet } from '../../src/actors/runtime/memory/memory-bus.ts'
import { MemoryJournal } from '../../src/actors/runtime/memory/memory-journal.ts'
import { MemoryHistory, MemoryLocationLog } from '../../src/actors/runtime/memory/memory-location-log.ts'
import { MemoryPriceLog, MemoryPrices } from '../../src/actors/runtime/memory/memory-price-log.ts'
import { MemoryRecord } from '../../src/actors/runtime/memory/memory-record.ts'
import { VirtualClock } from '../../src/actors/runtime/memory/virtual-clock.ts'
import type { JsonObject } from '../../src/actors/runtime/turn.ts'
import { driverAddress, orderAddress } from '../../src/actors/send.ts'
import type { DispatchSettings } from '../../src/actors/settings.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import type { DriverId, OrderId, ShardId } from '../../src/domain/ids.ts'
import { shardOfPosition } from '../../src/domain/region.ts'
import { Histogram } from '../../src/sim/histogram.ts'

/** A group commit and an append of positions, there and back. */
const RECORD_MS = 2
/** A hop between hosts. */
const HOP_MS = 1
const RETENTION_DAYS = 30
const GATEWAY = 'bench'

export interface EngineOptions {
  readonly startMs: number
  readonly settings: DispatchSettings
  readonly threads: number
}

type Answered = (body: JsonObject) => void

export class Engine {
  readonly clock: VirtualClock
  readonly settings: DispatchSettings
  /** Wall time of the turns that solve a batch. */
  readonly solver = new Histogram()
  /** What is published to a topic; set by whoever plays the outside. */
  onPublish: (topic: string, type: string, data: JsonObject) => void = () => {}
  readonly #record: MemoryRecord
  readonly #history = new MemoryHistory()
  readonly #prices = new MemoryPrices(shard => this.#record.epochOf(shard))
  readonly #net: MemoryNet
  readonly #kinds: ActorKinds
  readonly #hosts: Host[] = []
  readonly #homes = new Map<DriverId, ShardId>()
  readonly #answers = new Map<number, Answered>()
  #asks = 0
  #fixes = 0
  #fixesRefused = 0

  private constructor({ startMs, settings }: EngineOptions) {
    this.clock = new VirtualClock({ startMs })
    this.settings = settings
    this.#kinds = timed(actorKinds(settings), this.solver)
    this.#record = new MemoryRecord({
      nowMs: () => this.clock.nowMs(),
      lastFixOf: driverId => this.#history.lastFix(driverId),
    })
    this.#net = new MemoryNet(this.clock, () => HOP_MS)
    this.#net.outside = {
      onReply: (to, body) => this.#answered(to.askId, body),
      onPublish: (topic, type, data) => this.onPublish(topic, type, data),
      onHome: (driverId, shard) => this.#homes.set(driverId, shard),
      onSettled: ({ result }) => {
        if (result !== 'committed') this.#fixesRefused++
      },
    }
  }

  /** The shards are dealt to the hosts round robin, as a node deals them to its threads. */
  static async start(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options)
    const { shards } = options.settings
    for (let host = 0; host < options.threads; host++) {
      const own = Array.from({ length: shards }, (_, s) => s as ShardId).filter(s => s % options.threads === host)
      await engine.#startHost(own)
    }
    return engine
  }

  async #startHost(shards: readonly ShardId[]): Promise<void> {
    const { clock } = this
    const journal = new MemoryJournal({ record: this.#record, clock, latencyMs: () => RECORD_MS })
    const locations = new MemoryLocationLog({
      history: this.#history,
      clock,
      retentionDays: RETENTION_DAYS,
      latencyMs: () => RECORD_MS,
    })
    const host = new Host({
      clock,
      journal,
      locations,
      prices: new MemoryPriceLog({ prices: this.#prices, clock, latencyMs: () => RECORD_MS }),
      bus: this.#net.bus(),
      kinds: this.#kinds,
      onShardLost: (shard, cause) => {
        throw new Error(`shard ${shard} was lost`, { cause })
      },
      onError: error => {
        throw error
      },
    })
    const epochs = await clock.settle(journal.takeShards(shards, `host ${this.#hosts.length}`))
    await clock.settle(host.open(shards.map((shard, i) => ({ shard, epoch: epochs[i] ?? 0 }))))
    this.#hosts.push(host)
    this.#net.attach(host)
  }

  /** Turns taken since the start, by all hosts. */
  get turns(): number {
    return this.#hosts.reduce((sum, host) => sum + host.stats.turns, 0)
  }

  /** Positions that were not committed as the newest: a correct world sends none. */
  get fixesRefused(): number {
    return this.#fixesRefused
  }

  stop(): void {
    for (const host of this.#hosts) host.stop()
  }

  // ------------------------------------------------------------ the outside's way in

  askOrder(orderId: OrderId, command: OrderCommand, answered: Answered): void {
    this.#ask(orderAddress(orderId), command, answered)
  }

  /** To where the driver is believed to live; the engine sends it on. */
  askDriver(driverId: DriverId, near: LatLng, command: DriverCommand, answered: Answered): void {
    this.#ask(driverAddress(driverId, this.#homeOf(driverId, near)), command, answered)
  }

  fix(driverId: DriverId, at: LatLng): void {
    this.#net.deliverFix(GATEWAY, {
      driverId,
      shard: this.#homeOf(driverId, at),
      token: ++this.#fixes,
      index: 0,
      create: true,
      fix: { ...at, speed: null, heading: null, accuracy: null, recordedAtMs: this.clock.nowMs(), orderId: null },
    })
  }

  #homeOf(driverId: DriverId, near: LatLng): ShardId {
    return this.#homes.get(driverId) ?? shardOfPosition(near, this.settings.shards)
  }

  #ask(to: Address, message: Message, answered: Answered): void {
    const askId = ++this.#asks
    this.#answers.set(askId, answered)
    const asked = { ...message, replyTo: { gateway: GATEWAY, askId } }
    this.#net.deliver({ to, class: 'command', epoch: 0, deadlineMs: 0, hops: 0, message: asked })
  }

  #answered(askId: number, body: JsonObject): void {
    const answered = this.#answers.get(askId)
    this.#answers.delete(askId)
    answered?.(body)
  }
}

/** The same actors, with a stopwatch on the matching cells' batches. */
function timed(kinds: ActorKinds, solver: Histogram): ActorKinds {
  const matching: AnyActorKind = {
    ...kinds.matching,
    decide(state, message, nowMs) {
      if (message.kind !== 'timer') return kinds.matching.decide(state, message, nowMs)
      const startedMs = performance.now()
      const turn = kinds.matching.decide(state, message, nowMs)
      solver.record(performance.now() - startedMs)
      return turn
    },
  }
  return { ...kinds, matching }
}
