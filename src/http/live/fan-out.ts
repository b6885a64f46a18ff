/**
 * From what actors tell to whom it concerns: the hot view, the live topics, the drivers' own connections. Runs for every
 * position of the node, so it renders nothing that nobody watches.
 */
import type { LiveListener } from '../../actors/gateway.ts'
import type { HotView, LiveFix } from '../../actors/runtime/ports.ts'
import type { JsonObject } from '../../actors/runtime/turn.ts'
import { cellAt } from '../../domain/h3.ts'
import { type DriverId, type OrderId, parseDriverId } from '../../domain/ids.ts'
import type { OrderLinks } from '../order-links.ts'
import { renderOrder } from '../render/order.ts'
import { renderLiveFix } from '../render/position.ts'
import { orderState } from '../render/state.ts'
import type { CellResolutions } from './cell-resolutions.ts'
import type { LiveHub } from './hub.ts'
import type { OrderDrivers } from './order-drivers.ts'
import type { Phones } from './phones.ts'
import { cellTopicName, driverTopic, FLEET, orderTopic } from './topics.ts'
import { LiveEvent } from './update.ts'

export interface FanOutTargets {
  readonly hotView: HotView
  readonly hub: LiveHub
  readonly phones: Phones
  readonly orderDrivers: OrderDrivers
  readonly cellResolutions: CellResolutions
  readonly links: OrderLinks
}

const PHONE = 'phone:'
const DRIVER = 'driver:'
const ORDER = 'order:'
const CELL = 'cell:'
const ZONE = 'zone:'

export class FanOut implements LiveListener {
  readonly #to: FanOutTargets

  constructor(targets: FanOutTargets) {
    this.#to = targets
  }

  onFix(fix: LiveFix): void {
    const { hotView, hub } = this.#to
    hotView.putFix(fix)
    if (hub.topics === 0) return
    const topics = this.#watchedTopics(fix)
    if (topics.length === 0) return
    const event = new LiveEvent('location', renderLiveFix(fix), { fix })
    for (const topic of topics) hub.publish(topic, event)
  }

  onPublish(topic: string, type: string, data: JsonObject): void {
    if (topic.startsWith(PHONE)) this.#onPhone(topic.slice(PHONE.length), type, data)
    else if (topic.startsWith(DRIVER)) this.#onDriver(topic, type, data)
    else if (topic.startsWith(ORDER)) this.#onOrder(topic, type, data)
    else if (topic.startsWith(CELL) || topic.startsWith(ZONE)) this.#to.hub.publish(topic, new LiveEvent(type, data))
  }

  #watchedTopics(fix: LiveFix): string[] {
    const { hub, orderDrivers, cellResolutions } = this.#to
    const topics: string[] = []
    if (hub.isDriverWatched(fix.driverId)) topics.push(driverTopic(fix.driverId))
    for (const resolution of cellResolutions.watched) {
      const topic = cellTopicName(cellAt(fix, resolution))
      if (hub.isWatched(topic)) topics.push(topic)
    }
    if (hub.isWatched(FLEET)) topics.push(FLEET)
    if (orderDrivers.size === 0) return topics
    for (const orderId of orderDrivers.ordersOf(fix.driverId)) {
      const topic = orderTopic(orderId)
      if (hub.isWatched(topic)) topics.push(topic)
    }
    return topics
  }

  #onPhone(driverId: string, type: string, data: JsonObject): void {
    this.#to.phones.tell(driverId as DriverId, type, data)
  }

  #onDriver(topic: string, type: string, data: JsonObject): void {
    const driverId = parseDriverId(topic.slice(DRIVER.length))
    const { status, vehicle_type, order_id } = data
    if (driverId !== null && typeof status === 'string') {
      this.#to.hotView.putDriver(driverId, { status, vehicleType: textOr(vehicle_type), orderId: textOr(order_id) })
    }
    const event = new LiveEvent(type, data)
    this.#to.hub.publish(topic, event)
    this.#to.hub.publish(FLEET, event)
  }

  #onOrder(topic: string, type: string, data: JsonObject): void {
    if (!this.#to.hub.isWatched(topic)) return
    const order = orderState(data)
    this.#to.orderDrivers.learn(order)
    this.#to.hub.publish(topic, new LiveEvent(type, renderOrder(order, this.#to.links), { order }))
  }
}

function textOr(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** For the hub: an order that nobody watches need not be known. */
export function forgetUnwatched(orderDrivers: OrderDrivers): (topic: string) => void {
  return topic => {
    if (topic.startsWith(ORDER)) orderDrivers.forget(topic.slice(ORDER.length) as OrderId)
  }
}
