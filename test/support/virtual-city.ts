/**
 * A whole Waggle under virtual time: real deciders, runtime and rules of the record, one or more hosts, no I/O.
 * Requests are answered through `ask`, which lets time pass until the answer is there.
 */

import { DEFAULT_SETTINGS } from '../../src/actors/default-settings.ts'
import type { DriverCommand, DriverReply } from '../../src/actors/driver/driver.messages.ts'
import type { DriverState } from '../../src/actors/driver/driver.state.ts'
import { actorKinds } from '../../src/actors/kinds.ts'
import type { OrderCommand, OrderReply } from '../../src/actors/order/order.messages.ts'
import type { OrderState, OrderTerms } from '../../src/actors/order/order.state.ts'
import type { Address, Envelope, Message } from '../../src/actors/runtime/envelope.ts'
import { StoreUnavailableError } from '../../src/actors/runtime/errors.ts'
import { Host } from '../../src/actors/runtime/host.ts'
import { type MemoryBus, MemoryNet, type NetFate, type SettledFix } from '../../src/actors/runtime/memory/memory-bus.ts'
import { MemoryJournal, type MemoryJournalOptions } from '../../src/actors/runtime/memory/memory-journal.ts'
import {
  MemoryHistory,
  MemoryLocationLog,
  type MemoryLocationLogOptions,
} from '../../src/actors/runtime/memory/memory-location-log.ts'
import {
  MemoryPriceLog,
  type MemoryPriceLogOptions,
  MemoryPrices,
} from '../../src/actors/runtime/memory/memory-price-log.ts'
import { MemoryRecord } from '../../src/actors/runtime/memory/memory-record.ts'
import { VirtualClock } from '../../src/actors/runtime/memory/virtual-clock.ts'
import type {
  Cancel,
  Clock,
  IntakeItem,
  JournalTurn,
  Random,
  TurnOutcome,
  ZoneLog,
} from '../../src/actors/runtime/ports.ts'
import type { JsonObject } from '../../src/actors/runtime/turn.ts'
import { driverAddress, orderAddress } from '../../src/actors/send.ts'
import type { DispatchSettings } from '../../src/actors/settings.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import { type DriverId, type OfferId, type OrderId, orderOfOffer, type ShardId } from '../../src/domain/ids.ts'
import { shardOfPosition } from '../../src/domain/region.ts'
import { EAGER } from '../../src/simulator/eager-ruleset.ts'
import { DOWNTOWN, orderTerms, START_MS } from '../../src/simulator/places.ts'

export { DOWNTOWN, north, START_MS } from '../../src/simulator/places.ts'

export interface Published {
  readonly topic: string
  readonly type: string
  readonly data: JsonObject
}

export interface CityOptions {
  readonly settings?: Partial<DispatchSettings>
  readonly hosts?: number
  readonly journal?: Partial<Pick<MemoryJournalOptions, 'before' | 'latencyMs'>>
  readonly locations?: Partial<Pick<MemoryLocationLogOptions, 'before' | 'latencyMs'>>
  readonly prices?: Partial<Pick<MemoryPriceLogOptions, 'before' | 'latencyMs'>>
  /** The zones as each host reads them; left out: there are none. */
  readonly zones?: () => ZoneLog
  /** What the network does to a message to a shard. */
  readonly fate?: (what: Envelope | IntakeItem) => NetFate
  /** The order of what happens in one instant; that of arming unless given. */
  readonly shuffle?: Random
  /** After each commit. */
  readonly onCommit?: (committed: readonly JournalTurn[]) => void
}

const ADMIN = { role: 'admin', id: 'admin' } as const
const RETAKE_AFTER_MS = 200
/** A test whose question is never answered fails rather than waiting for ever. */
const ANSWER_MAX_MS = 600_000

/** One process or thread: its host, and what dies with it. */
interface Running {
  readonly host: Host
  readonly bus: MemoryBus
  readonly clock: MortalClock
  readonly shards: Set<ShardId>
}

