import type { LatLng } from '../../domain/geo.ts'
import type { DriverId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import type { TimerFired } from '../runtime/turn.ts'

/** A driver that could take an order now. */
export interface IdleDriver {
  readonly driverId: DriverId
  readonly driverShard: ShardId
  readonly position: LatLng
  readonly vehicleType: string | null
  readonly skills: readonly string[]
  /** Capacity that is left. */
  readonly room: number
}

/** An order that wants a driver now. */
export interface WaitingOrder {
  readonly orderId: OrderId
  readonly pickup: LatLng
  readonly vehicleType: string | null
  readonly skills: readonly string[]
  readonly size: number
  readonly refusedBy: readonly DriverId[]
  readonly sinceMs: UnixMs
}

/** The cell is fed by deltas, each idempotent: it holds what it was told last. */
export type MatchingCellMessage =
  | { readonly kind: 'matching.driver'; readonly driver: IdleDriver }
  | { readonly kind: 'matching.driver_gone'; readonly driverId: DriverId }
  | { readonly kind: 'matching.order'; readonly order: WaitingOrder }
  | { readonly kind: 'matching.order_gone'; readonly orderId: OrderId }
  | TimerFired
