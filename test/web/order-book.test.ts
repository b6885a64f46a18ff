import { expect, test } from 'bun:test'
import { madeSince, type OrderLists, withNews } from '../../src/web/console/order-book.ts'
import type { Order } from '../../src/web/shared/views.ts'

function order(order_id: string, status: string, version = 1, created_at = '2026-05-04T08:00:00.000Z'): Order {
  const place = { latitude: 0, longitude: 0, address: null }
  const none = {
    reason: null,
    driver: null,
    customer_id: null,
    reference: null,
    scheduled_at: null,
    tracking_url: null,
  }
  const rest = { price: { amount: 1, currency: 'EUR', breakdown: [] }, eta: { pickup_at: null, dropoff_at: null } }
  const at = { created_at, updated_at: created_at, attempts: 0 }
  return { ...none, ...rest, ...at, order_id, status, version, pickup: place, dropoff: place }
}

const LISTS: OrderLists = {
  open: [order('ord_a', 'placed', 2)],
  ended: [order('ord_b', 'delivered', 7)],
  later: [order('ord_c', 'scheduled', 1)],
}
const ids = ({ open, ended, later }: OrderLists) =>
  [open, ended, later].map(l => (l ?? []).map(o => `${o.order_id} ${o.version}`))

test('an order that is new goes first, one that is known is replaced', () => {
  expect(ids(withNews(LISTS, [order('ord_d', 'placed'), order('ord_a', 'assigned', 4)]))).toEqual([
    ['ord_a 4', 'ord_d 1'],
    ['ord_b 7'],
    ['ord_c 1'],
  ])
})

test('an order moves between the lists with its status', () => {
  expect(ids(withNews(LISTS, [order('ord_a', 'cancelled', 3), order('ord_c', 'placed', 2)]))).toEqual([
    ['ord_c 2'],
    ['ord_a 3', 'ord_b 7'],
    [],
  ])
})

test('news that come late, or again, change nothing', () => {
  expect(
    withNews(LISTS, [
      order('ord_a', 'placed', 1),
      order('ord_b', 'en_route_to_dropoff', 6),
      order('ord_a', 'placed', 2),
    ]),
  ).toBe(LISTS)
})

test('of those that have ended no more are kept than are read', () => {
  const many = Array.from({ length: 80 }, (_, n) => order(`ord_${n}`, 'delivered', 9))
  expect(withNews(LISTS, many).ended).toHaveLength(50)
})

test('what is new is looked for from a little before the newest that is known, by the clock of the nodes', () => {
  expect(madeSince(LISTS)).toBe('2026-05-04T07:59:50.000Z')
  expect(madeSince({ open: null, ended: [], later: [] })).toBe('1970-01-01T00:00:00.000Z')
})
