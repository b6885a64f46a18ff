/** Reads of the record that more than one route or socket needs. */
import { statusOf } from '../actors/driver/driver.evolve.ts'
import type { OrderState } from '../actors/order/order.state.ts'
import { merged } from '../actors/runtime/hot-driver.ts'
import type { HotDriver } from '../actors/runtime/ports.ts'
import { cellAt, INDEX_RES } from '../domain/h3.ts'
import type { DriverId, OrderId } from '../domain/ids.ts'
import type { Sql } from '../store/postgres.ts'
import { driverById } from '../store/records-drivers.ts'
import { orderById } from '../store/records-orders.ts'
import { lastFix } from '../store/records-positions.ts'
import type { Http } from './context.ts'
import { driverState, orderState } from './render/state.ts'
import { after, type Soon } from './soon.ts'

/** @throws {StoreUnavailableError} */
export async function readOrder(sql: Sql, orderId: OrderId): Promise<OrderState | null> {
  const row = await orderById(sql, orderId)
  return row === null ? null : orderState(row.state)
}

/**
 * Where a driver is and what it does: from the hot view; what that does not know, from the driver's actor, whose answer
 * refills it; and from the record where the actor cannot say.
 *
 * @returns null for a driver that was never seen.
 * @throws {StoreUnavailableError}
 */
export function currentOf(http: Http, driverId: DriverId): Soon<HotDriver | null> {
  return after(http.hotView.get(driverId), hot =>
    hot !== null && hot.status !== null ? hot : asked(http, driverId, hot),
  )
}

async function asked(http: Http, driverId: DriverId, hot: HotDriver | null): Promise<HotDriver | null> {
  return (await fromActor(http, driverId, hot)) ?? (await fromRecord(http, driverId, hot))
}

async function fromActor(http: Http, driverId: DriverId, hot: HotDriver | null): Promise<HotDriver | null> {
  const reply = await http.gateway.askDriver(driverId, { kind: 'driver.read' })
  if (reply.kind !== 'driver') return null
  const state = driverState(reply.driver)
  if (state.position === null) return null
  const fix = { ...state.position, driverId, cell: cellAt(state.position, INDEX_RES) }
  const [present] = state.assignments
  const said = {
    fix,
    status: statusOf(state),
    vehicleType: state.profile.vehicleType,
    orderId: present?.orderId ?? null,
  }
  http.hotView.refill(said)
  return merged(said, hot)
}

async function fromRecord(http: Http, driverId: DriverId, hot: HotDriver | null): Promise<HotDriver | null> {
  const [stored, driver] = await Promise.all([
    hot === null ? lastFix(http.sql, driverId) : null,
    driverById(http.sql, driverId),
  ])
  const fix = hot?.fix ?? (stored === null ? null : { ...stored, driverId, cell: cellAt(stored, INDEX_RES) })
  if (fix === null) return null
  // Its actor does not answer: then the driver does what it last set.
  return { fix, status: driver?.status ?? null, vehicleType: hot?.vehicleType ?? null, orderId: null }
}
