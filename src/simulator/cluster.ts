/**
 * A whole Waggle cluster in one thread, under virtual time: real deciders, runtime and ownership logic, the rules of the
 * record, and a world that can do anything to them. Clients speak to one node each.
 */
import type { Address, Message } from '../actors/runtime/envelope.ts'
import type { ShardGrant } from '../actors/runtime/host.ts'
import { MemoryJournal } from '../actors/runtime/memory/memory-journal.ts'
import { MemoryHistory, MemoryLocationLog } from '../actors/runtime/memory/memory-location-log.ts'
import { MemoryBucket, MemoryMembership } from '../actors/runtime/memory/memory-membership.ts'
import { MemoryRecord } from '../actors/runtime/memory/memory-record.ts'
import type { JournalTurn, TurnOutcome } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { DispatchSettings } from '../actors/settings.ts'
import { LEASE_TTL_MS } from '../cluster/ownership/limits.ts'
import type { LatLng } from '../domain/geo.ts'
import type { DriverId, ShardId, UnixMs } from '../domain/ids.ts'
import { shardOfPosition } from '../domain/region.ts'
import type { Chance } from './chance.ts'
import { type Machine, NodeClock, SteppedClock } from './clocks.ts'
import { FarJournal, FarLocationLog } from './far-store.ts'
import { Keeper } from './keeper.ts'
import type { MembersWeather } from './members-weather.ts'
import { Network, type Settled } from './network.ts'
import { SimNode } from './node.ts'
import { START_MS } from './places.ts'
import type { NodePlan, Plan } from './plan.ts'
import type { RecordWeather } from './record-weather.ts'
import type { Tally } from './tally.ts'
import type { Trace } from './trace.ts'

/** Answers to an earlier life of a gateway must not be taken for answers to this one. */
const ASKS_PER_LIFE = 1_000_000
const RETENTION_DAYS = 30

export interface ClusterWatch {
  onCommit(turns: readonly JournalTurn[], outcomes: readonly TurnOutcome[]): void
  onServed(node: string, grants: readonly ShardGrant[]): void
  onSealed(node: string, shards: readonly ShardId[]): void
  onPublish(topic: string, type: string, data: JsonObject): void
  onError(error: unknown): void
}

export interface ClusterParts {
  readonly plan: Plan
  readonly settings: DispatchSettings
  readonly chance: Chance
  readonly weather: RecordWeather
  readonly membersWeather: MembersWeather
  readonly tally: Tally
  readonly trace: Trace
  readonly watch: ClusterWatch
}

class WatchedRecord extends MemoryRecord {
  onCommit: (turns: readonly JournalTurn[], outcomes: readonly TurnOutcome[]) => void = () => {}

  override commit(turns: readonly JournalTurn[]): TurnOutcome[] {
    const outcomes = super.commit(turns)
    this.onCommit(turns, outcomes)
    return outcomes
  }
}

/** What is left of a node while its process is dead. */
interface Seat {
  readonly plan: NodePlan
  running: { node: SimNode; keeper: Keeper } | null
  lives: number
  /** It should run, or as soon as its former life has ended. */
  isWanted: boolean
}

export class Cluster {
  readonly clock: SteppedClock
  readonly record: WatchedRecord
  readonly history = new MemoryHistory()
  readonly network: Network
  readonly settings: DispatchSettings
  readonly startedAtMs = START_MS
  onSettled: (fix: Settled) => void = () => {}
  readonly #parts: ClusterParts
  readonly #bucket: MemoryBucket
  readonly #seats: Seat[]

  constructor(parts: ClusterParts) {
    const { plan, chance, tally, watch } = parts
    this.#parts = parts
    this.settings = parts.settings
    this.clock = new SteppedClock({ startMs: START_MS, shuffle: chance.next })
    const { clock, history } = this
    this.record = new WatchedRecord({
      nowMs: () => clock.nowMs(),
      lastFixOf: driverId => history.lastFix(driverId),
    })
    this.record.onCommit = (turns, outcomes) => watch.onCommit(turns, outcomes)
    const { expiryLagMs } = parts.membersWeather
    this.#bucket = new MemoryBucket({ clock, ttlMs: LEASE_TTL_MS, expiryLagMs })
    this.network = new Network({
      clock,
      chance,
      noise: plan.noise,
      tally,
      onPublish: (_, topic, type, data) => watch.onPublish(topic, type, data),
    })
    this.#seats = plan.nodes.map(node => ({ plan: node, running: null, lives: 0, isWanted: false }))
  }

  start(): void {
    for (const name of this.names) this.startNode(name)
  }

  get names(): string[] {
    return this.#seats.map(seat => seat.plan.name)
  }

  // ---------------------------------------------------------------- nodes

