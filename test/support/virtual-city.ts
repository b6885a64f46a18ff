/**
 * A whole Waggle under virtual time: real deciders, runtime and rules of the record, one or more hosts, no I/O.
 * Requests are answered through `ask`, which lets time pass until the answer is there.
 */

import type { DriverCommand, DriverReply } from '../../src/actors/driver/driver.messages.ts'
import type { DriverState } from '../../src/actors/driver/driver.state.ts'
import { actorKinds } from '../../src/actors/kinds.ts'
import type { OrderCommand, OrderReply } from '../../src/actors/order/order.messages.ts'
import type { OrderState, OrderTerms } from '../../src/actors/order/order.state.ts'
import type { Address, Message } from '../../src/actors/runtime/envelope.ts'
import { Host } from '../../src/actors/runtime/host.ts'
import { MemoryNet, type SettledFix } from '../../src/actors/runtime/memory/memory-bus.ts'
import { MemoryJournal, type MemoryJournalOptions } from '../../src/actors/runtime/memory/memory-journal.ts'
import { MemoryHistory, MemoryLocationLog } from '../../src/actors/runtime/memory/memory-location-log.ts'
import { MemoryRecord } from '../../src/actors/runtime/memory/memory-record.ts'
import { VirtualClock } from '../../src/actors/runtime/memory/virtual-clock.ts'
import type { JsonObject } from '../../src/actors/runtime/turn.ts'
import { driverAddress, orderAddress } from '../../src/actors/send.ts'
import type { DispatchSettings } from '../../src/actors/settings.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import {
  type DriverId,
  newOrderId,
  type OfferId,
  type OrderId,
  orderOfOffer,
  type ShardId,
} from '../../src/domain/ids.ts'
import { shardOfPosition } from '../../src/domain/region.ts'

export const START_MS = Date.UTC(2026, 0, 5, 12)

export const SETTINGS: DispatchSettings = {
  shards: 16,
  acceptAutomatically: false,
  offersAtOnce: 1,
  offerTtlMs: 15_000,
  orderTtlMs: 600_000,
  scheduleLeadMs: 600_000,
  staleMs: 60_000,
  matchWindowMs: 2_000,
  pickupMaxS: 1_200,
}

export const DOWNTOWN: LatLng = { latitude: 37.775, longitude: -122.418 }

export function north(p: LatLng, metres: number): LatLng {
  return { latitude: p.latitude + metres / 111_195, longitude: p.longitude }
}

export interface Published {
  readonly topic: string
  readonly type: string
  readonly data: JsonObject
}

export interface CityOptions {
  readonly settings?: Partial<DispatchSettings>
  readonly hosts?: number
  readonly journal?: Partial<Pick<MemoryJournalOptions, 'before' | 'latencyMs'>>
}

const ADMIN = { role: 'admin', id: 'admin' } as const

export class VirtualCity {
  readonly clock = new VirtualClock({ startMs: START_MS })
  readonly settings: DispatchSettings
  readonly record: MemoryRecord
  readonly history: MemoryHistory
  readonly net: MemoryNet
  readonly published: Published[] = []
  readonly settled: SettledFix[] = []
  readonly lost: { shard: ShardId; cause: 'fenced' | Error }[] = []
  hosts: Host[] = []
  readonly #homes = new Map<DriverId, ShardId>()
  readonly #answers = new Map<number, (body: JsonObject) => void>()
  readonly #options: CityOptions
  #asks = 0
  #tokens = 0
  #random = 1

  constructor(options: CityOptions = {}) {
    this.#options = options
    this.settings = { ...SETTINGS, ...options.settings }
    this.history = new MemoryHistory()
    this.record = new MemoryRecord({
      nowMs: () => this.clock.nowMs(),
      lastFixOf: driverId => this.history.lastFix(driverId),
    })
    this.net = new MemoryNet(this.clock)
    this.net.outside = {
      onReply: (to, body) => this.#answers.get(to.askId)?.(body),
      onPublish: (topic, type, data) => this.published.push({ topic, type, data }),
      onSettled: fix => this.settled.push(fix),
      onHome: (driverId, shard) => this.#homes.set(driverId, shard),
    }
  }

