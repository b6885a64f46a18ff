import { describe, expect, test } from 'bun:test'
import { repliesOf, summary } from '../turn.fixtures.ts'
import { evolve } from './order.evolve.ts'
import { ADMIN, ANN, ASKER, BOB, NOW_MS, ORDERS, SETTINGS } from './order.fixtures.ts'
import type { Actor, OrderState, RatingSide } from './order.state.ts'
import { decide } from './order.ts'

interface Said {
  readonly side?: RatingSide
  readonly stars?: number
  readonly comment?: string | null
  readonly by?: Actor
}

function rate(state: OrderState, { side = 'customer', stars = 4, comment = null, by = ADMIN }: Said = {}) {
  const key = { key: 'k', requestHash: 'h' }
  return decide(state, { kind: 'order.rate', side, stars, comment, by, replyTo: ASKER, key }, NOW_MS, SETTINGS)
}

const after = (state: OrderState, said: Said) => rate(state, said).events.reduce<OrderState>(evolve, state)

test('an order is rated once it is over, where a driver had it', () => {
  const done = Object.entries(ORDERS).map(([name, state]) => [name, summary(rate(state))])
  const rated = ['delivered', 'cancelled']
  expect(done).toEqual(
    Object.keys(ORDERS).map(name => [name, rated.includes(name) ? '*rated !key =order' : '=invalid_transition']),
  )
  const { assignment, ...withoutDriver } = ORDERS.cancelled
  expect(assignment).not.toBeNull()
  expect(summary(rate({ ...withoutDriver, assignment: null }))).toBe('=invalid_transition')
})

describe('a side', () => {
  test('rates once: the same again is answered as the first, another is refused', () => {
    const rated = after(ORDERS.delivered, { stars: 5, comment: 'kind' })
    expect(summary(rate(rated, { stars: 5, comment: 'kind' }))).toBe('=order')
    for (const other of [
      { stars: 4, comment: 'kind' },
      { stars: 5, comment: null },
    ]) {
      expect(repliesOf(rate(rated, other))).toEqual([{ kind: 'already_rated' }])
    }
  })

  test('does not rate in the other’s stead', () => {
    const both = after(after(ORDERS.delivered, { stars: 5 }), {
      side: 'driver',
      stars: 2,
      by: { role: 'driver', id: ANN },
    })
    expect(both.ratings).toMatchObject({ customer: { stars: 5 }, driver: { stars: 2 } })
    expect(both).toMatchObject({ status: 'delivered', version: ORDERS.delivered.version + 2 })
  })
})

test('a driver that did not have the order does not find it', () => {
  expect(summary(rate(ORDERS.delivered, { side: 'driver', by: { role: 'driver', id: BOB } }))).toBe('=not_found')
})
