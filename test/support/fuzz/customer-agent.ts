/** Customers and dispatchers: orders placed, repeated with the same key, cancelled, given to a driver by hand. */
import type { OrderReply } from '../../../src/actors/order/order.messages.ts'
import type { OrderTerms } from '../../../src/actors/order/order.state.ts'
import type { DriverId, OrderId } from '../../../src/domain/ids.ts'
import { DOWNTOWN, north } from '../virtual-city.ts'
import type { World } from './world.ts'

const CUSTOMER = { role: 'customer', id: 'cus_1' } as const
const DISPATCHER = { role: 'dispatcher', id: 'dis_1' } as const

export class CustomerAgent {
  readonly #world: World
  readonly #drivers: readonly DriverId[]
  readonly #sizeMax: number

  constructor(world: World, drivers: readonly DriverId[], sizeMax: number) {
    this.#world = world
    this.#drivers = drivers
    this.#sizeMax = sizeMax
  }

  /** One order, from the booking to whatever its customer does to it. */
  async book(n: number, latestMs: number): Promise<void> {
    const { chance } = this.#world
    await this.#world.sleep(chance.between(0, latestMs))
    const terms = this.#terms()
    const key = { key: `key-${n}`, requestHash: `hash-${n}` }
    const again = chance.happens(0.2) ? [this.#place(this.#terms(), key)] : []
    const [placed] = await Promise.all([this.#place(terms, key), ...again])
    if (placed?.kind !== 'order') return
    await Promise.all([this.#cancel(terms.orderId), this.#dispatch(terms.orderId)])
  }

  #terms(): OrderTerms {
    const { chance, city } = this.#world
    const pickup = north(DOWNTOWN, chance.between(0, 10) * 500)
    const scheduledAtMs = chance.happens(0.15) ? city.clock.nowMs() + chance.between(5, 30) * 1_000 : null
    return city.newOrder(pickup, { scheduledAtMs, size: chance.between(1, this.#sizeMax) })
  }

  async #place(terms: OrderTerms, key: { key: string; requestHash: string }): Promise<OrderReply> {
    const command = { kind: 'order.place', terms, key, by: CUSTOMER }
    const reply = await this.#world.insist<OrderReply>(() => this.#world.order(terms.orderId, command))
    this.#world.faults.count(`place: ${reply.kind}`)
    if (reply.kind === 'order') this.#world.witness.orderAcknowledged(terms.orderId, key.key)
    return reply
  }

  async #cancel(orderId: OrderId): Promise<void> {
    const { chance } = this.#world
    if (!chance.happens(0.25)) return
    await this.#world.sleep(chance.between(0, 20_000))
    const command = { kind: 'order.cancel', reason: 'changed my mind', by: CUSTOMER }
    await this.#world.insist<OrderReply>(() => this.#world.order(orderId, command))
  }

  async #dispatch(orderId: OrderId): Promise<void> {
    const { chance, city } = this.#world
    while (chance.happens(0.3)) {
      await this.#world.sleep(chance.between(0, 15_000))
      const driverId = chance.pick(this.#drivers)
      const command = chance.happens(0.8)
        ? { kind: 'order.assign', driverId, driverShard: city.homeOf(driverId), by: DISPATCHER }
        : { kind: 'order.unassign', reason: 'wrong driver', by: DISPATCHER }
      const reply = await this.#world.insist<OrderReply>(() => this.#world.order(orderId, command))
      this.#world.faults.count(`${command.kind}: ${reply.kind}`)
    }
  }
}