/** Nothing that a dead process has armed happens any more. What it has sent to the record already may still land. */
class MortalClock implements Clock {
  readonly #clock: Clock
  #dead = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  nowMs(): number {
    return this.#clock.nowMs()
  }

  after(delayMs: number, fire: () => void): Cancel {
    return this.#clock.after(delayMs, () => {
      if (!this.#dead) fire()
    })
  }

  kill(): void {
    this.#dead = true
  }
}

class WatchedRecord extends MemoryRecord {
  onCommit: (committed: readonly JournalTurn[]) => void = () => {}

  override commit(turns: readonly JournalTurn[]): TurnOutcome[] {
    const outcomes = super.commit(turns)
    this.onCommit(turns.filter((_, i) => outcomes[i] === 'committed'))
    return outcomes
  }
}

export class VirtualCity {
  readonly clock: VirtualClock
  readonly settings: DispatchSettings
  readonly record: MemoryRecord
  readonly history: MemoryHistory
  readonly prices: MemoryPrices
  readonly net: MemoryNet
  readonly published: Published[] = []
  readonly settled: SettledFix[] = []
  readonly lost: { shard: ShardId; cause: 'fenced' | Error }[] = []
  onPublished: (published: Published) => void = () => {}
  onSettled: (fix: SettledFix) => void = () => {}
  readonly #running: (Running | null)[] = []
  readonly #homes = new Map<DriverId, ShardId>()
  readonly #epochs = new Map<ShardId, number>()
  readonly #answers = new Map<number, (body: JsonObject) => void>()
  readonly #options: CityOptions
  #asks = 0
  #tokens = 0
  #random = 1

  constructor(options: CityOptions = {}) {
    this.#options = options
    this.settings = { ...DEFAULT_SETTINGS, ...EAGER, ...options.settings }
    this.clock = new VirtualClock({ startMs: START_MS, ...(options.shuffle ? { shuffle: options.shuffle } : {}) })
    this.history = new MemoryHistory()
    const record = new WatchedRecord({
      nowMs: () => this.clock.nowMs(),
      lastFixOf: driverId => this.history.lastFix(driverId),
    })
    if (options.onCommit) record.onCommit = options.onCommit
    this.record = record
    this.prices = new MemoryPrices(shard => record.epochOf(shard))
    this.net = new MemoryNet(this.clock, () => 0, options.fate)
    this.net.outside = {
      onReply: (to, body) => this.#answered(to.askId, body),
      onPublish: (topic, type, data) => {
        this.published.push({ topic, type, data })
        this.onPublished({ topic, type, data })
      },
      onSettled: fix => {
        this.settled.push(fix)
        this.onSettled(fix)
      },
      onHome: (driverId, shard) => this.#homes.set(driverId, shard),
    }
  }

  // ------------------------------------------------------------ hosts

  /** Starts the hosts, the shards dealt round robin. */
  async start(): Promise<this> {
    const count = this.#options.hosts ?? 1
    for (let i = 0; i < count; i++) await this.startHost(i, this.#shardsOf(i, count))
    return this
  }

  get hosts(): Host[] {
    return this.#running.flatMap(running => (running ? [running.host] : []))
  }

  #shardsOf(i: number, count: number): ShardId[] {
    return Array.from({ length: this.settings.shards }, (_, s) => s as ShardId).filter(s => s % count === i)
  }

  startHost(index: number, shards: readonly ShardId[]): Promise<Host> {
    return this.clock.settle(this.boot(index, shards))
  }