  /** Starts the hosts, the shards dealt round robin. */
  async start(): Promise<this> {
    const count = this.#options.hosts ?? 1
    for (let i = 0; i < count; i++) await this.startHost(this.#shardsOf(i, count))
    return this
  }

  #shardsOf(i: number, count: number): ShardId[] {
    return Array.from({ length: this.settings.shards }, (_, s) => s as ShardId).filter(s => s % count === i)
  }

  async startHost(shards: readonly ShardId[]): Promise<Host> {
    const journal = new MemoryJournal({
      record: this.record,
      clock: this.clock,
      latencyMs: () => 2,
      ...this.#options.journal,
    })
    const host = new Host({
      clock: this.clock,
      journal,
      locations: new MemoryLocationLog({
        history: this.history,
        clock: this.clock,
        retentionDays: 30,
        latencyMs: () => 2,
      }),
      bus: this.net.bus(),
      kinds: actorKinds(this.settings),
      onShardLost: (shard, cause) => this.lost.push({ shard, cause }),
      onError: error => {
        throw error
      },
    })
    const epochs = await this.clock.settle(journal.takeShards(shards, `host-${this.hosts.length}`))
    await this.clock.settle(host.open(shards.map((shard, i) => ({ shard, epoch: epochs[i] ?? 0 }))))
    this.hosts.push(host)
    this.net.attach(host)
    return host
  }

  /** All hosts die at this instant, and new ones start from the record. */
  async crashAndRestart(): Promise<void> {
    for (const host of this.hosts) {
      host.stop()
      this.net.detach(host)
    }
    this.hosts = []
    await this.start()
  }

  advance(ms: number): void {
    this.clock.advance(ms)
  }

  // ------------------------------------------------------------ the outside

  ask(to: Address, message: Message): Promise<JsonObject> {
    const askId = ++this.#asks
    return new Promise(resolve => {
      this.#answers.set(askId, resolve)
      this.net.deliver({
        to,
        class: 'command',
        epoch: 0,
        deadlineMs: 0,
        hops: 0,
        message: { ...message, replyTo: { gateway: 'test', askId } } as Message,
      })
    })
  }

  order(
    orderId: OrderId,
    command: Omit<OrderCommand, 'replyTo' | 'by'> & { by?: OrderCommand['by'] },
  ): Promise<OrderReply> {
    const message = { by: ADMIN, ...command } as OrderCommand
    return this.clock.settle(this.ask(orderAddress(orderId), message)) as unknown as Promise<OrderReply>
  }

  driver(driverId: DriverId, command: Omit<DriverCommand, 'replyTo'>): Promise<DriverReply> {
    const address = driverAddress(
      driverId,
      this.#homes.get(driverId) ?? shardOfPosition(DOWNTOWN, this.settings.shards),
    )
    return this.clock.settle(this.ask(address, command as DriverCommand)) as unknown as Promise<DriverReply>
  }

  /** A fix, sent to the shard where the driver is believed to live. */
  fix(driverId: DriverId, at: LatLng, recordedAtMs: number | null = this.clock.nowMs()): number {
    const token = ++this.#tokens
    this.net.deliverFix('test', {
      driverId,
      shard: this.#homes.get(driverId) ?? shardOfPosition(at, this.settings.shards),
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
    const orderId = newOrderId(shardOfPosition(pickup, this.settings.shards), this.clock.nowMs(), random)
    return {
      orderId,
      pickup: { ...pickup, address: null },
      dropoff: { ...north(pickup, 3_000), address: null },
      vehicleType: null,
      size: 1,
      skills: [],
      items: [],
      notes: null,
      customerId: null,
      reference: null,
      quoteId: null,
      price: { amount: 1_000, currency: 'USD', breakdown: [{ code: 'base', label: 'Base fare', amount: 1_000 }] },
      distanceM: 3_000,
      durationS: 600,
      scheduledAtMs: null,
      ...more,
    }
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
