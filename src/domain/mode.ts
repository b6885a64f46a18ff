/**
 * Live or test. The mode of an order, a quote, an offer and a driver is a part of its id, so that whoever holds an id knows it
 * without asking anybody: it can neither be missing nor change, and an older version of the code cannot lose it.
 *
 * A test order has a `t` where the time of its id begins, which no time before the year 3084 does; a test driver's id begins with
 * `tdrv_`, which is kept for them.
 */
import { type DriverId, isTestTime, type OrderId, type QuoteId, withTestTime } from './ids.ts'

export const MODES = ['live', 'test'] as const
export type Mode = (typeof MODES)[number]

export const TEST_DRIVER_PREFIX = 'tdrv_'

/** Where the time begins: behind the prefix and, of an order, the two digits of its shard. */
const TIME_OF_ORDER = 6
const TIME_OF_QUOTE = 4

export function modeOfOrder(orderId: OrderId): Mode {
  return isTestTime(orderId, TIME_OF_ORDER) ? 'test' : 'live'
}

export function modeOfQuote(quoteId: QuoteId): Mode {
  return isTestTime(quoteId, TIME_OF_QUOTE) ? 'test' : 'live'
}

export function modeOfDriver(driverId: DriverId): Mode {
  return driverId.startsWith(TEST_DRIVER_PREFIX) ? 'test' : 'live'
}

/** An id that was just made, in that mode. */
export function orderIdIn(mode: Mode, orderId: OrderId): OrderId {
  return mode === 'test' ? withTestTime(orderId, TIME_OF_ORDER) : orderId
}

/** @param quoteId  or how the quotes of a time begin. */
export function quoteIdIn(mode: Mode, quoteId: QuoteId): QuoteId {
  return mode === 'test' ? withTestTime(quoteId, TIME_OF_QUOTE) : quoteId
}

/** @param driverId  made here: `drv_…`. */
export function driverIdIn(mode: Mode, driverId: DriverId): DriverId {
  return (mode === 'test' ? `t${driverId}` : driverId) as DriverId
}

/** Of an actor that is journaled. */
export function modeOfActor(kind: 'order' | 'driver', id: string): Mode {
  return kind === 'order' ? modeOfOrder(id as OrderId) : modeOfDriver(id as DriverId)
}
