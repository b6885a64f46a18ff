/**
 * From what actors tell to whom it concerns: the hot view, the live topics, the drivers' own connections. Runs for every
 * position of the node, so it renders nothing that nobody watches.
 */
import type { LiveListener } from '../../actors/gateway.ts'
import type { HotView, LiveFix } from '../../actors/runtime/ports.ts'
import type { JsonObject } from '../../actors/runtime/turn.ts'
import { cellAt } from '../../domain/h3.ts'
import { type DriverId, type OrderId, parseDriverId } from '../../domain/ids.ts'
import { type Mode, modeOfDriver, modeOfOrder } from '../../domain/mode.ts'
import type { OrderLinks } from '../order-links.ts'
import { renderOrder } from '../render/order.ts'
import { renderLiveFix } from '../render/position.ts'
import { orderState } from '../render/state.ts'
import type { CatchUp } from './catch-up.ts'
import type { CellResolutions } from './cell-resolutions.ts'
import type { LiveHub } from './hub.ts'
import type { OrderDrivers } from './order-drivers.ts'
import type { Phones } from './phones.ts'
import { cellTopicName, driverTopic, FLEET, orderTopic } from './topics.ts'
import { LiveEvent } from './update.ts'

export interface FanOutTargets {
  readonly hotView: HotView
  /** Of each mode its own: who watches the fleet watches that of its mode. */
  readonly hubs: Readonly<Record<Mode, LiveHub>>
  readonly phones: Phones
  readonly orderDrivers: OrderDrivers
  readonly cellResolutions: CellResolutions
  readonly catchUp: Pick<CatchUp, 'unheard'>
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
    const { hotView, hubs } = this.#to
    hotView.putFix(fix)
    if (hubs.live.topics === 0 && hubs.test.topics === 0) return
    const hub = hubs[modeOfDriver(fix.driverId)]
    const topics = this.#watchedTopics(hub, fix)
    if (topics.length === 0) return
    const event = new LiveEvent('location', renderLiveFix(fix), { fix })
    for (const topic of topics) hub.publish(topic, event)
  }

  onPublish(topic: string, type: string, data: JsonObject): void {
    if (topic.startsWith(PHONE)) this.#onPhone(topic.slice(PHONE.length), type, data)
    else if (topic.startsWith(DRIVER)) this.#onDriver(topic, type, data)
    else if (topic.startsWith(ORDER)) this.#onOrder(topic, type, data)
    else if (topic.startsWith(ZONE)) this.#onZone(topic, type, data)
    else if (topic.startsWith(CELL)) this.#to.hubs.live.publish(topic, new LiveEvent(type, data))
  }

  onUnheardOf(): void {
    this.#to.catchUp.unheard()
  }

  #watchedTopics(hub: LiveHub, fix: LiveFix): string[] {
    const { orderDrivers, cellResolutions } = this.#to
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
    const hub = this.#hubOf(driverId)
    hub.publish(topic, event)
    hub.publish(FLEET, event)
  }

  /** Whoever watches a zone sees who crosses it of its own mode. */
  #onZone(topic: string, type: string, data: JsonObject): void {
    const driverId = parseDriverId(textOr(data.driver_id) ?? '')
    this.#hubOf(driverId).publish(topic, new LiveEvent(type, data))
  }

  #hubOf(driverId: DriverId | null): LiveHub {
    return this.#to.hubs[driverId === null ? 'live' : modeOfDriver(driverId)]
  }

  #onOrder(topic: string, type: string, data: JsonObject): void {
    const hub = this.#to.hubs[modeOfOrder(topic.slice(ORDER.length) as OrderId)]
    if (!hub.isWatched(topic)) return
    const order = orderState(data)
    this.#to.orderDrivers.learn(order)
    hub.publish(topic, new LiveEvent(type, renderOrder(order, this.#to.links), { order }))
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
