/** What the conformance suite of the Journal port builds its turns from, and what it looks at afterwards. */
import type { Journal, JournalTurn, OrderRow, StoredDriver } from '../../src/actors/runtime/ports.ts'
import type { LoadClaim, LoadRelease, Writes } from '../../src/actors/runtime/turn.ts'
import type { DriverId, OfferId, OrderId, ShardId } from '../../src/domain/ids.ts'

/** What the record holds, each list in a fixed order. Times of assignments are the record's own, so only their end counts. */
export interface Contents {
  readonly orders: readonly {
    readonly orderId: string
    readonly shard: number
    readonly version: number
    readonly status: string
    readonly customerId: string | null
    readonly driverId: string | null
    readonly dueAtMs: number
    readonly createdAtMs: number
    readonly updatedAtMs: number
    readonly state: unknown
  }[]
  readonly drivers: readonly {
    readonly driverId: string
    readonly homeShard: number
    readonly epoch: number
    readonly version: number
    readonly status: string
    readonly capacity: number
    readonly load: number
    readonly loadVersion: number
    readonly state: unknown
  }[]
  readonly assignments: readonly {
    readonly orderId: string
    readonly offerId: string
    readonly driverId: string
    readonly size: number
    readonly ended: boolean
  }[]
  readonly journal: readonly {
    readonly shard: number
    readonly seq: number
    readonly atMs: number
    readonly actorKind: string
    readonly actorId: string
    readonly version: number
    readonly type: string
    readonly data: unknown
  }[]
  readonly keys: readonly { readonly key: string; readonly requestHash: string; readonly response: unknown }[]
  readonly decisions: readonly { readonly orderId: string; readonly atMs: number; readonly body: unknown }[]
}

export interface JournalUnderTest {
  /** Another connection to the same record: another thread or node. */
  open(): Journal
  contents(): Promise<Contents>
  close(): Promise<void>
}

export const SHARD = 3 as ShardId
export const OTHER_SHARD = 8 as ShardId
export const AT_MS = 1_700_000_000_123

export const orderId = (name: string): OrderId => `ord_${name}` as OrderId
export const driverId = (name: string): DriverId => `drv_${name}` as DriverId
export const offerId = (name: string): OfferId => `off_${name}` as OfferId

interface OrderTurnOptions extends Writes {
  readonly shard?: ShardId
  readonly shardEpoch?: number
  readonly versionBefore?: number
  readonly events?: readonly string[]
  readonly row?: Partial<OrderRow>
}

/** A turn of an order: one event `placed`, unless told. */
export function orderTurn(name: string, options: OrderTurnOptions = {}): JournalTurn {
  const { shard, shardEpoch, versionBefore, events, row, ...writes } = options
  return {
    shard: shard ?? SHARD,
    shardEpoch: shardEpoch ?? 1,
    actorId: orderId(name),
    versionBefore: versionBefore ?? 0,
    events: (events ?? ['placed']).map(type => ({ type, atMs: AT_MS, data: { name } })),
    row: {
      kind: 'order',
      status: 'placed',
      customerId: null,
      driverId: null,
      dueAtMs: AT_MS,
      createdAtMs: AT_MS,
      updatedAtMs: AT_MS,
      state: { name },
      ...row,
    },
    ...writes,
  }
}

interface DriverTurnOptions extends Writes {
  readonly shard?: ShardId
  readonly shardEpoch?: number
  readonly events?: readonly string[]
  readonly status?: string
  readonly capacity?: number
  readonly homeShard?: ShardId
  readonly epoch?: number
}

/** A turn of a driver that is as it was read: one event `changed`, unless told. */
export function driverTurn(driver: StoredDriver, options: DriverTurnOptions = {}): JournalTurn {
  const { shard, shardEpoch, events, status, capacity, homeShard, epoch, ...writes } = options
  return {
    shard: shard ?? driver.homeShard,
    shardEpoch: shardEpoch ?? 1,
    actorId: driver.driverId,
    versionBefore: driver.version,
    driverEpochBefore: driver.epoch,
    events: (events ?? ['changed']).map(type => ({ type, atMs: AT_MS, data: {} })),
    row: {
      kind: 'driver',
      homeShard: homeShard ?? driver.homeShard,
      epoch: epoch ?? driver.epoch,
      status: status ?? 'available',
      capacity: capacity ?? driver.capacity,
      state: { of: driver.driverId },
    },
    ...writes,
  }
}

/** A claim on a driver that is as it was read, for the order of that name. */
export function claimOf(driver: StoredDriver, name: string, size = 1): LoadClaim {
  return {
    orderId: orderId(name),
    offerId: offerId(name),
    driverId: driver.driverId,
    driverEpoch: driver.epoch,
    loadVersion: driver.loadVersion,
    size,
  }
}

export function releaseOf(driver: StoredDriver, name: string, size = 1): LoadRelease {
  return { orderId: orderId(name), driverId: driver.driverId, size }
}

/** Activates, and thereby raises the epoch. Drivers are made at their first sight. */
export async function activate(journal: Journal, name: string, shard: ShardId = SHARD): Promise<StoredDriver> {
  const request = { driverId: driverId(name), shard, shardEpoch: 1, create: true }
  const [outcome] = await journal.activateDrivers([request])
  if (outcome?.kind !== 'active') throw new Error(`${name} is ${outcome?.kind}`)
  return outcome.driver
}

/** A new driver of that capacity. */
export async function newDriver(journal: Journal, name: string, capacity: number): Promise<StoredDriver> {
  const driver = await activate(journal, name)
  await journal.commit([driverTurn(driver, { capacity })])
  return activate(journal, name)
}
