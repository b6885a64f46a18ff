/**
 * A driver of the replay: goes on duty where it stands, answers offers, drives at constant speed and says on the way where
 * it is. What it knows it knows from its phone, as a driver of the running node does.
 */
import type { OrderState } from '../../src/actors/order/order.state.ts'
import type { JsonObject } from '../../src/actors/runtime/turn.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import { type DriverId, type OfferId, type OrderId, orderOfOffer, type Uniform } from '../../src/domain/ids.ts'
import type { OrderStatus } from '../../src/domain/order-lifecycle.ts'
import { drive, type Journey, type Pace, placeAt, stay } from '../../src/sim/journey.ts'
import type { Engine } from './engine.ts'

/** Often enough that a matching cell never takes it for gone. */
const REPORT_EVERY_MS = 20_000

export interface DriverOptions {
  readonly engine: Engine
  readonly index: number
  readonly place: LatLng
  readonly pace: Pace
  /** Time at each stop. */
  readonly stopS: number
  /** Orders that it may have been given at once: one in hand and one to follow, or one. */
  readonly capacity: number
  readonly acceptShare: number
  readonly silentShare: number
  readonly random: Uniform
  readonly log: DriverLog
}

export interface DriverLog {
  onOffer(): void
  onArrival(arrival: Arrival): void
  /** The engine refused what a driver in its place must be able to do. */
  onRefused(command: string, answer: string): void
}

export interface Arrival {
  readonly driver: number
  readonly orderId: OrderId
  readonly assignedAtMs: number
  readonly atMs: number
  readonly chained: boolean
}

interface Task {
  readonly order: OrderState
  readonly chained: boolean
}

export class VirtualDriver {
  readonly driverId: DriverId
  readonly #options: DriverOptions
  #journey: Journey
  /** What it has been given, the present order first. */
  #tasks: Task[] = []
  readonly #done = new Set<OrderId>()

  constructor(options: DriverOptions) {
    this.driverId = `drv_${options.index}` as DriverId
    this.#options = options
    this.#journey = stay(options.place, 0)
  }

