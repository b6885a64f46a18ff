/** Reads of the record that more than one route or socket needs. */
import type { OrderState } from '../actors/order/order.state.ts'
import type { HotDriver } from '../actors/runtime/ports.ts'
import { cellAt, INDEX_RES } from '../domain/h3.ts'
import type { DriverId, OrderId } from '../domain/ids.ts'
import type { Sql } from '../store/postgres.ts'
import { driverById } from '../store/records-drivers.ts'
import { orderById } from '../store/records-orders.ts'
import { lastFix } from '../store/records-positions.ts'
import type { Http } from './context.ts'
import { orderState } from './render/state.ts'

/** @throws {StoreUnavailableError} */
export async function readOrder(sql: Sql, orderId: OrderId): Promise<OrderState | null> {
  const row = await orderById(sql, orderId)
  return row === null ? null : orderState(row.state)
}

/**
 * Where a driver is and what it does: from memory, and from the record only for what memory has not heard since the
 * node started.
 *
 * @returns null for a driver that was never seen.
 * @throws {StoreUnavailableError}
 */
export async function currentOf(http: Http, driverId: DriverId): Promise<HotDriver | null> {
  const hot = http.hotView.get(driverId)
  if (hot !== null && hot.status !== null) return hot
  const [stored, driver] = await Promise.all([
    hot === null ? lastFix(http.sql, driverId) : null,
    driverById(http.sql, driverId),
  ])
  const fix = hot?.fix ?? (stored === null ? null : { ...stored, driverId, cell: cellAt(stored, INDEX_RES) })
  if (fix === null) return null
  // Its actor sleeps, or it would have said so: then the driver does what it last set.
  return { fix, status: driver?.status ?? null, vehicleType: hot?.vehicleType ?? null }
}
