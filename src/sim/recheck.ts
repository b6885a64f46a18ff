import { nowMs } from './clock.ts'
import type { DriverAgent } from './driver-agent.ts'
import type { KnownOrder } from './order-book.ts'
import { type OrderView, readOrder, stepOf } from './order-view.ts'
import type { WorldContext } from './world-context.ts'

/**
 * Looks up orders whose state is in doubt: after an outage, after a refusal, or after a long silence. What the node says
 * then is brought to the drivers, so a message that was lost with a connection costs time and not an order.
 */
const DOUBTED_PER_ROUND = 25
const SILENT_PER_ROUND = 5
const SILENCE_MS = 30_000

export class Rechecker {
  private readonly asking = new Set<string>()
  private readonly world: WorldContext
  private readonly agents: ReadonlyMap<string, DriverAgent>

  constructor(world: WorldContext, agents: ReadonlyMap<string, DriverAgent>) {
    this.world = world
    this.agents = agents
  }

  /** One round; to be called a few times a second. */
  round(now: number): void {
    const silentSinceMs = now - SILENCE_MS
    let [doubted, silent] = [0, 0]
    for (const order of this.world.book.open()) {
      if (this.asking.has(order.orderId)) continue
      if (order.recheck && doubted < DOUBTED_PER_ROUND) doubted++
      else if (order.heardAtMs < silentSinceMs && silent < SILENT_PER_ROUND) silent++
      else continue
      void this.ask(order)
      if (doubted + silent >= DOUBTED_PER_ROUND + SILENT_PER_ROUND) return
    }
  }

  private async ask(order: KnownOrder): Promise<void> {
    this.asking.add(order.orderId)
    const askedAtMs = nowMs()
    const outcome = await this.world.http.call({ method: 'GET', path: `/v1/orders/${order.orderId}` })
    this.asking.delete(order.orderId)
    if (outcome.kind !== 'answered' || outcome.status !== 200) return
    const view = readOrder(outcome.body)
    // Something newer was heard while the question was on its way: the answer may be the older of the two.
    if (view === null || order.heardAtMs > askedAtMs) return
    order.recheck = false
    this.world.book.heard(order.orderId, view.status, nowMs())
    this.bring(view)
  }

  private bring(view: OrderView): void {
    const owner = stepOf(view.status) === null ? null : view.driverId
    if (view.status !== 'delivered') this.correctOthers(view.orderId, owner)
    if (owner !== null && view.status !== 'delivered') this.agents.get(owner)?.adopt(view)
  }

  private correctOthers(orderId: string, owner: string | null): void {
    for (const holder of this.world.ledger.holdersOf(orderId)) {
      if (holder !== owner) this.agents.get(holder)?.correct(orderId)
    }
  }
}
