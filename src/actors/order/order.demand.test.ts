/** What orders tell the metropolis that prices them, and what happens to their fares. */
import { describe, expect, test } from 'bun:test'
import { cellAt, PRICE_RES } from '../../domain/h3.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { fareOf } from '../../domain/pricing/adjustments.ts'
import type { AdjustmentRules } from '../../domain/pricing/ruleset.ts'
import { sentBy, summary } from '../turn.fixtures.ts'
import { evolve } from './order.evolve.ts'
import {
  ADMIN,
  ANN,
  ASKER,
  ASSIGNED_EVENT,
  NOW_MS,
  orderAfter,
  placedEvent,
  SETTINGS,
  statusEvent,
  terms,
} from './order.fixtures.ts'
import type { OrderMessage } from './order.messages.ts'
import type { OrderPricing, OrderState } from './order.state.ts'
import { decide, resume } from './order.ts'

const RULES: AdjustmentRules = {
  waiting: { freeS: 120, perMinuteMinor: 60, maximumMinor: 3_000 },
  cancellation: { freeS: 60, chargedRoles: ['customer'], byStage: { at_pickup: { feeMinor: 400, sharePermille: 0 } } },
}
const PRICING: OrderPricing = {
  rulesetVersion: '2',
  inputs: { distanceM: 3_000, durationS: 600, vehicleType: null, surgePermille: 1_000 },
  dueAtMs: NOW_MS,
  surge: { cell: cellAt(terms().pickup, PRICE_RES), round: 7 },
  rules: RULES,
  asker: 'customer:cus_1',
}
const CUSTOMER = { role: 'customer', id: 'cus_1' } as const
const asked = { replyTo: ASKER, by: ADMIN }

function orderAt(...steps: Parameters<typeof statusEvent>[0][]): OrderState {
  const placed = placedEvent({ terms: terms({ pricing: PRICING }) })
  return orderAfter(placed, ASSIGNED_EVENT, ...steps.map(statusEvent))
}

function after(state: OrderState, message: OrderMessage, atMs: UnixMs): { state: OrderState; does: string } {
  const taken = decide(state, message, atMs, SETTINGS)
  const next = taken.events.reduce<OrderState | null>(evolve, state)
  if (!next) throw new Error('an order that is gone')
  return { state: next, does: summary(taken) }
}

const fare = ({ terms: { price }, adjustments = [] }: OrderState) => fareOf(price.amount, adjustments)