  /** As `startHost`, and time is somebody else's to move. */
  async boot(index: number, shards: readonly ShardId[]): Promise<Host> {
    const clock = new MortalClock(this.clock)
    const bus = this.net.bus()
    const host = new Host({
      clock,
      journal: this.#journal(),
      locations: new MemoryLocationLog({
        history: this.history,
        clock: this.clock,
        retentionDays: 30,
        latencyMs: () => 2,
        ...this.#options.locations,
      }),
      prices: new MemoryPriceLog({
        prices: this.prices,
        clock: this.clock,
        latencyMs: () => 2,
        ...this.#options.prices,
      }),
      ...(this.#options.zones ? { zones: this.#options.zones() } : {}),
      bus,
      kinds: actorKinds(this.settings),
      onShardLost: (shard, cause) => this.lost.push({ shard, cause }),
      onError: error => {
        throw error
      },
    })
    this.#running[index] = { host, bus, clock, shards: new Set(shards) }
    this.net.attach(host)
    await this.#openShards(host, shards, `host-${index}`)
    return host
  }

  #journal(): MemoryJournal {
    return new MemoryJournal({ record: this.record, clock: this.clock, latencyMs: () => 2, ...this.#options.journal })
  }

  /** As a supervisor does: takes the shards, and again for as long as the record does not answer. */
  async #openShards(host: Host, shards: readonly ShardId[], owner: string): Promise<void> {
    for (;;) {
      try {
        const epochs = await this.#journal().takeShards(shards, owner)
        const grants = shards.map((shard, i) => ({ shard, epoch: epochs[i] ?? 0 }))
        for (const { shard, epoch } of grants) this.#epochs.set(shard, epoch)
        await host.open(grants)
        return
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error
        await new Promise<void>(resolve => this.clock.after(RETAKE_AFTER_MS, resolve))
      }
    }
  }

  /** A host takes a shard from another one, which serves it on until it finds out, or is told by `release`. */
  async takeOver(shard: ShardId, index: number): Promise<void> {
    const taker = this.#running[index]
    if (!taker) return
    for (const running of this.#running) running?.shards.delete(shard)
    taker.shards.add(shard)
    await this.#openShards(taker.host, [shard], `host-${index}`)
  }

  /** Whoever does not own the shard any more stops serving it. */
  release(shard: ShardId): void {
    for (const running of this.#running) if (running && !running.shards.has(shard)) running.host.drop(shard)
  }

  /** @returns the shards that it served: nobody does now. */
  crashHost(index: number): readonly ShardId[] {
    const running = this.#running[index]
    if (!running) return []
    running.host.stop()
    running.clock.kill()
    running.bus.kill()
    this.net.detach(running.host)
    this.#running[index] = null
    return [...running.shards]
  }

  /** All hosts die at this instant, and new ones start from the record. */
  async crashAndRestart(): Promise<void> {
    const dead = this.#running.map((_, index) => this.crashHost(index))
    for (const [index, shards] of dead.entries()) await this.startHost(index, shards)
  }

  advance(ms: number): void {
    this.clock.advance(ms)
  }

  // ------------------------------------------------------------ the outside

  /** @param timeoutMs  then it is answered `timeout`, as a gateway does: it may or may not have happened. */
  ask(to: Address, message: Message, timeoutMs?: number): Promise<JsonObject> {
    const askId = ++this.#asks
    return new Promise(resolve => {
      this.#answers.set(askId, resolve)
      if (timeoutMs !== undefined) this.clock.after(timeoutMs, () => this.#answered(askId, { kind: 'timeout' }))
      this.net.deliver({
        to,
        class: 'command',
        // Whoever was replaced answers from what it believes: only the epoch tells.
        epoch: this.#epochs.get(to.shard) ?? 0,
        deadlineMs: timeoutMs === undefined ? 0 : this.clock.nowMs() + timeoutMs,
        hops: 0,
        message: { ...message, replyTo: { gateway: 'test', askId } } as Message,
      })
    })
  }

  #answered(askId: number, body: JsonObject): void {
    this.#answers.get(askId)?.(body)
    this.#answers.delete(askId)
  }

  homeOf(driverId: DriverId): ShardId {
    return this.#homes.get(driverId) ?? shardOfPosition(DOWNTOWN, this.settings.shards)
  }

  order(
    orderId: OrderId,
    command: Omit<OrderCommand, 'replyTo' | 'by'> & { by?: OrderCommand['by'] },
  ): Promise<OrderReply> {
    const message = { by: ADMIN, ...command } as OrderCommand
    return this.clock.settle(this.ask(orderAddress(orderId), message, ANSWER_MAX_MS)) as unknown as Promise<OrderReply>
  }

  driver(driverId: DriverId, command: Omit<DriverCommand, 'replyTo'>): Promise<DriverReply> {
    const address = driverAddress(driverId, this.homeOf(driverId))
    return this.clock.settle(
      this.ask(address, command as DriverCommand, ANSWER_MAX_MS),
    ) as unknown as Promise<DriverReply>
  }

  /** A fix, sent to the shard where the driver is believed to live. */
  fix(driverId: DriverId, at: LatLng, recordedAtMs: number | null = this.clock.nowMs()): number {
    const shard = this.#homes.get(driverId) ?? shardOfPosition(at, this.settings.shards)
    return this.fixTo(shard, driverId, at, recordedAtMs)
  }

  fixTo(shard: ShardId, driverId: DriverId, at: LatLng, recordedAtMs: number | null = this.clock.nowMs()): number {
    const token = ++this.#tokens
    this.net.deliverFix('test', {
      driverId,
      shard,
      token,
      index: 0,
      create: true,
      fix: { ...at, speed: null, heading: null, accuracy: null, recordedAtMs, orderId: null },
    })
    return token
  }

  /** A driver on duty at that place. */
  async onDuty(id: string, at: LatLng = DOWNTOWN, capacity = 1): Promise<DriverId> {
    const driverId = id as DriverId
    this.fix(driverId, at)
    this.advance(20)
    await this.driver(driverId, { kind: 'driver.patch', patch: { capacity } } as never)
    await this.driver(driverId, { kind: 'driver.availability', status: 'available' } as never)
    return driverId
  }

  newOrder(pickup: LatLng = DOWNTOWN, more: Partial<OrderTerms> = {}): OrderTerms {
    const random = () => {
      this.#random = (this.#random * 16807) % 2147483647
      return this.#random / 2147483647
    }
    return orderTerms({ pickup, shards: this.settings.shards, nowMs: this.clock.nowMs(), random }, more)
  }

  async place(pickup: LatLng = DOWNTOWN, more: Partial<OrderTerms> = {}): Promise<OrderState> {
    const terms = this.newOrder(pickup, more)
    return orderOf(await this.order(terms.orderId, { kind: 'order.place', terms, key: null } as never))
  }

  accept(offerId: OfferId, by: OrderCommand['by'] = ADMIN): Promise<OrderReply> {
    return this.order(orderOfOffer(offerId) as OrderId, { kind: 'order.accept', offerId, by } as never)
  }

  // ------------------------------------------------------------ what can be seen

  /** Offers that rang on a phone, oldest first. */
  offers(driverId?: DriverId): { offerId: OfferId; driverId: DriverId }[] {
    return this.published
      .filter(p => p.type === 'offer' && (!driverId || p.topic === `phone:${driverId}`))
      .map(p => ({ offerId: p.data.offer_id as OfferId, driverId: p.topic.slice('phone:'.length) as DriverId }))
  }

  phone(driverId: DriverId): Published[] {
    return this.published.filter(p => p.topic === `phone:${driverId}`)
  }

  stored(orderId: OrderId): OrderState {
    const row = this.record.orders().find(o => o.orderId === orderId)
    if (!row) throw new Error(`no order ${orderId} in the record`)
    return row.state as unknown as OrderState
  }

  async read(driverId: DriverId): Promise<DriverState> {
    const answer = await this.driver(driverId, { kind: 'driver.read' } as never)
    if (answer.kind !== 'driver') throw new Error(answer.kind)
    return answer.driver as unknown as DriverState
  }
}

export function orderOf(reply: OrderReply): OrderState {
  if (reply.kind !== 'order') throw new Error(`answered ${JSON.stringify(reply)}`)
  return reply.order as unknown as OrderState
}
