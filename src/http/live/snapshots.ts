/** How things stand when somebody begins to watch: what the first message of a subscription says. */
import type { OrderState } from '../../actors/order/order.state.ts'
import type { Clock, HotDriver, HotView } from '../../actors/runtime/ports.ts'
import type { LatLng } from '../../domain/geo.ts'
import { averageEdgeM, cellAt, centreOf, PRICE_RES } from '../../domain/h3.ts'
import type { CellId, OrderId } from '../../domain/ids.ts'
import { renderOrder } from '../render/order.ts'
import { renderCurrent } from '../render/position.ts'
import type { OrderDrivers } from './order-drivers.ts'
import type { Topic } from './topics.ts'

export interface SnapshotSources {
  readonly hotView: HotView
  readonly clock: Pick<Clock, 'nowMs'>
  readonly readOrder: (orderId: OrderId) => Promise<OrderState | null>
  readonly readSurge: (cell: CellId) => Promise<object>
  readonly orderDrivers: OrderDrivers
  readonly baseUrl: () => string
  readonly staleMs: number
  readonly driversMax: number
}

/** From the centre of a hexagon to its farthest corner, over its average edge: cells differ over the globe. */
const REACH = 1.6

/** @returns null where what is to be watched does not exist. */
export async function snapshotOf(topic: Topic, from: SnapshotSources): Promise<object | null> {
  switch (topic.kind) {
    case 'order':
      return orderSnapshot(topic.orderId, from)
    case 'driver': {
      const driver = from.hotView.get(topic.driverId)
      return { driver_id: topic.driverId, location: driver === null ? null : rendered(driver, from) }
    }
    case 'cell':
      return cellSnapshot(topic, from)
    case 'fleet':
      return fleetSnapshot(from.hotView.all(), from)
  }
}

async function orderSnapshot(orderId: OrderId, from: SnapshotSources): Promise<object | null> {
  const order = await from.readOrder(orderId)
  if (order === null) return null
  from.orderDrivers.learn(order)
  return renderOrder(order, from.baseUrl())
}

/** A price cell also says what its multiplier is. */
async function cellSnapshot({ cell, resolution }: Topic & { kind: 'cell' }, from: SnapshotSources): Promise<object> {
  const surge = resolution === PRICE_RES ? { surge: await from.readSurge(cell) } : {}
  return { ...fleetSnapshot(driversIn(cell, resolution, from), from), ...surge }
}

function fleetSnapshot(drivers: Iterable<HotDriver>, from: SnapshotSources): object {
  const shown: object[] = []
  let isTruncated = false
  for (const driver of drivers) {
    if (shown.length === from.driversMax) {
      isTruncated = true
      break
    }
    shown.push(rendered(driver, from))
  }
  return { drivers: shown, truncated: isTruncated }
}

function driversIn(cell: CellId, resolution: number, from: SnapshotSources): HotDriver[] {
  const query = {
    ...centreOf(cell),
    radiusM: averageEdgeM(resolution) * REACH,
    limit: from.driversMax,
    freshSinceMs: from.clock.nowMs() - from.staleMs,
  }
  const near = from.hotView.nearby(query)
  return near.filter(({ driver }) => isIn(cell, resolution, driver.fix)).map(({ driver }) => driver)
}

function isIn(cell: CellId, resolution: number, place: LatLng): boolean {
  return cellAt(place, resolution) === cell
}

function rendered(driver: HotDriver, { clock, staleMs }: SnapshotSources): object {
  return renderCurrent(driver, clock.nowMs(), staleMs)
}
