/** Who lives where, and typed sends to each kind: a message that its receiver does not know does not compile. */
import type { LatLng } from '../domain/geo.ts'
import { cellAt, MATCHING_RES } from '../domain/h3.ts'
import { type CellId, type DriverId, type OrderId, type ShardId, shardOfOrder } from '../domain/ids.ts'
import type { Mode } from '../domain/mode.ts'
import { shardOf } from '../domain/region.ts'
import type { MatchingCellMessage } from './cell/matching-cell.messages.ts'
import type { PricingMessage } from './cell/pricing-area.messages.ts'
import type { DriverMessage } from './driver/driver.messages.ts'
import type { OrderMessage } from './order/order.messages.ts'
import type { Address, MailboxClass, Message } from './runtime/envelope.ts'
import type { Effect } from './runtime/turn.ts'

export function orderAddress(orderId: OrderId): Address {
  return { kind: 'order', id: orderId, shard: shardOfOrder(orderId) }
}

/** `shard` is where the driver was last known to live. */
export function driverAddress(driverId: DriverId, shard: ShardId): Address {
  return { kind: 'driver', id: driverId, shard }
}

const TEST_CELL = 'test-'

/**
 * A cell lives on the shard that its index hashes to. Each mode has actors of its own, which hear of their own drivers and
 * orders only: so nothing is ever proposed to the other.
 */
export function matchingAddress(cell: CellId, shards: number, mode: Mode): Address {
  const id = mode === 'test' ? `${TEST_CELL}${cell}` : cell
  return { kind: 'matching', id, shard: shardOf(cell, shards) }
}

/** @param id  of the address of a matching cell. */
export function cellOfMatching(id: string): CellId {
  return (id.startsWith(TEST_CELL) ? id.slice(TEST_CELL.length) : id) as CellId
}

/** The actor that prices a metropolis; `areaOf` says whose a price cell is. */
export function pricingAddress(area: CellId, shards: number): Address {
  return { kind: 'pricing', id: area, shard: shardOf(area, shards) }
}

export function matchingCellAt(p: LatLng): CellId {
  return cellAt(p, MATCHING_RES)
}

export function toOrder(orderId: OrderId, message: OrderMessage): Effect {
  return send(orderAddress(orderId), message)
}

export function toDriver(driver: { driverId: DriverId; driverShard: ShardId }, message: DriverMessage): Effect {
  return send(driverAddress(driver.driverId, driver.driverShard), message)
}

export interface MatchingCells {
  readonly shards: number
  readonly mode: Mode
}

export function toMatching(cell: CellId, { shards, mode }: MatchingCells, message: MatchingCellMessage): Effect {
  return send(matchingAddress(cell, shards, mode), message)
}

export function toPricing(area: CellId, shards: number, message: PricingMessage): Effect {
  return send(pricingAddress(area, shards), message)
}

/** Between actors nothing is shed: the other relies on it. */
function send(to: Address, message: Message, mailbox: MailboxClass = 'vital'): Effect {
  return { kind: 'send', to, message, class: mailbox }
}
