import { expect, test } from 'bun:test'
import { OrderBook } from './order-book.ts'
import { Tally } from './tally.ts'

function book() {
  const tally = new Tally()
  const ended: string[] = []
  const onEnd = (orderId: string) => ended.push(orderId)
  return { tally, ended, book: new OrderBook({ tally, patienceMs: 30_000, speedup: 10, onEnd }) }
}

test('an order assigned within the patience is served, and its wait is counted in world seconds', () => {
  const { tally, book: orders } = book()
  orders.acknowledge('ord_1', 1_000, 1_010)
  orders.assigned('ord_1', 70, 3_000)
  expect([tally.served, tally.pickupSumS, tally.waitSumS]).toEqual([1, 70, 90])
  expect(tally.assign.maxMs).toBe(2_000)
})

test('an order whose driver hears of it before its customer is served once', () => {
  const { tally, book: orders } = book()
  orders.assigned('ord_1', 70, 1_005)
  expect(tally.served).toBe(0)
  orders.acknowledge('ord_1', 1_000, 1_010)
  orders.acknowledge('ord_1', 1_000, 1_020)
  orders.assigned('ord_1', 50, 9_000)
  expect([tally.served, tally.acknowledged, tally.pickupSumS]).toEqual([1, 1, 70])
})

test('an assignment after the patience, or after giving up, serves nobody', () => {
  const { tally, book: orders } = book()
  orders.acknowledge('ord_1', 0, 10)
  orders.assigned('ord_1', 70, 30_001)
  orders.acknowledge('ord_2', 0, 10).cancelCause = 'out_of_patience'
  orders.assigned('ord_2', 70, 29_999)
  expect([tally.assigned, tally.served]).toEqual([2, 0])
})

test('the first end that was told stays, and closes the order', () => {
  const { ended, book: orders } = book()
  orders.acknowledge('ord_1', 0, 10)
  expect(orders.openCount).toBe(1)
  orders.heard('ord_1', 'delivered', 20)
  orders.heard('ord_1', 'cancelled', 30)
  expect([orders.get('ord_1')?.end, orders.openCount, ended]).toEqual(['delivered', 0, ['ord_1']])
})

test('after an outage every open order is in doubt, an ended one is not', () => {
  const { book: orders } = book()
  for (const orderId of ['ord_1', 'ord_2']) orders.acknowledge(orderId, 0, 10)
  orders.heard('ord_1', 'delivered', 20)
  orders.doubtAll()
  expect([orders.get('ord_1')?.recheck, orders.get('ord_2')?.recheck]).toEqual([false, true])
})
