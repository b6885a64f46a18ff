/** How things stand when somebody begins to watch: what the first message of a subscription says. */
import type { OrderState } from '../../actors/order/order.state.ts'
import type { Clock, HotDriver, HotView } from '../../actors/runtime/ports.ts'
import type { LatLng } from '../../domain/geo.ts'
import { averageEdgeM, cellAt, centreOf, PRICE_RES } from '../../domain/h3.ts'
import type { CellId, OrderId, ZoneId } from '../../domain/ids.ts'
import { isOwnOrder } from '../access/permit.ts'
import type { Principal } from '../access/principal.ts'
import type { OrderLinks } from '../order-links.ts'
import { renderOrderFor } from '../render/order.ts'
import { renderCurrent } from '../render/position.ts'
import { renderTrackedOrder } from '../render/tracking.ts'
import type { OrderDrivers } from './order-drivers.ts'
import type { Topic } from './topics.ts'

export interface SnapshotSources {
  readonly hotView: HotView
  readonly clock: Pick<Clock, 'nowMs'>
  readonly readOrder: (orderId: OrderId) => Promise<OrderState | null>
  readonly readSurge: (cell: CellId) => Promise<object>
  /** Null: there is none. */
  readonly readZone: (zoneId: ZoneId) => Promise<object | null>
  readonly orderDrivers: OrderDrivers
  readonly links: OrderLinks
  readonly staleMs: number
  readonly driversMax: number
}

/** From the centre of a hexagon to its farthest corner, over its average edge: cells differ over the globe. */
const REACH = 1.6

/** @returns null where what is to be watched does not exist, or not for this watcher. */
export async function snapshotOf(topic: Topic, from: SnapshotSources, watcher: Principal): Promise<object | null> {
  switch (topic.kind) {
    case 'order':
      return orderSnapshot(topic.orderId, from, watcher)
    case 'driver': {
      const driver = await from.hotView.get(topic.driverId)
      return { driver_id: topic.driverId, location: driver === null ? null : rendered(driver, from) }
    }
    case 'zone':
      return from.readZone(topic.zoneId)
    case 'cell':
      return cellSnapshot(topic, from)
    case 'fleet':
      // One more than is shown tells whether that was all.
      return fleetSnapshot(await from.hotView.all(from.driversMax + 1), from)
  }
}

async function orderSnapshot(orderId: OrderId, from: SnapshotSources, watcher: Principal): Promise<object | null> {
  const order = await from.readOrder(orderId)
  if (order === null || !isOwnOrder(order, watcher)) return null
  from.orderDrivers.learn(order)
  return watcher.role === 'link' ? renderTrackedOrder(order) : renderOrderFor(watcher, order, from.links)
}

/** A price cell also says what its multiplier is. */
async function cellSnapshot({ cell, resolution }: Topic & { kind: 'cell' }, from: SnapshotSources): Promise<object> {
  const surge = resolution === PRICE_RES ? { surge: await from.readSurge(cell) } : {}
  return { ...fleetSnapshot(await driversIn(cell, resolution, from), from), ...surge }
}

function fleetSnapshot(drivers: readonly HotDriver[], from: SnapshotSources): object {
  const shown = drivers.slice(0, from.driversMax).map(driver => rendered(driver, from))
  return { drivers: shown, truncated: drivers.length > from.driversMax }
}

async function driversIn(cell: CellId, resolution: number, from: SnapshotSources): Promise<HotDriver[]> {
  const query = {
    ...centreOf(cell),
    radiusM: averageEdgeM(resolution) * REACH,
    limit: from.driversMax,
    freshSinceMs: from.clock.nowMs() - from.staleMs,
  }
  const near = await from.hotView.nearby(query)
  return near.filter(({ driver }) => isIn(cell, resolution, driver.fix)).map(({ driver }) => driver)
}

function isIn(cell: CellId, resolution: number, place: LatLng): boolean {
  return cellAt(place, resolution) === cell
}

function rendered(driver: HotDriver, { clock, staleMs }: SnapshotSources): object {
  return renderCurrent(driver, clock.nowMs(), staleMs)
}