describe('the fare', () => {
  const leave: OrderMessage = { kind: 'order.status', ...asked, status: 'en_route_to_dropoff' }

  test('is the quote plus what the driver waited, from its arrival to its departure', () => {
    const { state, does } = after(orderAt('en_route_to_pickup', 'at_pickup'), leave, NOW_MS + 300_000)
    expect(does).toStartWith('*status *adjusted')
    expect(state.adjustments).toEqual([
      { code: 'waiting', label: 'Waiting 5 min', amount: 180, fromMs: NOW_MS, toMs: NOW_MS + 300_000 },
    ])
    expect([state.terms.price.amount, fare(state)]).toEqual([1_000, 1_180])
  })

  test('of an order for later does not count the time before that', () => {
    const early = orderAt('en_route_to_pickup', 'at_pickup')
    const scheduled = { ...early, terms: { ...early.terms, scheduledAtMs: NOW_MS + 240_000 } }
    expect(after(scheduled, leave, NOW_MS + 300_000).state.adjustments).toBeUndefined()
  })

  test('of a meal that is not cooked yet does not count the kitchen', () => {
    const there = orderAt('en_route_to_pickup', 'at_pickup')
    const cooking = { ...there, terms: { ...there.terms, readyAtMs: NOW_MS + 240_000 } }
    expect(after(cooking, leave, NOW_MS + 300_000).state.adjustments).toBeUndefined()
  })

  test('is charged once, however often the step is repeated', () => {
    const { state } = after(orderAt('en_route_to_pickup', 'at_pickup'), leave, NOW_MS + 300_000)
    const again = after(state, leave, NOW_MS + 900_000)
    expect([again.does, fare(again.state)]).toEqual(['=order', 1_180])
  })

  test('of a trip that is cancelled is the fee of its stage', () => {
    const cancel = { kind: 'order.cancel', replyTo: ASKER, by: CUSTOMER, reason: 'no need' } as const
    const late = after(orderAt('en_route_to_pickup', 'at_pickup'), cancel, NOW_MS + 90_000)
    expect(late.does).toStartWith('*cancelled *adjusted')
    expect(late.state.adjustments?.map(({ code, amount }) => [code, amount])).toEqual([
      ['trip_not_made', -1_000],
      ['cancellation_fee', 400],
    ])
    expect(fare(late.state)).toBe(400)
    expect(fare(after(orderAt(), cancel, NOW_MS + 90_000).state)).toBe(0)
    expect(
      fare(after(orderAt('en_route_to_pickup', 'at_pickup'), { ...cancel, by: ADMIN }, NOW_MS + 90_000).state),
    ).toBe(0)
  })

  test('of an order for which nobody was found is nothing', () => {
    const waiting = orderAfter(placedEvent({ terms: terms({ pricing: PRICING }) }))
    const { state } = after(waiting, { kind: 'timer', name: 'expire' }, waiting.expiresAtMs)
    expect([state.status, fare(state)]).toEqual(['expired', 0])
  })

  test('of an order that was priced without such rules stays as it is', () => {
    const plain = orderAfter(
      placedEvent(),
      ASSIGNED_EVENT,
      ...(['en_route_to_pickup', 'at_pickup'] as const).map(statusEvent),
    )
    const { state, does } = after(plain, leave, NOW_MS + 900_000)
    expect([does.includes('*adjusted'), fare(state)]).toEqual([false, 1_000])
  })
})

test('an order that waits says so again and again, in the name of whoever asked for its price', () => {
  const { pickup } = terms()
  const cell = cellAt(pickup, PRICE_RES)
  const waiting = orderAfter(placedEvent({ terms: terms({ pricing: PRICING }) }))
  const told = sentBy({ events: [], writes: {}, effects: resume(waiting, NOW_MS, SETTINGS) })
  expect(told).toContainEqual({ kind: 'pricing.waiting', cell, asker: 'customer:cus_1' } as never)
  expect(sentBy(decide(orderAt(), { kind: 'timer', name: 'announce' }, NOW_MS, SETTINGS))).toEqual([])
})

test('a driver on its way to the drop-off is announced there shortly before, until it is too late to be believed', () => {
  const state = orderAt('en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff')
  const cell = cellAt(state.terms.dropoff, PRICE_RES)
  const soon = (atMs: UnixMs) => sentBy(decide(state, { kind: 'timer', name: 'soon' }, atMs, SETTINGS))
  expect(soon(NOW_MS + 300_000)).toEqual([{ kind: 'pricing.driver', driverId: ANN, cell, is: 'soon' } as never])
  expect(soon(NOW_MS + 1_300_000)).toEqual([])
  expect(sentBy(decide(orderAt(), { kind: 'timer', name: 'soon' }, NOW_MS, SETTINGS))).toEqual([])
})

test('a driver on its way to the drop-off is announced there by an order that is loaded anew, too', () => {
  const state = orderAt('en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff')
  const { dropoffAtMs = 0 } = state.assignment ?? {}
  const armed = { kind: 'set_timer', name: 'soon', atMs: dropoffAtMs - 300_000 } as const
  const leave: OrderMessage = { kind: 'order.status', ...asked, status: 'en_route_to_dropoff' }
  expect(decide(orderAt('en_route_to_pickup', 'at_pickup'), leave, NOW_MS, SETTINGS).effects).toContainEqual(armed)
  expect(resume(state, NOW_MS, SETTINGS)).toContainEqual(armed)
  expect(resume(orderAt('en_route_to_pickup'), NOW_MS, SETTINGS)).not.toContainEqual(armed)
})
