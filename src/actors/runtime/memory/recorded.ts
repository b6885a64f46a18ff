/** The rows of the record in memory, as tests and audits see them. */
import type { DriverId, OfferId, OrderId, ShardId, UnixMs } from '../../../domain/ids.ts'
import type { OrderRow } from '../ports.ts'
import type { JsonObject } from '../turn.ts'

export interface RecordedShard {
  readonly shard: ShardId
  epoch: number
  owner: string
  /** The last number given in this shard's journal. */
  seq: number
}

export interface RecordedOrder extends Omit<OrderRow, 'kind' | 'state' | 'hasSameTerms'> {
  readonly orderId: OrderId
  readonly shard: ShardId
  readonly version: number
  readonly state: JsonObject
}

export interface RecordedDriver {
  readonly driverId: DriverId
  homeShard: ShardId
  epoch: number
  version: number
  status: string
  capacity: number
  load: number
  loadVersion: number
  state: JsonObject
}

export interface RecordedAssignment {
  readonly orderId: OrderId
  readonly offerId: OfferId
  readonly driverId: DriverId
  readonly size: number
  readonly startedAtMs: UnixMs
  endedAtMs: UnixMs | null
}

export interface RecordedEvent {
  readonly shard: ShardId
  readonly seq: number
  readonly atMs: UnixMs
  readonly actorKind: 'order' | 'driver'
  readonly actorId: string
  readonly version: number
  readonly type: string
  readonly data: JsonObject
}

export interface RecordedKey {
  readonly key: string
  readonly requestHash: string
  readonly response: JsonObject
}

export interface RecordedDecision {
  readonly orderId: OrderId
  readonly atMs: UnixMs
  readonly body: JsonObject
}
