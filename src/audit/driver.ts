/**
 * A driver: where it is, what it is told, the orders that it has. Whatever it is told goes to the ledger; it judges nothing
 * itself but that an order that is called its own names it.
 */
import type { LatLng } from '../domain/geo.ts'
import type { Uniform } from '../domain/ids.ts'
import type { JsonObject } from '../sim/json.ts'
import { Answers } from './answers.ts'
import { Line } from './line.ts'
import type { Fix } from './position-book.ts'
import { type OrderTold, readDriverMessage } from './told.ts'
import { Trip } from './trip.ts'
import type { World } from './world.ts'

export interface DriverOptions {
  readonly driverId: string
  readonly index: number
  readonly capacity: number
  readonly place: LatLng
  readonly world: World
}

const SPEED_MAX_MPS = 15
const METRES_PER_DEGREE = 111_195

export class Driver {
  readonly driverId: string
  readonly capacity: number
  readonly line: Line
  readonly #world: World
  readonly #index: number
  readonly #answers: Answers
  /** Of its own, so that what offers come changes no way. */
  readonly #wayRandom: Uniform
  readonly #trips = new Map<string, Trip>()
  #place: LatLng
  #lastFixAtMs = 0
  #fixes = 0
  #tripsBegun = 0

  constructor({ driverId, index, capacity, place, world }: DriverOptions) {
    this.driverId = driverId
    this.capacity = capacity
    this.#place = place
    this.#world = world
    this.#index = index
    this.#wayRandom = world.random(`way of ${index}`)
    this.line = new Line({
      driverId,
      protocol: index % 3 === 0 ? 'msgpack' : 'json',
      targets: world.targets,
      token: world.token,
      random: this.#wayRandom,
      onAcked: fixes => world.ledger.positions.acked(fixes),
      onMessage: message => this.#told(message),
    })
    this.#answers = new Answers({
      world,
      // By number: the id is another one in each run.
      random: world.random(`driver ${index}`),
      send: message => this.line.send(message),
      onWon: (offerId, order) => this.#won(offerId, order),
      onDeclined: offerId => this.#declined(offerId),
    })
  }

  /** Where it is now: never two at the same time, never farther than it could have driven. */
  nextFix(): Fix {
    const recordedAtMs = Math.max(Date.now(), this.#lastFixAtMs + 1)
    const elapsedS = Math.min(1, (recordedAtMs - this.#lastFixAtMs) / 1_000)
    const degreesMax = (SPEED_MAX_MPS * elapsedS) / METRES_PER_DEGREE
    const step = () => (this.#wayRandom() * 2 - 1) * degreesMax
    this.#place = { latitude: this.#place.latitude + step(), longitude: this.#place.longitude + step() }
    this.#lastFixAtMs = recordedAtMs
    return { driverId: this.driverId, recordedAtMs, ...this.#place, marker: `${this.driverId}_${this.#fixes++}` }
  }

  #told(raw: JsonObject | null): void {
    const message = readDriverMessage(raw)
    const { ledger } = this.#world
    switch (message.kind) {
      case 'offer':
        this.#offered(message.offerId, message.expiresAtMs, message.order)
        break
      case 'offer_revoked':
      case 'offer_closed':
        ledger.offers.closed(message.offerId, message.kind)
        break
      case 'declined':
        this.#declined(message.offerId)
        break
      case 'accepted':
        this.#won(message.offerId, message.order)
        break
      case 'assignment':
        this.#mine(message.order)
        break
      case 'order_cancelled':
        ledger.acked({ kind: 'taken_back', orderId: message.orderId, driverId: this.driverId })
        this.#trips.get(message.orderId)?.takenBack()
        break
      case 'error':
        // An accept or a greeting whose answer is open: `record_unavailable`, `timeout`.
        if (!LATER.has(message.code)) ledger.foundUnexpected(`socket error ${message.code}`)
        break
      case 'unknown':
        ledger.foundUnexpected(`socket message ${message.type}`)
        break
    }
  }

  #offered(offerId: string, expiresAtMs: number, order: OrderTold): void {
    const { ledger } = this.#world
    ledger.saw(order)
    if (!ledger.offers.offered({ offerId, orderId: order.orderId, driverId: this.driverId, expiresAtMs })) return
    this.#answers.answer(offerId, expiresAtMs)
  }

  #declined(offerId: string): void {
    const { ledger } = this.#world
    const offer = ledger.offers.get(offerId)
    if (offer === null) return
    ledger.offers.closed(offerId, 'declined')
    ledger.acked({ kind: 'decline', orderId: offer.orderId, offerId, driverId: this.driverId })
  }

  #won(offerId: string, order: OrderTold): void {
    const { ledger } = this.#world
    const isFirst = ledger.offers.get(offerId)?.wonAtMs === null
    ledger.offers.won(offerId)
    if (isFirst) ledger.acked({ kind: 'accept', orderId: order.orderId, offerId, driverId: this.driverId })
    this.#mine(order)
  }

  #mine(order: OrderTold): void {
    const { ledger } = this.#world
    ledger.saw(order)
    if (order.driverId !== this.driverId) {
      const about = { told: this.driverId, order }
      ledger.findings.add({ kind: 'double_assigned', what: "a driver is given another's order", about })
      return
    }
    if (this.#trips.has(order.orderId)) return
    const random = this.#world.random(`trip ${this.#tripsBegun++} of ${this.#index}`)
    const trip = new Trip({ orderId: order.orderId, driverId: this.driverId, random, world: this.#world })
    this.#trips.set(order.orderId, trip)
    this.#world.start(
      trip
        .run()
        .finally(() => this.#trips.delete(order.orderId))
        .then(() => undefined),
    )
  }
}

const LATER: ReadonlySet<string> = new Set(['record_unavailable', 'timeout', 'overloaded'])
