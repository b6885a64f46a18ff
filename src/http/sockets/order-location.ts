/**
 * Where the driver of one order is, for whoever waits for it: the socket that the seeds' clients speak. A slow
 * reader gets the latest position and nothing in between; positions need no numbers here.
 */
import type { OrderState } from '../../actors/order/order.state.ts'
import type { HotView, LiveFix } from '../../actors/runtime/ports.ts'
import type { DriverId, OrderId } from '../../domain/ids.ts'
import { isOwnOrder } from '../access/permit.ts'
import type { Principal } from '../access/principal.ts'
import { type ErrorDeps, refusalOf } from '../errors.ts'
import type { LiveHub, Watcher } from '../live/hub.ts'
import type { OrderDrivers } from '../live/order-drivers.ts'
import { orderTopic } from '../live/topics.ts'
import type { LiveUpdate } from '../live/update.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { renderLocationUpdate } from '../render/position.ts'
import type { Socket, SocketSession } from './session.ts'

export interface OrderLocationDeps extends ErrorDeps {
  readonly hub: LiveHub
  readonly hotView: HotView
  readonly orderDrivers: OrderDrivers
  readonly metrics: Metrics
  readonly readOrder: () => Promise<OrderState | null>
}

const POLICY_VIOLATION = 1_008
const TRY_AGAIN_LATER = 1_013

export class OrderLocationSession implements SocketSession, Watcher {
  readonly kind = 'order_location'
  readonly subprotocol = null
  readonly principal: Principal
  readonly #deps: OrderLocationDeps
  readonly #orderId: OrderId
  #socket: Socket | null = null
  #isBehind = false
  /** What is said next, as it was when it was new: the view's own fix moves on with its driver, who may have another order by then. */
  #waiting: string | null = null
  #shownDriver: DriverId | null = null
  /** Of the position that was shown last, by the device's time. */
  #shownAtMs = 0

  constructor(deps: OrderLocationDeps, orderId: OrderId, principal: Principal) {
    this.#deps = deps
    this.#orderId = orderId
    this.principal = principal
  }

  open(socket: Socket): void {
    this.#socket = socket
    this.#deps.hub.watch(orderTopic(this.#orderId), this)
    socket.send(JSON.stringify({ type: 'connected', order_id: this.#orderId }))
    void this.#follow()
  }

  /** There is nothing to be said on this socket; whatever comes is ignored, as the seeds' service did. */
  message(): void {}

  drain(): void {
    this.#isBehind = false
    const said = this.#waiting
    this.#waiting = null
    if (said !== null) this.#send(said)
  }

  close(): void {
    this.#socket = null
    this.#deps.hub.unwatch(orderTopic(this.#orderId), this)
  }

  deliver(update: LiveUpdate): void {
    const { fix, order } = update.event.source
    if (fix !== undefined) this.#show(fix)
    if (order === undefined) return
    // The order itself changed: perhaps it has a driver now, whose position is known; perhaps it is its driver's no more.
    if (isOwnOrder(order, this.principal)) void this.#showDriver()
    else this.#socket?.close(POLICY_VIOLATION, 'There is no such order.')
  }

  /** Read once the topic is watched everywhere: an assignment before that is in the record, one after it is told. */
  async #follow(): Promise<void> {
    try {
      await this.#deps.hub.settled()
      const order = await this.#deps.readOrder()
      if (order === null || this.#socket === null || !isOwnOrder(order, this.principal)) return
      this.#deps.orderDrivers.learn(order)
      await this.#showDriver()
    } catch (error) {
      refusalOf(error, 'WS driver-location', this.#deps)
      // Without its driver the socket would stay silent: the client connects again.
      this.#socket?.close(TRY_AGAIN_LATER, 'The record does not answer.')
    }
  }

  /** While the hot view is asked, the order may get another driver, and a newer position may come by itself. */
  async #showDriver(): Promise<void> {
    const driverId = this.#deps.orderDrivers.driverOf(this.#orderId)
    if (driverId === this.#shownDriver) return
    this.#shownDriver = driverId
    this.#shownAtMs = 0
    // Of a driver who has this order no more.
    this.#waiting = null
    if (driverId === null) return
    const fix = (await this.#deps.hotView.get(driverId))?.fix ?? null
    if (fix !== null && this.#shownDriver === driverId && fix.recordedAtMs > this.#shownAtMs) this.#show(fix)
  }

  #show(fix: LiveFix): void {
    if (this.#socket === null) return
    this.#shownAtMs = fix.recordedAtMs
    const said = JSON.stringify(renderLocationUpdate(fix, this.#orderId))
    if (!this.#isBehind) this.#send(said)
    else {
      if (this.#waiting !== null) this.#deps.metrics.liveDropped++
      this.#waiting = said
    }
  }

  #send(said: string): void {
    if (this.#socket === null) return
    this.#deps.metrics.liveSent++
    if (this.#socket.send(said) <= 0) this.#isBehind = true
  }
}
