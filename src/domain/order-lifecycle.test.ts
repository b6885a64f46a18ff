import { describe, expect, test } from 'bun:test'
import { checkMove, isBeforePickup, isEnded, isOpen, ORDER_STATUSES } from './order-lifecycle.ts'

const ALLOWED = new Set([
  'assigned → en_route_to_pickup',
  'en_route_to_pickup → at_pickup',
  'at_pickup → en_route_to_dropoff',
  'en_route_to_dropoff → delivered',
])

describe('status moves', () => {
  for (const from of ORDER_STATUSES) {
    for (const to of ORDER_STATUSES) {
      const expected = from === to ? 'same' : ALLOWED.has(`${from} → ${to}`) ? 'allowed' : 'invalid'
      test(`${from} → ${to} is ${expected}`, () => expect(checkMove(from, to)).toBe(expected))
    }
  }
})

test('each status is in exactly one phase, or waits for its time, or is on the way to the dropoff', () => {
  expect(ORDER_STATUSES.filter(isEnded)).toEqual(['delivered', 'cancelled', 'expired'])
  expect(ORDER_STATUSES.filter(isOpen)).toEqual(['placed'])
  expect(ORDER_STATUSES.filter(isBeforePickup)).toEqual(['assigned', 'en_route_to_pickup', 'at_pickup'])
})
