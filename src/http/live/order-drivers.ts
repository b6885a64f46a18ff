/**
 * Which driver has which watched order, so that the driver's positions reach whoever follows the order. Learnt from
 * the order's own state, by its snapshot and by every change of it; kept only while somebody watches.
 */
import type { OrderState } from '../../actors/order/order.state.ts'
import type { DriverId, OrderId } from '../../domain/ids.ts'
import { isEnded } from '../../domain/order-lifecycle.ts'
import { type Interest, NO_INTEREST } from './interest.ts'

interface Known {
  readonly driverId: DriverId | null
  readonly version: number
}

const NONE: ReadonlySet<OrderId> = new Set()

export class OrderDrivers {
  readonly #byOrder = new Map<OrderId, Known>()
  readonly #byDriver = new Map<DriverId, Set<OrderId>>()
  readonly #interest: Interest

  constructor(interest: Interest = NO_INTEREST) {
    this.#interest = interest
  }

  get size(): number {
    return this.#byOrder.size
  }

  /** A snapshot may be older than a change that came while it was read: the higher version stands. */
  learn(order: OrderState): void {
    const { orderId } = order.terms
    const before = this.#byOrder.get(orderId)
    if (before !== undefined && before.version >= order.version) return
    const driverId = isEnded(order.status) ? null : (order.assignment?.driverId ?? null)
    this.#unlink(orderId, before)
    this.#byOrder.set(orderId, { driverId, version: order.version })
    if (driverId !== null) this.#link(driverId, orderId)
  }

  forget(orderId: OrderId): void {
    this.#unlink(orderId, this.#byOrder.get(orderId))
    this.#byOrder.delete(orderId)
  }

  ordersOf(driverId: DriverId): ReadonlySet<OrderId> {
    return this.#byDriver.get(driverId) ?? NONE
  }

  driverOf(orderId: OrderId): DriverId | null {
    return this.#byOrder.get(orderId)?.driverId ?? null
  }

  /** Of what was learnt last; 0: nothing. */
  versionOf(orderId: OrderId): number {
    return this.#byOrder.get(orderId)?.version ?? 0
  }

  #link(driverId: DriverId, orderId: OrderId): void {
    const orders = this.#byDriver.get(driverId)
    if (orders !== undefined) {
      orders.add(orderId)
      return
    }
    this.#byDriver.set(driverId, new Set([orderId]))
    this.#interest.watch(`fixes:${driverId}`)
  }

  #unlink(orderId: OrderId, known: Known | undefined): void {
    if (known === undefined || known.driverId === null) return
    const orders = this.#byDriver.get(known.driverId)
    orders?.delete(orderId)
    if (orders?.size !== 0) return
    this.#byDriver.delete(known.driverId)
    this.#interest.unwatch(`fixes:${known.driverId}`)
  }
}