  /** It finishes what it has, and is offered nothing more. */
  end(): void {
    const { engine, place } = this.#options
    const command = { kind: 'driver.availability', status: 'paused' } as const
    engine.askDriver(this.driverId, place, command, answer => this.#expect('driver', command.kind, answer))
  }

  /** @param inMs  when it says for the first time where it is, then on duty a second later. */
  start(inMs: number): void {
    const { engine, place, capacity } = this.#options
    engine.clock.after(inMs, () => {
      this.#report()
      this.#keepReporting()
    })
    engine.clock.after(inMs + 1_000, () => {
      if (capacity > 1) {
        const patch = { kind: 'driver.patch', patch: { capacity } } as const
        engine.askDriver(this.driverId, place, patch, answer => this.#expect('driver', patch.kind, answer))
      }
      const command = { kind: 'driver.availability', status: 'available' } as const
      engine.askDriver(this.driverId, place, command, answer => this.#expect('driver', command.kind, answer))
    })
  }

  /** What its phone shows. */
  receive(type: string, data: JsonObject): void {
    switch (type) {
      case 'offer':
        this.#options.log.onOffer()
        this.#answerOffer(data.offer_id as OfferId)
        break
      case 'assignment':
        // Published by the order's actor: an OrderState as JSON.
        this.#assigned(data.order as unknown as OrderState)
        break
      case 'order_cancelled':
        this.#withdrawn(data.order_id as OrderId)
        break
    }
  }

  #answerOffer(offerId: OfferId): void {
    const { engine, random, acceptShare, silentShare } = this.#options
    const orderId = orderOfOffer(offerId)
    const drawn = random()
    if (orderId === null || drawn >= 1 - silentShare) return
    const by = { role: 'driver', id: this.driverId } as const
    // Either may come too late: another was quicker, or the customer has gone.
    if (drawn < acceptShare) engine.askOrder(orderId, { kind: 'order.accept', offerId, by }, () => {})
    else engine.askOrder(orderId, { kind: 'order.decline', offerId, reason: null, by }, () => {})
  }

  #assigned(order: OrderState): void {
    // A phone may be told twice, and once more when the order has just ended.
    const { orderId } = order.terms
    if (this.#done.has(orderId) || this.#tasks.some(task => task.order.terms.orderId === orderId)) return
    this.#tasks.push({ order, chained: this.#tasks.length > 0 })
    if (this.#tasks.length === 1) this.#driveToPickup(order, this.#options.engine.clock.nowMs())
  }

  #driveToPickup(order: OrderState, startMs: number): void {
    this.#tell(order, 'en_route_to_pickup')
    this.#driveTo(order.terms.pickup, startMs, order, atMs => {
      const [task] = this.#tasks
      this.#tell(order, 'at_pickup')
      this.#options.log.onArrival({
        driver: this.#options.index,
        orderId: order.terms.orderId,
        assignedAtMs: order.assignment?.assignedAtMs ?? startMs,
        atMs,
        chained: task?.chained ?? false,
      })
      this.#stop(order, Math.max(atMs, readyAtMs(order)), leavesMs => {
        this.#tell(order, 'en_route_to_dropoff')
        this.#driveTo(order.terms.dropoff, leavesMs, order, endMs => {
          this.#stop(order, endMs, doneMs => this.#deliver(order, doneMs))
        })
      })
    })
  }

  #driveTo(to: LatLng, startMs: number, order: OrderState, arrived: (atMs: number) => void): void {
    const { clock } = this.#options.engine
    const journey = drive([this.#place(startMs), to], this.#options.pace, startMs)
    this.#journey = journey
    clock.after(journey.endMs - clock.nowMs(), () => {
      // An order that was withdrawn on the way has no arrival.
      if (this.#tasks[0]?.order === order && this.#journey === journey) arrived(journey.endMs)
    })
  }

  /** Stands for as long as a stop takes, from when there is something to do. */
  #stop(order: OrderState, fromMs: number, done: (atMs: number) => void): void {
    const { engine, stopS } = this.#options
    const doneMs = fromMs + stopS * 1_000
    const go = () => {
      if (this.#tasks[0]?.order === order) done(doneMs)
    }
    // A passenger gets in without a step of the clock.
    if (doneMs <= engine.clock.nowMs()) go()
    else engine.clock.after(doneMs - engine.clock.nowMs(), go)
  }

  /** Free from here on, and the engine must know where before it knows that. */
  #deliver(order: OrderState, atMs: number): void {
    this.#report()
    this.#tell(order, 'delivered')
    this.#next(atMs)
  }

  #withdrawn(orderId: OrderId): void {
    const isPresent = this.#tasks[0]?.order.terms.orderId === orderId
    if (!isPresent) {
      this.#tasks = this.#tasks.filter(task => task.order.terms.orderId !== orderId)
      return
    }
    const nowMs = this.#options.engine.clock.nowMs()
    this.#journey = stay(this.#place(nowMs), nowMs)
    this.#next(nowMs)
  }

  #next(atMs: number): void {
    const ended = this.#tasks.shift()
    if (ended) this.#done.add(ended.order.terms.orderId)
    const [task] = this.#tasks
    if (task) this.#driveToPickup(task.order, atMs)
  }

  #tell({ terms: { orderId } }: OrderState, status: OrderStatus): void {
    const by = { role: 'driver', id: this.driverId } as const
    this.#options.engine.askOrder(orderId, { kind: 'order.status', status, by }, answer =>
      this.#expect('order', status, answer),
    )
  }

  #expect(kind: string, command: string, answer: JsonObject): void {
    if (answer.kind !== kind) this.#options.log.onRefused(command, String(answer.kind))
  }

  #place(atMs: number): LatLng {
    return placeAt(this.#journey, atMs).place
  }

  #report(): void {
    const { engine } = this.#options
    engine.fix(this.driverId, this.#place(engine.clock.nowMs()))
  }

  #keepReporting(): void {
    this.#options.engine.clock.after(REPORT_EVERY_MS, () => {
      this.#report()
      this.#keepReporting()
    })
  }
}

function readyAtMs({ terms }: OrderState): number {
  return terms.readyAtMs ?? 0
}
