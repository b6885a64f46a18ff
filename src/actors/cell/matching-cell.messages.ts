import type { LatLng } from '../../domain/geo.ts'
import type { CellId, DriverId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import type { TimerFired } from '../runtime/turn.ts'

/** A driver that could take an order: now, or soon. */
export interface OpenDriver {
  readonly driverId: DriverId
  readonly driverShard: ShardId
  /** Where it will be free, which is where it is if it is free. */
  readonly position: LatLng
  /** When it will be free there; 0: it is. */
  readonly freeAtMs: UnixMs
  readonly vehicleType: string | null
  readonly skills: readonly string[]
  readonly capacity: number
  /** Capacity that is left. */
  readonly room: number
  readonly rating: number | null
  readonly idleSinceMs: UnixMs | null
  readonly servedToday: number
  readonly refusedShare: number
  /** The first order of later that it is promised to. Missing where there is none. */
  readonly reservation?: { readonly pickup: LatLng; readonly atMs: UnixMs }
}

/** An order that wants a driver now. */
export interface WaitingOrder {
  readonly orderId: OrderId
  /** The cell that matches it. Its neighbours hear of it too, where it is near them: its driver may be one of theirs. */
  readonly cell: CellId
  readonly pickup: LatLng
  /** Missing from older versions of the code. */
  readonly dropoff?: LatLng
  readonly vehicleType: string | null
  readonly skills: readonly string[]
  readonly size: number
  readonly refusedBy: readonly DriverId[]
  readonly sinceMs: UnixMs
  /** From pickup to drop-off. */
  readonly tripS: number
  /** Nothing to pick up before; null: there is. */
  readonly readyAtMs: UnixMs | null
}

/** The cell is fed by deltas, each idempotent: it holds what it was told last. */
export type MatchingCellMessage =
  | { readonly kind: 'matching.driver'; readonly driver: OpenDriver }
  | { readonly kind: 'matching.driver_gone'; readonly driverId: DriverId }
  | { readonly kind: 'matching.order'; readonly order: WaitingOrder }
  | { readonly kind: 'matching.order_gone'; readonly orderId: OrderId }
  | TimerFired