  /** Nothing happens where it runs already; where it is leaving it comes back afterwards. */
  startNode(name: string): void {
    const seat = this.#seat(name)
    seat.isWanted = true
    if (seat.running) return
    seat.lives++
    const clock = new NodeClock(this.clock, seat.plan)
    const node = this.#node(seat, clock)
    const { membersWeather, trace, watch } = this.#parts
    const keeper = new Keeper({
      node,
      boot: `life-${seat.lives}`,
      shards: this.settings.shards,
      clock,
      membership: new MemoryMembership({
        bucket: this.#bucket,
        clock,
        latencyMs: membersWeather.latencyMs,
        before: () => membersWeather.fateOf(name),
        watchDelayMs: () => membersWeather.watchDelayMs(name),
      }),
      journal: this.#journal(name, clock),
      trace,
      onSealed: shards => watch.onSealed(name, shards),
      onError: watch.onError,
    })
    seat.running = { node, keeper }
    this.network.join(node)
    keeper.start()
  }

  crashNode(name: string): void {
    const seat = this.#seat(name)
    seat.running?.keeper.stop()
    seat.running?.node.crash()
    seat.running = null
    seat.isWanted = false
  }

  /** Shuts it down as one should: everything is handed off first. */
  drainNode(name: string): void {
    const seat = this.#seat(name)
    const { running } = seat
    if (!running) return
    seat.isWanted = false
    running.keeper.leave().then(() => {
      if (seat.running !== running) return
      const isWanted = seat.isWanted
      this.crashNode(name)
      if (isWanted) this.startNode(name)
    })
  }

  /** A thread has died: nobody serves what it served. */
  threadCrashed(node: SimNode, lost: readonly ShardId[]): void {
    const { running } = this.#seat(node.name)
    if (running?.node === node) for (const shard of lost) running.keeper.lost(shard, 'failed')
  }

  #node(seat: Seat, clock: NodeClock): SimNode {
    const { name, hosts } = seat.plan
    const { weather, watch } = this.#parts
    const node: SimNode = new SimNode({
      name,
      clock,
      settings: this.settings,
      threads: hosts,
      network: this.network,
      journalOf: thread => this.#journal(name, thread),
      locationsOf: thread =>
        new FarLocationLog(
          new MemoryLocationLog({
            history: this.history,
            clock: this.clock,
            retentionDays: RETENTION_DAYS,
            latencyMs: weather.latencyMs,
            before: () => weather.appendFault(name),
          }),
          thread,
        ),
      firstAsk: seat.lives * ASKS_PER_LIFE,
      onSettled: fix => this.onSettled(fix),
      onServed: (served, grants) => {
        watch.onServed(served.name, grants)
        // An owner tells everybody; who does not hear it learns from a refusal.
        this.network.broadcast(name, station => {
          for (const { shard, epoch } of grants)
            if (station instanceof SimNode) station.gateway.learnEpoch(shard, epoch)
        })
      },
      onLost: (shard, cause) => {
        if (cause !== 'fenced') watch.onError(cause)
        seat.running?.keeper.lost(shard, cause === 'fenced' ? 'fenced' : 'failed')
      },
      onError: watch.onError,
    })
    return node
  }

  #journal(name: string, machine: Machine): FarJournal {
    const { weather } = this.#parts
    const { record, clock } = this
    const before = (request: Parameters<RecordWeather['fateOf']>[1]) => weather.fateOf(name, request)
    return new FarJournal(new MemoryJournal({ record, clock, latencyMs: weather.latencyMs, before }), machine)
  }

  #seat(name: string): Seat {
    const seat = this.#seats.find(s => s.plan.name === name)
    if (!seat) throw new Error(`there is no ${name}`)
    return seat
  }

  /** Null while it is down. */
  node(name: string): SimNode | null {
    return this.#seat(name).running?.node ?? null
  }

  get nodes(): SimNode[] {
    return this.#seats.flatMap(({ running }) => (running ? [running.node] : []))
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
      this.#reach(through, node =>
        node.gateway.ask({ to, message, timeoutMs, onAnswer: body => this.network.hop(() => answered(body)) }),
      )
    })
  }

  /** Where that node believes the driver to live. */
  homeOf(through: string, driverId: DriverId, at: LatLng): ShardId {
    return this.node(through)?.gateway.homeOf(driverId) ?? shardOfPosition(at, this.settings.shards)
  }

  fix(through: string, fix: { driverId: DriverId; token: number; at: LatLng; recordedAtMs: UnixMs }): void {
    this.#reach(through, node => {
      const shard = this.homeOf(through, fix.driverId, fix.at)
      node.gateway.sendFix({ ...fix, shard })
    })
  }

  #reach(name: string, act: (node: SimNode) => void): void {
    this.network.hop(() => {
      const node = this.node(name)
      node?.clock.run(() => act(node))
    })
  }
}
