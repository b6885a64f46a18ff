/** One booking, from its first request to whatever its customer and a dispatcher do to it. */
import type { OrderReply } from '../../actors/order/order.messages.ts'
import type { OrderTerms } from '../../actors/order/order.state.ts'
import type { DriverId, OrderId } from '../../domain/ids.ts'
import { Chance } from '../chance.ts'
import { north, orderTerms } from '../places.ts'
import { AHEAD_MAX_MS, type BookingPlan, SIMULATED_PIN } from '../plan.ts'
import { priced } from '../price-list.ts'
import { Amendments } from './amendments.ts'
import type { World } from './world.ts'

const CUSTOMER = { role: 'customer', id: 'cus_1' } as const
const DISPATCHER = { role: 'dispatcher', id: 'dis_1' } as const

export class CustomerAgent {
  readonly #world: World
  readonly #plan: BookingPlan
  readonly #drivers: readonly DriverId[]
  readonly #sizeMax: number
  readonly #chance: Chance
  readonly #amendments: Amendments

  constructor(world: World, plan: BookingPlan, others: { drivers: readonly DriverId[]; sizeMax: number }) {
    this.#world = world
    this.#plan = plan
    this.#drivers = others.drivers
    this.#sizeMax = others.sizeMax
    this.#chance = new Chance(plan.seed)
    this.#amendments = new Amendments(world, plan)
  }

  async book(): Promise<void> {
    await this.#world.sleep(this.#plan.atMs)
    const terms = this.#terms()
    const again = this.#chance.happens(0.25) ? [this.#place(this.#sameAgain(terms))] : []
    const placed = await Promise.all([this.#place(terms), ...again])
    const order = placed.find(p => p.reply.kind === 'order')
    if (!order) return
    await Promise.all([
      this.#cancel(order.orderId),
      this.#dispatch(order.orderId),
      this.#amendments.make({ ...terms, orderId: order.orderId }),
    ])
  }

  #terms(): OrderTerms {
    const chance = this.#chance
    const { settings, clock } = this.#world.cluster
    const pickup = north(this.#world.centreOf(this.#plan.city), chance.between(0, 10) * 500)
    const nowMs = clock.nowMs()
    const scheduledAtMs = chance.happens(0.15) ? nowMs + chance.between(5_000, AHEAD_MAX_MS) : null
    const surgePermille = chance.pick([1_000, 1_000, 1_150, 2_400])
    const due = { pickup, dueAtMs: scheduledAtMs ?? nowMs }
    const trip = {
      ...due,
      distanceM: chance.between(300, 20_000),
      durationS: chance.between(60, 3_000),
      vehicleType: null,
    }
    const { price, pricing } = priced({ ...trip, surgePermille }, `customer:${this.#plan.id}`)
    const wish = { pickup, shards: settings.shards, nowMs, random: chance.next }
    const reference = this.#plan.id
    // Half of them are delivered with a PIN; by the booking, so that nothing else is drawn otherwise.
    const proof = this.#plan.seed % 2 === 0 ? { proof: { required: ['pin'], pin: SIMULATED_PIN } as const } : {}
    return orderTerms(wish, {
      ...proof,
      scheduledAtMs,
      size: chance.between(1, this.#sizeMax),
      reference,
      price,
      pricing,
    })
  }

  /** Booked anew under the key of before: another id, as a gateway would give it. */
  #sameAgain(terms: OrderTerms): OrderTerms {
    const { settings, clock } = this.#world.cluster
    const wish = { pickup: terms.pickup, shards: settings.shards, nowMs: clock.nowMs(), random: this.#chance.next }
    return { ...terms, orderId: orderTerms(wish).orderId }
  }

  async #place(terms: OrderTerms): Promise<{ orderId: OrderId; reply: OrderReply }> {
    const { orderId } = terms
    const { witness, tally } = this.#world
    const key = { key: this.#plan.id, requestHash: 'same' }
    const command = { kind: 'order.place', terms, key, by: CUSTOMER }
    witness.booking({ orderId, amount: terms.price.amount })
    const reply = await this.#world.insist<OrderReply>(this.#chance, through =>
      this.#world.order(through, orderId, command),
    )
    tally.count(`place_${reply.kind}`)
    if (reply.kind === 'order') witness.orderAcknowledged(orderId, this.#plan.id)
    return { orderId, reply }
  }

  async #cancel(orderId: OrderId): Promise<void> {
    if (!this.#chance.happens(0.25)) return
    await this.#world.sleep(this.#chance.between(0, 20_000))
    await this.#command(orderId, { kind: 'order.cancel', reason: 'changed my mind', by: CUSTOMER })
  }

  async #dispatch(orderId: OrderId): Promise<void> {
    const chance = this.#chance
    while (chance.happens(0.3) && !this.#world.isCalm) {
      await this.#world.sleep(chance.between(0, 15_000))
      const driverId = chance.pick(this.#drivers)
      const at = this.#world.centreOf(this.#plan.city)
      const driverShard = this.#world.cluster.homeOf(this.#world.anyNode(chance), driverId, at)
      const assign = { kind: 'order.assign', driverId, driverShard, by: DISPATCHER }
      this.#world.witness.rules.assignSent(orderId, driverId)
      const unassign = { kind: 'order.unassign', reason: 'wrong driver', by: DISPATCHER }
      await this.#command(orderId, chance.happens(0.8) ? assign : unassign)
    }
  }

  async #command(
    orderId: OrderId,
    command: { readonly kind: string; readonly [more: string]: unknown },
  ): Promise<void> {
    const reply = await this.#world.insist<OrderReply>(this.#chance, through =>
      this.#world.order(through, orderId, command),
    )
    this.#world.tally.count(`${command.kind.replace('order.', '')}_${reply.kind}`)
  }
}
