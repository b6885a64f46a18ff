import type { AdmittedFix } from '../../domain/fix.ts'
import type { LatLng } from '../../domain/geo.ts'
import type { CellId, DriverId, OfferId, OrderId, ShardId, UnixMs, VehicleId } from '../../domain/ids.ts'
import type { Reservation } from '../../domain/reservations.ts'
import type { InsideFence } from '../../domain/zones/fence-track.ts'
import type { JsonObject } from '../runtime/turn.ts'

/** What a driver or dispatcher sets. What is read back may also be `offered` or `busy`. */
export type Availability = 'available' | 'paused' | 'offline'
export type DriverStatus = Availability | 'offered' | 'busy'

export interface DriverProfile {
  readonly name: string | null
  readonly phone: string | null
  readonly vehicleType: string | null
  readonly vehicleId: string | null
  /** The sum of the sizes of the orders that the driver can have at once. */
  readonly capacity: number
  readonly skills: readonly string[]
  /** 1 to 5, from whoever keeps ratings; rows of before have none. */
  readonly rating?: number | null
}

/** The promise not to take another offer. Volatile: a crash forgets it and raises the epoch, which voids it. */
export interface DriverHold {
  readonly offerId: OfferId
  readonly orderId: OrderId
  readonly size: number
  readonly expiresAtMs: UnixMs
  /** What the phone is shown; kept so that a reconnecting phone is told again. */
  readonly offer: JsonObject
  /** How often the order was asked, in vain, what became of the offer. */
  readonly asked: number
}

export interface DriverState {
  readonly driverId: DriverId
  readonly homeShard: ShardId
  /** Raised by each activation, each move and each going off duty; a commit that claims load names it. */
  readonly epoch: number
  readonly version: number
  /** False: known by its positions only. */
  readonly isRegistered: boolean
  readonly profile: DriverProfile
  readonly availability: Availability
  /** Raised in the record by each assignment; ends do not raise it. */
  readonly loadVersion: number
  /** Oldest first. */
  readonly assignments: readonly DriverAssignment[]
  readonly hold: DriverHold | null
  /** Orders of later that it is promised to, as far as is known here. Missing where there are none. */
  readonly reservations?: readonly Reservation[]
  readonly position: AdmittedFix | null
  /** The region that the driver counts as being in; null until the first fix after an activation. */
  readonly homeRegion: CellId | null
  /** What the cells were told last, or may have been before an activation; null: that the driver is gone. */
  readonly announced: Announcement | null
  readonly record: WorkRecord
  /** The geofences that it is in. Missing: in none so far. */
  readonly fences?: DriverFences
  /** Missing: it never had one. */
  readonly vehicle?: DriverVehicle
  /** Volatile: its last fix was outside of every service area. */
  readonly isOutside?: boolean
  /** Volatile: since when the record of its work is another one than in its row; null: it is the same. */
  readonly workSinceMs: UnixMs | null
}

export interface DriverFences {
  /** The time of the fix that crossed one last: what comes with an older one came late, and is dropped. */
  readonly atMs: UnixMs
  readonly inside: readonly InsideFence[]
}

/** What dispatch needs of the vehicle that a driver drives. */
export interface DrivenVehicle {
  readonly vehicleId: VehicleId
  readonly type: string
  /** Null: the driver's own. */
  readonly capacity: number | null
  /** In order of their beginnings. */
  readonly maintenance: readonly { readonly fromMs: UnixMs; readonly toMs: UnixMs }[]
}

/** What a driver has without a vehicle. */
export type OwnProfile = Pick<DriverProfile, 'vehicleType' | 'capacity'>

export interface DriverVehicle {
  /** The last change that was heard of. */
  readonly change: number
  readonly driven: DrivenVehicle | null
  readonly own: OwnProfile
}

/** Named by the offer that won it: a late word about an earlier one of the same order is not taken for this one. */
export interface DriverAssignment {
  readonly orderId: OrderId
  readonly offerId: OfferId
  readonly size: number
  /** Told by the order; absent after an activation until it has answered. */
  readonly task?: DriverTask
}

/** What there is to drive for an order. */
export interface DriverTask {
  readonly pickup: LatLng
  readonly dropoff: LatLng
  /** From pickup to drop-off. */
  readonly driveS: number
  readonly phase: 'to_pickup' | 'to_dropoff'
  /** Nothing to pick up before. */
  readonly readyAtMs?: UnixMs
  /** Noted by the driver's own positions: since when it stands where this phase leads. */
  readonly arrivedAtMs?: UnixMs
}

/**
 * What the costs of dispatch ask about a driver. Kept in its row with its next durable event, and by one of its own soon after it has
 * changed: a crash, or a look at the record, sets it back by that much.
 */
export interface WorkRecord {
  /** On duty without an order since then; null while it is not. */
  readonly idleSinceMs: UnixMs | null
  /** Delivered on that day (UTC, days since 1970). */
  readonly day: number
  readonly servedToday: number
  /** Of its last offers. */
  readonly accepted: number
  readonly refused: number
}

export interface Announcement {
  /** The cell that it is in, then those whose orders it could still reach. */
  readonly matchingCells: readonly CellId[]
  readonly priceCell: CellId
  readonly indexCell: CellId
  readonly room: number
  /** When it will be there without an order; 0: it is. */
  readonly freeAtMs: UnixMs
  readonly atMs: UnixMs
}
