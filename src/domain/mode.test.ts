import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { even } from './even.fixtures.ts'
import {
  type DriverId,
  newDriverId,
  newOrderId,
  newQuoteId,
  offerIdOf,
  orderIdOfQuote,
  orderOfOffer,
  parseDriverId,
  parseOrderId,
  parseQuoteId,
  quoteIdsFrom,
  type ShardId,
  shardOfOrder,
  timeOfQuote,
} from './ids.ts'
import { driverIdIn, MODES, modeOfDriver, modeOfOrder, modeOfQuote, orderIdIn, quoteIdIn } from './mode.ts'

const made = fc.record({
  shard: fc.integer({ min: 0, max: 1_023 }),
  // To the year 3000.
  atMs: fc.integer({ min: 0, max: Date.UTC(3_000, 0) }),
  chance: even(0, 0.999_999),
})

test('an id says its mode, and all else that it said before', () => {
  fc.assert(
    fc.property(made, ({ shard, atMs, chance }) => {
      for (const mode of MODES) {
        const orderId = orderIdIn(
          mode,
          newOrderId(shard as ShardId, atMs, () => chance),
        )
        expect([modeOfOrder(orderId), parseOrderId(orderId), shardOfOrder(orderId)]).toEqual([
          mode,
          orderId,
          shard as ShardId,
        ])
        expect(orderOfOffer(offerIdOf(orderId, 3))).toBe(orderId)
        const quoteId = quoteIdIn(
          mode,
          newQuoteId(atMs, () => chance),
        )
        expect([modeOfQuote(quoteId), parseQuoteId(quoteId), timeOfQuote(quoteId)]).toEqual([mode, quoteId, atMs])
        expect(modeOfOrder(orderIdOfQuote(quoteId, shard as ShardId))).toBe(mode)
        const driverId = driverIdIn(
          mode,
          newDriverId(atMs, () => chance),
        )
        expect([modeOfDriver(driverId), parseDriverId(driverId)]).toEqual([mode, driverId])
      }
    }),
  )
})

test('quotes of a mode sort by their time, and apart from the other’s', () => {
  const quote = (mode: 'live' | 'test', atMs: number) =>
    quoteIdIn(
      mode,
      newQuoteId(atMs, () => 0.5),
    )
  for (const mode of MODES) {
    const bound = quoteIdIn(mode, quoteIdsFrom(1_800_000_000_000))
    expect(quote(mode, 1_799_999_999_999) < bound).toBe(true)
    expect(quote(mode, 1_800_000_000_000) > bound).toBe(true)
  }
  expect(quote('live', Date.UTC(3_000, 0)) < quote('test', 0)).toBe(true)
})

test('whatever a caller calls a driver, it is live unless it begins as test drivers do', () => {
  for (const id of ['drv_1', 'test_1', 'drv_test', 'TDRV_1', 'tdrv-1', 't'])
    expect(modeOfDriver(id as DriverId)).toBe('live')
  expect(modeOfDriver('tdrv_mine' as DriverId)).toBe('test')
})
