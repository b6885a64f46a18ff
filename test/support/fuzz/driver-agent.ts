/**
 * A driver with a phone. In the chaos it accepts, hesitates, accepts twice, too late or what was revoked, declines, goes
 * off duty, pauses, drops out, and drives across regions all the while; in the calm it does its work.
 */
import type { OrderReply } from '../../../src/actors/order/order.messages.ts'
import type { SettledFix } from '../../../src/actors/runtime/memory/memory-bus.ts'
import type { JsonObject } from '../../../src/actors/runtime/turn.ts'
import type { LatLng } from '../../../src/domain/geo.ts'
import { type DriverId, type OfferId, type OrderId, orderOfOffer } from '../../../src/domain/ids.ts'
import { DOWNTOWN, north } from '../virtual-city.ts'
import type { World } from './world.ts'

const FIX_EVERY_MS = 5_000
const STEP_M = 380
const RESEND_AFTER_MS = 4_000
const STEPS = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const

export class DriverAgent {
  readonly driverId: DriverId
  readonly #world: World
  readonly #capacity: number
  /** Metres north of downtown, and where it drives to. */
  #atM = 0
  #toM = 0
  /** Fixes under way: by token, what was sent. */
  readonly #unsettled = new Map<number, { at: LatLng; recordedAtMs: number }>()
  readonly #trips = new Set<string>()
  readonly #rang: OfferId[] = []

  constructor(world: World, id: string, capacity: number) {
    this.#world = world
    this.driverId = id as DriverId
    this.#capacity = capacity
  }

  start(): void {
    this.#atM = this.#world.chance.between(0, 2_000)
    this.#toM = this.#atM
    this.#drive()
    this.#work()
  }

  async #work(): Promise<void> {
    const { chance } = this.#world
    await this.#world.sleep(chance.between(100, 5_000))
    const patch = { capacity: this.#capacity }
    await this.#world.insist(() => this.#world.driver(this.driverId, { kind: 'driver.patch', patch }))
    while (!this.#world.isOver) {
      await this.#setAvailability('available')
      await this.#world.sleep(chance.between(5_000, 15_000))
      // A phone that has just connected again.
      await this.#world.driver(this.driverId, { kind: 'driver.hello' })
    }
  }

  #setAvailability(status: 'available' | 'paused' | 'offline') {
    return this.#world.insist(() => this.#world.driver(this.driverId, { kind: 'driver.availability', status }))
  }

  // ---------------------------------------------------------------- positions

  async #drive(): Promise<void> {
    const { chance, city } = this.#world
    while (!this.#world.isOver) {
      if (this.#atM === this.#toM && chance.happens(0.2)) this.#toM = chance.between(0, 12) * 500
      this.#atM += Math.max(-STEP_M, Math.min(STEP_M, this.#toM - this.#atM))
      this.#send({ at: north(DOWNTOWN, this.#atM), recordedAtMs: city.clock.nowMs() })
      await this.#world.sleep(FIX_EVERY_MS + chance.between(-500, 500))
    }
  }

  #send(fix: { at: LatLng; recordedAtMs: number }): void {
    const { city, faults } = this.#world
    const token = city.fix(this.driverId, fix.at, fix.recordedAtMs)
    this.#unsettled.set(token, fix)
    city.clock.after(RESEND_AFTER_MS, () => {
      if (!this.#unsettled.delete(token)) return
      faults.count('fix sent again')
      this.#send(fix)
    })
  }

  onSettled({ token, result, recordedAtMs }: SettledFix): void {
    const fix = this.#unsettled.get(token)
    if (!fix) return
    this.#world.faults.count(`fix: ${result}`)
    if (result === 'overloaded') return
    this.#unsettled.delete(token)
    this.#world.witness.fixAnswered(this.driverId, result, recordedAtMs)
  }

  get hasUnsettled(): boolean {
    return this.#unsettled.size > 3
  }

  // ---------------------------------------------------------------- offers

  onPhone(type: string, data: JsonObject): void {
    if (type === 'offer') {
      const offerId = data.offer_id as OfferId
      this.#rang.push(offerId)
      this.#answer(offerId, data.expires_at_ms as number)
    }
    if (type === 'assignment') {
      const { assignment, terms } = data.order as unknown as {
        assignment: { offerId: string }
        terms: { orderId: OrderId }
      }
      this.#trip(terms.orderId, assignment.offerId)
    }
  }

  async #answer(offerId: OfferId, expiresAtMs: number): Promise<void> {
    const { chance, city, isCalm } = this.#world
    const ttlMs = Math.max(0, expiresAtMs - city.clock.nowMs())
    const roll = isCalm ? 0 : chance.next()
    await this.#world.sleep(chance.between(0, roll < 0.5 ? Math.min(2_000, ttlMs / 2) : ttlMs + 3_000))
    if (roll < 0.45) await this.#accept(offerId)
    else if (roll < 0.6) await Promise.all([this.#accept(offerId), this.#accept(offerId)])
    else if (roll < 0.7) await this.#accept(chance.pick(this.#rang))
    else if (roll < 0.8) await this.#decline(offerId)
    else if (roll < 0.87) await this.#setAvailability('offline')
    else if (roll < 0.92) await Promise.all([this.#setAvailability('offline'), this.#accept(offerId)])
    else if (roll < 0.95) await this.#setAvailability('paused')
  }

  async #accept(offerId: OfferId): Promise<void> {
    const orderId = orderOfOffer(offerId)
    if (!orderId) return
    await this.#world.insist<OrderReply>(() => this.#world.accept(orderId, offerId, this.driverId))
  }

  async #decline(offerId: OfferId): Promise<void> {
    const orderId = orderOfOffer(offerId)
    if (!orderId) return
    const by = { role: 'driver', id: this.driverId } as const
    const command = { kind: 'order.decline', offerId, reason: null, by }
    await this.#world.insist<OrderReply>(() => this.#world.order(orderId, command))
  }

  // ---------------------------------------------------------------- trips

  async #trip(orderId: OrderId, offerId: string): Promise<void> {
    if (this.#trips.has(offerId)) return
    this.#trips.add(offerId)
    const { chance } = this.#world
    const by = { role: 'driver', id: this.driverId } as const
    for (const status of STEPS) {
      await this.#world.sleep(chance.between(200, 4_000))
      if (!this.#world.isCalm && chance.happens(0.08)) await this.#setAvailability('offline')
      const dropsOut = !this.#world.isCalm && status !== 'delivered' && chance.happens(0.06)
      const command = dropsOut
        ? { kind: 'order.unassign', reason: 'flat tyre', by }
        : { kind: 'order.status', status, by }
      const reply = await this.#world.insist<OrderReply>(() => this.#world.order(orderId, command))
      if (reply.kind !== 'order' || dropsOut) return
    }
  }
}
