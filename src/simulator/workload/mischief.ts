/** What a driver may try that is not its business: another's offers, and orders that are not its own. */
import type { OrderReply } from '../../actors/order/order.messages.ts'
import { type DriverId, type OfferId, type OrderId, orderOfOffer } from '../../domain/ids.ts'
import type { Chance } from '../chance.ts'
import { TRIP_STEPS } from './trip-steps.ts'
import type { World } from './world.ts'

/** Offers of late: among them are some that are open. */
const RECENT = 4

export class Mischief {
  readonly #world: World
  readonly #driverId: DriverId
  readonly #chance: Chance
  readonly #meddledWith = new Set<OrderId>()

  constructor(world: World, driverId: DriverId, chance: Chance) {
    this.#world = world
    this.#driverId = driverId
    this.#chance = chance
  }

  hasMeddledWith(orderId: OrderId): boolean {
    return this.#meddledWith.has(orderId)
  }

  /** Accepts what was perhaps offered to another. */
  async snatch(): Promise<void> {
    const offerId = this.#chance.pick(this.#world.rang.slice(-RECENT))
    const orderId = orderOfOffer(offerId)
    if (!orderId) return
    this.#world.witness.rules.acceptSent(offerId, this.#driverId)
    const reply = await this.#insist(orderId, { kind: 'order.accept', offerId })
    this.#world.tally.count(`snatching_${reply.kind}`)
    this.#world.witness.moved(this.#driverId, reply)
  }

  /** Moves an order on that was offered to it once, and is another's by now, or nobody's. */
  async meddle(offerId: OfferId): Promise<void> {
    const orderId = orderOfOffer(offerId)
    if (!orderId) return
    this.#meddledWith.add(orderId)
    const command = this.#chance.happens(0.5)
      ? { kind: 'order.status', status: this.#chance.pick(TRIP_STEPS) }
      : { kind: 'order.unassign', reason: 'meddling' }
    const reply = await this.#insist(orderId, command)
    this.#world.tally.count(`meddling_${reply.kind}`)
    if (command.kind === 'order.status') this.#world.witness.moved(this.#driverId, reply)
  }

  #insist(orderId: OrderId, command: object): Promise<OrderReply> {
    const by = { role: 'driver', id: this.#driverId } as const
    return this.#world.insist<OrderReply>(this.#chance, through =>
      this.#world.order(through, orderId, { ...command, by }),
    )
  }
}
