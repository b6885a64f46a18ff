import type { AdmittedFix } from '../../domain/fix.ts'
import type { CellId, OfferId, OrderId, ShardId, UnixMs, ZoneId } from '../../domain/ids.ts'
import type { Reservation } from '../../domain/reservations.ts'
import type { FenceFix, LeaveReason } from '../../domain/zones/fence-track.ts'
import type { ReplyTo } from '../runtime/envelope.ts'
import type { FencesCrossed } from '../runtime/fence-lane.ts'
import type { JsonObject, TimerFired, WriteRefused } from '../runtime/turn.ts'
import type {
  Announcement,
  Availability,
  DrivenVehicle,
  DriverHold,
  DriverProfile,
  DriverTask,
  WorkRecord,
} from './driver.state.ts'

/** What gateways ask. Each is answered with a {@link DriverReply}. */
export type DriverCommand =
  | {
      readonly kind: 'driver.register'
      readonly replyTo?: ReplyTo
      readonly profile: DriverProfile
      readonly key: { readonly key: string; readonly requestHash: string } | null
    }
  | { readonly kind: 'driver.patch'; readonly replyTo?: ReplyTo; readonly patch: Partial<DriverProfile> }
  | { readonly kind: 'driver.availability'; readonly replyTo?: ReplyTo; readonly status: Availability }
  | {
      readonly kind: 'driver.vehicle'
      readonly replyTo?: ReplyTo
      /** Of two that are told the higher counts. */
      readonly change: number
      /** Null: none. */
      readonly vehicle: DrivenVehicle | null
    }
  | { readonly kind: 'driver.read'; readonly replyTo?: ReplyTo }
  /** The driver's own connection is open: tell it what it holds. */
  | { readonly kind: 'driver.hello'; readonly replyTo?: ReplyTo }

export type DriverMessage =
  | DriverCommand
  /** The newest accepted fix. Of class `live`: only the latest waits. */
  | { readonly kind: 'driver.fix'; readonly position: AdmittedFix; readonly isOutside?: true }
  | FencesCrossed
  | {
      readonly kind: 'driver.offer'
      readonly offerId: OfferId
      readonly orderId: OrderId
      readonly size: number
      readonly expiresAtMs: UnixMs
      /** `direct` is a dispatcher's choice: a paused driver takes it too. `reserve`: for later, of which nothing is held. */
      readonly mode: 'ask' | 'auto' | 'direct' | 'reserve'
      /** Sent before: the position may be stale by now, the answer is owed all the same. */
      readonly again: boolean
      /** Missing from older versions of the code. */
      readonly task?: DriverTask
      /** Of a reservation: when it is wanted at the pickup. */
      readonly wantedAtMs?: UnixMs
      readonly offer: JsonObject
    }
  | {
      readonly kind: 'driver.revoke'
      readonly offerId: OfferId
      readonly reason: string
      /** The driver said no, or nothing. */
      readonly refused?: true
    }
  /** The assignment is committed; the record's load version after it. */
  | {
      readonly kind: 'driver.confirmed'
      readonly offerId: OfferId
      readonly orderId: OrderId
      readonly size: number
      readonly loadVersion: number
      readonly task: DriverTask
      readonly order: JsonObject
    }
  /** The goods or the passenger are on board. Lost, it is made good by the next `still_assigned`. */
  | {
      readonly kind: 'driver.picked_up'
      readonly orderId: OrderId
      readonly offerId: OfferId
      readonly task: DriverTask
    }
  /** The order no longer is the driver's: delivered, cancelled, given to another. */
  | {
      readonly kind: 'driver.ended'
      readonly orderId: OrderId
      readonly offerId: OfferId
      readonly reason: string
      readonly status: string
    }
  /** Answers to a driver in doubt: the offer is still open, or the assignment stands. */
  | { readonly kind: 'driver.offer_open'; readonly offerId: OfferId; readonly expiresAtMs: UnixMs }
  | {
      readonly kind: 'driver.still_assigned'
      readonly orderId: OrderId
      readonly offerId: OfferId
      readonly task: DriverTask
      readonly order: JsonObject
    }
  /** From an order for later: it is promised to it, as it is now; or not, or no longer. */
  | { readonly kind: 'driver.reservation_stands'; readonly reservation: Reservation }
  | { readonly kind: 'driver.reservation_over'; readonly orderId: OrderId }
  /** The record is not what this driver believes (a commit on its row was refused, a confirmation was lost): look again. */
  | { readonly kind: 'driver.recheck'; readonly offerId: OfferId }
  | TimerFired
  | WriteRefused<DriverMessage>

/** Answers to gateways. `driver` is the {@link import('./driver.state.ts').DriverState} as JSON. */
export type DriverReply =
  | { readonly kind: 'driver'; readonly driver: JsonObject }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'already_exists' }
  | { readonly kind: 'key_taken' }

/** What every event of a fence says: which, as it was drawn then, and by which fix. */
interface OfFence {
  readonly zoneId: ZoneId
  readonly zoneVersion: number
  readonly fix: FenceFix
  /** It may have happened before that fix, while nobody looked: after a restart, a take-over, a move to another shard. */
  readonly recovered?: true
}

interface Stamped {
  readonly atMs: UnixMs
}

/** State changes. Those up to the fences, and what was worked, are journaled; the others are volatile: refilled by fixes, orders and the record. */
export type DriverEvent =
  | (Stamped & { readonly type: 'registered'; readonly profile: DriverProfile })
  | (Stamped & { readonly type: 'updated'; readonly patch: Partial<DriverProfile> })
  | (Stamped & { readonly type: 'availability'; readonly status: Availability })
  | (Stamped & { readonly type: 'vehicle_changed'; readonly change: number; readonly vehicle: DrivenVehicle | null })
  | (Stamped & { readonly type: 'rehomed'; readonly toShard: ShardId; readonly region: CellId })
  | (Stamped & OfFence & { readonly type: 'geofence_entered' })
  | (Stamped & OfFence & { readonly type: 'geofence_left'; readonly sinceMs: UnixMs; readonly reason: LeaveReason })
  | (Stamped & OfFence & { readonly type: 'geofence_dwelled'; readonly sinceMs: UnixMs })
  | (Stamped & { readonly type: 'moved'; readonly position: AdmittedFix; readonly isOutside?: true })
  | (Stamped & { readonly type: 'held'; readonly hold: DriverHold })
  | (Stamped & { readonly type: 'asked' })
  | (Stamped & { readonly type: 'hold_extended'; readonly expiresAtMs: UnixMs })
  | (Stamped & { readonly type: 'released'; readonly refused?: true })
  | (Stamped & {
      readonly type: 'load_taken'
      readonly orderId: OrderId
      readonly offerId: OfferId
      readonly size: number
      readonly loadVersion: number
      readonly task: DriverTask
    })
  | (Stamped & { readonly type: 'task_known'; readonly offerId: OfferId; readonly task: DriverTask })
  | (Stamped & { readonly type: 'load_given_back'; readonly offerId: OfferId; readonly delivered: boolean })
  | (Stamped & { readonly type: 'settled'; readonly region: CellId })
  | (Stamped & { readonly type: 'reservation_known'; readonly reservation: Reservation })
  | (Stamped & { readonly type: 'reservation_over'; readonly orderId: OrderId })
  | (Stamped & { readonly type: 'announced'; readonly announced: Announcement | null })
  /** What it has worked is in the record: it changes nothing else. */
  | (Stamped & { readonly type: 'work_kept'; readonly record: WorkRecord })
