/** What the clients of a run share: the cluster, and requests that are repeated until they are answered for good. */
import type { DriverCommand, DriverReply } from '../../actors/driver/driver.messages.ts'
import type { OrderCommand, OrderReply } from '../../actors/order/order.messages.ts'
import type { RuntimeRefusal } from '../../actors/runtime/envelope.ts'
import { driverAddress, orderAddress } from '../../actors/send.ts'
import type { LatLng } from '../../domain/geo.ts'
import type { DriverId, OfferId, OrderId } from '../../domain/ids.ts'
import type { Chance } from '../chance.ts'
import type { Cluster } from '../cluster.ts'
import { DOWNTOWN, OTHER_CITY } from '../places.ts'
import type { Tally } from '../tally.ts'
import type { Trace } from '../trace.ts'
import { Violation } from '../violation.ts'
import type { Witness } from '../witness.ts'

const ASK_TIMEOUT_MS = 3_000
const RETRIES_MAX = 300
/** Another's order is not found: who may see it is nobody else's business. */
const HIDDEN_FROM_OTHERS: ReadonlySet<string> = new Set([
  'order.status',
  'order.unassign',
  'order.no_show',
  'order.rate',
])

export type Unanswered = RuntimeRefusal | { readonly kind: 'timeout' }

export interface WorldParts {
  readonly cluster: Cluster
  readonly witness: Witness
  readonly tally: Tally
  readonly trace: Trace
}

export class World {
  readonly cluster: Cluster
  readonly witness: Witness
  readonly tally: Tally
  readonly trace: Trace
  /** Every offer that rang on a phone: somebody may answer another's. */
  readonly rang: OfferId[] = []
  /** Drivers do their work, nobody changes their mind. */
  isCalm = false
  /** Nobody starts anything any more. */
  isOver = false

  constructor(parts: WorldParts) {
    this.cluster = parts.cluster
    this.witness = parts.witness
    this.tally = parts.tally
    this.trace = parts.trace
  }

  centreOf(city: number): LatLng {
    return city === 0 ? DOWNTOWN : OTHER_CITY
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.cluster.clock.after(ms, resolve))
  }

  /** Something that goes on by itself: if it breaks, so does the run. */
  run(act: () => Promise<unknown>): void {
    act().catch(error => this.witness.fail(error))
  }

  async order(through: string, orderId: OrderId, command: object): Promise<OrderReply | Unanswered> {
    const message = command as OrderCommand
    const isStored = this.cluster.record.peekOrder(orderId) !== undefined
    const reply = await this.cluster.ask(through, orderAddress(orderId), message, ASK_TIMEOUT_MS)
    this.trace.note(() => `${through} ${message.kind} ${orderId} → ${reply.kind}`)
    if (reply.kind === 'not_found' && isStored && !HIDDEN_FROM_OTHERS.has(message.kind)) {
      this.witness.fail(
        new Violation(`(a) ${orderId} is in the record, and ${message.kind} is told that there is none`),
      )
    }
    return reply as unknown as OrderReply | Unanswered
  }

  async driver(through: string, driver: { id: DriverId; at: LatLng }, command: object) {
    const to = driverAddress(driver.id, this.cluster.homeOf(through, driver.id, driver.at))
    const message = command as DriverCommand
    const reply = await this.cluster.ask(through, to, message, ASK_TIMEOUT_MS)
    this.trace.note(() => `${through} ${message.kind} ${driver.id} → ${reply.kind}`)
    return reply as unknown as DriverReply | Unanswered
  }

  /** Asks, through one node after another, until there is an answer of the actor itself. */
  async insist<R extends { readonly kind: string }>(
    chance: Chance,
    ask: (through: string) => Promise<R | Unanswered>,
  ): Promise<R> {
    let through = this.anyNode(chance)
    for (let n = 0; n < RETRIES_MAX; n++) {
      const reply = await ask(through)
      if (!isUnanswered(reply)) return reply
      this.tally.count(`answered_${reply.kind}`)
      await this.sleep(chance.between(50, 1_000))
      if (reply.kind === 'timeout') through = this.anyNode(chance)
    }
    throw new Violation('(e) asked in vain')
  }

  anyNode(chance: Chance): string {
    return chance.pick(this.cluster.names)
  }

  /** One accept, whose answer is remembered. */
  async accept(
    through: string,
    { orderId, offerId, driverId }: { orderId: OrderId; offerId: OfferId; driverId: DriverId },
  ): Promise<OrderReply | Unanswered> {
    const by = { role: 'driver', id: driverId } as const
    this.witness.rules.acceptSent(offerId, driverId)
    const reply = await this.order(through, orderId, { kind: 'order.accept', offerId, by })
    this.tally.count(`accept_${reply.kind}`)
    if (reply.kind === 'offer_closed') this.tally.count('late_accepts')
    this.witness.acceptAnswered(offerId, reply)
    return reply
  }
}

function isUnanswered(reply: { readonly kind: string }): reply is Unanswered {
  return ['busy', 'unavailable', 'moved', 'timeout'].includes(reply.kind)
}
