/**
 * What watchers are owed after the bus between nodes was away. What other nodes said meanwhile is lost, and the last change of an
 * order (`delivered`) is never said again. So each topic gets a gap, and each watched order is read and told anew, once for all who
 * watch it. Positions follow by themselves; who shows a whole fleet asks for it again when it is told of the gap.
 *
 * NATS that was restarted is told of by every worker of every node within a second: that is one time for all. Reads are a few at
 * a time, and go on until they are answered, since Postgres may have been away as well.
 */
import type { OrderState } from '../../actors/order/order.state.ts'
import type { Cancel, Clock } from '../../actors/runtime/ports.ts'
import type { OrderId } from '../../domain/ids.ts'
import { type Mode, modeOfOrder } from '../../domain/mode.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { OrderLinks } from '../order-links.ts'
import { renderOrder } from '../render/order.ts'
import type { LiveHub } from './hub.ts'
import type { OrderDrivers } from './order-drivers.ts'
import { ORDER_PREFIX, orderTopic } from './topics.ts'
import { LiveEvent } from './update.ts'

export interface CatchUpParts {
  readonly hubs: Readonly<Record<Mode, LiveHub>>
  readonly orderDrivers: OrderDrivers
  readonly links: OrderLinks
  readonly metrics: Metrics
  readonly clock: Pick<Clock, 'after'>
  /** @throws where the record does not answer. */
  readonly readOrder: (orderId: OrderId) => Promise<OrderState | null>
}

/** Connections of one node come back within so long of each other. */
const GATHER_MS = 300
const AT_ONCE_MAX = 8
const RETRY_MS = 1_000

export class CatchUp {
  readonly #parts: CatchUpParts
  /** Watched orders that are to be read. */
  readonly #owed = new Set<OrderId>()
  #underWay = 0
  #isUnheard = false
  #isArmed = false
  #isStopped = false
  #cancel: Cancel = () => {}

  constructor(parts: CatchUpParts) {
    this.#parts = parts
  }

  get owed(): number {
    return this.#owed.size + this.#underWay
  }

  unheard(): void {
    this.#isUnheard = true
    this.#later(GATHER_MS)
  }

  stop(): void {
    this.#isStopped = true
    this.#owed.clear()
    this.#cancel()
  }

  #goOn(): void {
    if (this.#isUnheard) this.#begin()
    this.#read()
  }

  #begin(): void {
    const { hubs, metrics } = this.#parts
    this.#isUnheard = false
    for (const hub of Object.values(hubs)) {
      const topics = hub.unheard()
      metrics.liveGaps += topics.length
      for (const topic of topics) {
        if (topic.startsWith(ORDER_PREFIX)) this.#owed.add(topic.slice(ORDER_PREFIX.length) as OrderId)
      }
    }
  }

  #read(): void {
    for (const orderId of this.#owed) {
      if (this.#underWay >= AT_ONCE_MAX) return
      this.#owed.delete(orderId)
      this.#underWay++
      void this.#tell(orderId).finally(() => {
        this.#underWay--
        if (!this.#isArmed) this.#read()
      })
    }
  }

  async #tell(orderId: OrderId): Promise<void> {
    const { hubs, orderDrivers, links, readOrder } = this.#parts
    const hub = hubs[modeOfOrder(orderId)]
    const topic = orderTopic(orderId)
    if (!hub.isWatched(topic)) return
    try {
      // What is said from here on is heard, so nothing falls between the read and it.
      await hub.settled()
      const order = await readOrder(orderId)
      // Known here is not told: a snapshot, which somebody asked for meanwhile, has told that one alone.
      if (order === null || order.version < orderDrivers.versionOf(orderId)) return
      orderDrivers.learn(order)
      hub.publish(topic, new LiveEvent('order', renderOrder(order, links), { order }))
    } catch {
      // Readiness and the log say that the record does not answer.
      this.#owed.add(orderId)
      this.#later(RETRY_MS)
    }
  }

  /** One timer: what comes while it runs is served by it. */
  #later(ms: number): void {
    if (this.#isArmed || this.#isStopped) return
    this.#isArmed = true
    this.#cancel = this.#parts.clock.after(ms, () => {
      this.#isArmed = false
      this.#goOn()
    })
  }
}
