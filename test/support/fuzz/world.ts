/** What the agents of a run share: the city, chance, and requests that are repeated until they are answered for good. */
import type { DriverCommand, DriverReply } from '../../../src/actors/driver/driver.messages.ts'
import type { OrderCommand, OrderReply } from '../../../src/actors/order/order.messages.ts'
import type { RuntimeRefusal } from '../../../src/actors/runtime/envelope.ts'
import { driverAddress, orderAddress } from '../../../src/actors/send.ts'
import type { DriverId, OfferId, OrderId } from '../../../src/domain/ids.ts'
import type { VirtualCity } from '../virtual-city.ts'
import type { Faults } from './faults.ts'
import type { Witness } from './invariants.ts'
import type { Chance } from './random.ts'

const ASK_TIMEOUT_MS = 3_000
const RETRIES_MAX = 200

export type Unanswered = RuntimeRefusal | { readonly kind: 'timeout' }

export class World {
  readonly city: VirtualCity
  readonly faults: Faults
  readonly witness: Witness
  readonly chance: Chance
  /** Nobody starts anything any more. */
  isOver = false

  constructor(parts: { city: VirtualCity; faults: Faults; witness: Witness; chance: Chance }) {
    this.city = parts.city
    this.faults = parts.faults
    this.witness = parts.witness
    this.chance = parts.chance
  }

  get isCalm(): boolean {
    return this.faults.isCalm
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.city.clock.after(ms, resolve))
  }

  async order(orderId: OrderId, command: object): Promise<OrderReply | Unanswered> {
    const message = command as OrderCommand
    return (await this.city.ask(orderAddress(orderId), message, ASK_TIMEOUT_MS)) as unknown as OrderReply | Unanswered
  }

  async driver(driverId: DriverId, command: object): Promise<DriverReply | Unanswered> {
    const to = driverAddress(driverId, this.city.homeOf(driverId))
    return (await this.city.ask(to, command as DriverCommand, ASK_TIMEOUT_MS)) as unknown as DriverReply | Unanswered
  }

  /** Asks until there is an answer of the actor itself. */
  async insist<R extends { readonly kind: string }>(ask: () => Promise<R | Unanswered>): Promise<R> {
    for (let n = 0; n < RETRIES_MAX; n++) {
      const reply = await ask()
      if (!isUnanswered(reply)) return reply
      await this.sleep(this.chance.between(50, 1_000))
    }
    throw new Error('asked in vain')
  }

  /** One accept, whose answer is remembered. */
  async accept(orderId: OrderId, offerId: OfferId, driverId: DriverId): Promise<OrderReply | Unanswered> {
    const by = { role: 'driver', id: driverId } as const
    const reply = await this.order(orderId, { kind: 'order.accept', offerId, by })
    this.faults.count(`accept: ${reply.kind}`)
    this.witness.acceptAnswered(offerId, reply)
    return reply
  }
}

export function isUnanswered(reply: { readonly kind: string }): reply is Unanswered {
  return ['busy', 'unavailable', 'moved', 'timeout'].includes(reply.kind)
}
