/** What drives virtual couriers needs from outside. */
import type { OrderState } from '../actors/order/order.state.ts'
import type { LatLng } from '../domain/geo.ts'
import type { DriverId, OrderId, UnixMs } from '../domain/ids.ts'
import type { Behaviour } from './behaviour.ts'

export interface CourierRecord {
  readonly driverId: DriverId
  readonly behaviour: Behaviour
  readonly place: LatLng
  readonly speedMps: number
  readonly createdAtMs: UnixMs
  readonly expiresAtMs: UnixMs
}

export interface CourierLease {
  /** Names this life of this node. */
  readonly node: string
  readonly nowMs: UnixMs
  readonly untilMs: UnixMs
  /** Where those that it drives have come to. */
  readonly places: ReadonlyMap<DriverId, LatLng>
}

/** Every method throws {StoreUnavailableError} where the record does not answer. Safe to call again. */
export interface CourierStore {
  /** @returns those that this node drives until then: nobody else does. */
  lease(lease: CourierLease): Promise<CourierRecord[]>
  /** Its time is over. */
  remove(driverId: DriverId): Promise<void>
  readOrder(orderId: OrderId): Promise<OrderState | null>
}
