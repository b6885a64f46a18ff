/** The lives of orders, from the clients' side: each is asked for at its time, and driven on as soon as it is acknowledged. */
import { nowMs } from '../../src/sim/clock.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import { Counts } from '../../src/sim/tally.ts'
import { type HttpAnswer, HttpLane } from '../ingest/http-lane.ts'
import { placeAround } from '../offers/places.ts'

export const STEPS = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const
export type LatencyOf = 'created' | 'offered' | 'accepted' | (typeof STEPS)[number]

interface Life {
  readonly dueAtMs: number
  readonly isMeasured: boolean
  offeredAtMs: number
}

/** Of customers, and as many of drivers: neither waits in the generator behind the other. */
const CONNECTIONS = 128
const CREATED = 201
const OK = 200
/** Far from the places of the drivers, so that not every order has a driver at its door. */
const OFFSET = 1_000_003

export class Lives {
  readonly latencies: Readonly<Record<LatencyOf, Histogram>> = {
    created: new Histogram(),
    offered: new Histogram(),
    accepted: new Histogram(),
    en_route_to_pickup: new Histogram(),
    at_pickup: new Histogram(),
    en_route_to_dropoff: new Histogram(),
    delivered: new Histogram(),
  }
  /** From the time at which an order was due to its last acknowledgement. */
  readonly whole = new Histogram()
  readonly refused = new Counts()
  readonly created = new Set<string>()
  readonly delivered = new Set<string>()
  /** Of all, the warm-up included. */
  sent = 0
  asked = 0
  deliveredMeasured = 0
  /** Offers of an order that had been offered before. */
  offeredAgain = 0
  lastDeliveredAtMs = 0
  readonly #open = new Map<string, Life>()
  /** Rang before the answer to its placing came. */
  readonly #early = new Map<string, number>()
  readonly #acceptedEarly = new Set<string>()
  readonly #customers: HttpLane
  readonly #drivers: HttpLane

  constructor(url: string, token: string) {
    this.#customers = new HttpLane(url, token)
    this.#drivers = new HttpLane(url, token)
  }

  async open(): Promise<void> {
    await Promise.all([this.#customers, this.#drivers].map(lane => lane.open(CONNECTIONS)))
  }

  close(): void {
    this.#customers.close()
    this.#drivers.close()
  }

  /** Acknowledged, and not delivered so far. */
  get underWay(): number {
    return this.#open.size
  }

  ask(n: number, dueAtMs: number, isMeasured: boolean): void {
    this.sent++
    if (isMeasured) this.asked++
    const body = JSON.stringify({ pickup: placeAround(n + OFFSET), dropoff: placeAround(n + 2 * OFFSET) })
    this.#customers.send({
      method: 'POST',
      path: '/v1/orders',
      body,
      onAnswer: answer => this.#created(answer, { dueAtMs, isMeasured, offeredAtMs: 0 }),
    })
  }

  offered(orderId: string): void {
    const life = this.#open.get(orderId)
    if (life === undefined) this.#early.set(orderId, nowMs())
    else this.#rang(life, nowMs())
  }

  accepted(orderId: string): void {
    const life = this.#open.get(orderId)
    if (life === undefined) {
      this.#acceptedEarly.add(orderId)
      return
    }
    this.#record('accepted', life, nowMs() - life.offeredAtMs)
    this.#step(orderId, life, 0)
  }

  #created(answer: HttpAnswer, life: Life): void {
    if (!this.#isAnswered(answer, CREATED)) return
    const { order_id: orderId } = JSON.parse(answer.body) as { order_id: string }
    this.created.add(orderId)
    this.#open.set(orderId, life)
    this.#record('created', life, nowMs() - life.dueAtMs)
    const rangAtMs = this.#early.get(orderId)
    if (rangAtMs === undefined) return
    this.#early.delete(orderId)
    this.#rang(life, rangAtMs)
    if (this.#acceptedEarly.delete(orderId)) this.accepted(orderId)
  }

  #rang(life: Life, atMs: number): void {
    if (life.offeredAtMs > 0) this.offeredAgain++
    else this.#record('offered', life, atMs - life.dueAtMs)
    life.offeredAtMs = atMs
  }

  #step(orderId: string, life: Life, index: number): void {
    const status = STEPS[index]
    if (status === undefined) return
    const dueAtMs = nowMs()
    this.#drivers.send({
      method: 'POST',
      path: `/v1/orders/${orderId}/status`,
      body: JSON.stringify({ status }),
      onAnswer: answer => {
        if (!this.#isAnswered(answer, OK)) return
        this.#record(status, life, nowMs() - dueAtMs)
        if (status === 'delivered') this.#end(orderId, life)
        else this.#step(orderId, life, index + 1)
      },
    })
  }

  #end(orderId: string, life: Life): void {
    this.#open.delete(orderId)
    this.delivered.add(orderId)
    if (!life.isMeasured) return
    this.deliveredMeasured++
    this.lastDeliveredAtMs = nowMs()
    this.whole.record(nowMs() - life.dueAtMs)
  }

  #isAnswered(answer: HttpAnswer, status: number): answer is HttpAnswer & { kind: 'answered' } {
    const isAsWanted = answer.kind === 'answered' && answer.status === status
    if (!isAsWanted) this.refused.add(answer.kind === 'answered' ? String(answer.status) : answer.kind)
    return isAsWanted
  }

  #record(what: LatencyOf, life: Life, ms: number): void {
    if (life.isMeasured) this.latencies[what].record(ms)
  }
}
