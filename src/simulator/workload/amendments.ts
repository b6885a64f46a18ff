/** A customer who changes what it has ordered: its words, its time, or where to, at another price. */
import type { OrderReply } from '../../actors/order/order.messages.ts'
import type { AmendedTerms, OrderTerms } from '../../actors/order/order.state.ts'
import { Chance } from '../chance.ts'
import { north } from '../places.ts'
import { AHEAD_MAX_MS, type BookingPlan } from '../plan.ts'
import { priced } from '../price-list.ts'
import type { World } from './world.ts'

const CUSTOMER = { role: 'customer', id: 'cus_1' } as const
/** Apart from what else the customer draws, so that a run of before is the same run with changes in it. */
const OWN_SEED = 0x5b_d1_e9

export class Amendments {
  readonly #world: World
  readonly #chance: Chance
  readonly #customer: string

  constructor(world: World, plan: BookingPlan) {
    this.#world = world
    this.#chance = new Chance(plan.seed ^ OWN_SEED)
    this.#customer = `customer:${plan.id}`
  }

  async make(terms: OrderTerms): Promise<void> {
    const chance = this.#chance
    while (chance.happens(0.35) && !this.#world.isCalm) {
      await this.#world.sleep(chance.between(0, 12_000))
      await this.#amend(terms, chance.pick(['notes', 'trip', 'trip', 'time']))
    }
  }

  async #amend(terms: OrderTerms, what: 'notes' | 'trip' | 'time'): Promise<void> {
    const { cluster, tally } = this.#world
    const { orderId } = terms
    const changes = this.#changes(terms, what)
    if (changes.price) this.#world.witness.agreedTo({ orderId, amount: changes.price.amount })
    // Priced for the order as it was read: whoever comes between makes it void.
    const ifVersion = what === 'notes' ? null : (cluster.record.peekOrder(orderId)?.version ?? null)
    const command = { kind: 'order.amend', by: CUSTOMER, ifVersion, changes }
    await this.#world.sleep(this.#chance.pick([0, 0, 300]))
    const reply = await this.#world.insist<OrderReply>(this.#chance, through =>
      this.#world.order(through, orderId, command),
    )
    tally.count(`amend_${what}_${reply.kind}`)
  }

  #changes(terms: OrderTerms, what: 'notes' | 'trip' | 'time'): AmendedTerms {
    const chance = this.#chance
    const nowMs = this.#world.cluster.clock.nowMs()
    if (what === 'notes') return { notes: `note ${chance.between(1, 1_000_000)}` }
    const scheduledAtMs = what === 'time' ? nowMs + chance.between(1_000, AHEAD_MAX_MS) : null
    const trip = { pickup: terms.pickup, distanceM: chance.between(300, 20_000), durationS: chance.between(60, 3_000) }
    const due = { dueAtMs: scheduledAtMs ?? nowMs, vehicleType: null, surgePermille: chance.pick([1_000, 1_150]) }
    const { distanceM, durationS } = trip
    return {
      ...(scheduledAtMs === null ? this.#elsewhere(terms) : { scheduledAtMs }),
      ...{ distanceM, durationS },
      ...priced({ ...trip, ...due }, this.#customer),
    }
  }

  #elsewhere({ dropoff, pickup }: OrderTerms): AmendedTerms {
    const byM = this.#chance.between(1, 8) * 250
    const address = null
    if (this.#chance.happens(0.3)) return { pickup: { ...north(pickup, byM), address } }
    return { dropoff: { ...north(dropoff, byM), address } }
  }
}
