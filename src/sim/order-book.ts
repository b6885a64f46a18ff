import type { OrderStatus } from '../domain/order-lifecycle.ts'
import { isEnd } from './order-view.ts'
import type { Tally } from './tally.ts'

/**
 * Every order of the run as customers and drivers know it together. An order may be offered to a driver before its
 * customer has the answer to the booking, so whoever hears of it first opens its entry.
 */
export interface KnownOrder {
  readonly orderId: string
  /** When its customer asked; null until the booking is acknowledged. */
  requestedAtMs: number | null
  assignedAtMs: number | null
  pickupS: number
  /** The end that the node has acknowledged. */
  end: 'delivered' | 'cancelled' | 'expired' | null
  /** Set before a cancellation is sent. */
  cancelCause: CancelCause | null
  heardAtMs: number
  recheck: boolean
}

export type CancelCause = 'by_customer' | 'out_of_patience'

export interface OrderBookOptions {
  readonly tally: Tally
  readonly patienceMs: number
  /** World seconds in a real one. */
  readonly speedup: number
  /** Told once per order. */
  readonly onEnd: (orderId: string) => void
}

export class OrderBook {
  private readonly orders = new Map<string, KnownOrder>()
  /** Acknowledged and not ended, oldest first. */
  private readonly openOrders = new Map<string, KnownOrder>()
  private readonly options: OrderBookOptions

  constructor(options: OrderBookOptions) {
    this.options = options
  }

  get openCount(): number {
    return this.openOrders.size
  }

  open(): Iterable<KnownOrder> {
    return this.openOrders.values()
  }

  acknowledged(): KnownOrder[] {
    return [...this.orders.values()].filter(order => order.requestedAtMs !== null)
  }

  get(orderId: string): KnownOrder | null {
    return this.orders.get(orderId) ?? null
  }

  /** The booking is answered: from here on the node owes us this order. */
  acknowledge(orderId: string, requestedAtMs: number, nowMs: number): KnownOrder {
    const order = this.touch(orderId, nowMs)
    if (order.requestedAtMs !== null) return order
    order.requestedAtMs = requestedAtMs
    this.options.tally.acknowledged++
    if (order.end === null) this.openOrders.set(orderId, order)
    this.countService(order)
    return order
  }

  /** @param pickupS world seconds that its driver needs to the pickup. */
  assigned(orderId: string, pickupS: number, nowMs: number): void {
    const order = this.touch(orderId, nowMs)
    this.options.tally.assigned++
    if (order.assignedAtMs !== null) return
    order.assignedAtMs = nowMs
    order.pickupS = pickupS
    this.countService(order)
  }

  heard(orderId: string, status: OrderStatus | null, nowMs: number): void {
    const order = this.touch(orderId, nowMs)
    if (!isEnd(status) || order.end !== null) return
    order.end = status
    this.openOrders.delete(orderId)
    this.options.onEnd(orderId)
  }

  /** What is known of this order is in doubt: ask the node soon. */
  doubt(orderId: string): void {
    const order = this.orders.get(orderId)
    if (order !== undefined) order.recheck = true
  }

  isInDoubt(orderId: string): boolean {
    const order = this.openOrders.get(orderId)
    return order?.recheck === true
  }

  /** After an outage, all of it is. */
  doubtAll(): void {
    for (const order of this.openOrders.values()) order.recheck = true
  }

  private touch(orderId: string, nowMs: number): KnownOrder {
    const known = this.orders.get(orderId)
    if (known !== undefined) {
      known.heardAtMs = nowMs
      return known
    }
    const order: KnownOrder = {
      orderId,
      requestedAtMs: null,
      assignedAtMs: null,
      pickupS: 0,
      end: null,
      cancelCause: null,
      heardAtMs: nowMs,
      recheck: false,
    }
    this.orders.set(orderId, order)
    return order
  }

  /** Served is: assigned within the customer's patience. Called when both times may be known, counts once. */
  private countService(order: KnownOrder): void {
    if (order.requestedAtMs === null || order.assignedAtMs === null) return
    const waitedMs = order.assignedAtMs - order.requestedAtMs
    if (waitedMs > this.options.patienceMs || order.cancelCause === 'out_of_patience') return
    const { tally, speedup } = this.options
    tally.served++
    tally.assign.record(waitedMs)
    tally.pickupSumS += order.pickupS
    tally.waitSumS += (waitedMs / 1_000) * speedup + order.pickupS
  }
}
