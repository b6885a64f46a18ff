import { expect, test } from 'bun:test'
import { DEFAULT_RULESET } from '../../domain/dispatch-ruleset.ts'
import { sentBy } from '../turn.fixtures.ts'
import { taskOf } from './order.effects.ts'
import { evolve } from './order.evolve.ts'
import {
  ADMIN,
  ASKER,
  HELD_EVENT,
  NOW_MS,
  OFFER_ID,
  offeredEvent,
  orderAfter,
  placedEvent,
  SETTINGS,
  statusEvent,
  terms,
} from './order.fixtures.ts'
import type { OrderState } from './order.state.ts'
import { decide, resume } from './order.ts'

const READY_AT_MS = NOW_MS + 500_000
const STOPPING = { ...SETTINGS, ruleset: { ...DEFAULT_RULESET, stops: { pickupS: 240, dropoffS: 120 } } }
const ACCEPT = { kind: 'order.accept', by: ADMIN, replyTo: ASKER, offerId: OFFER_ID } as const

/** Won by a driver that is 60 s away. */
function won(changes: object, settings = STOPPING): OrderState {
  const held = orderAfter(placedEvent({ terms: terms(changes) }), offeredEvent(), HELD_EVENT)
  return decide(held, ACCEPT, NOW_MS, settings).events.reduce<OrderState>(evolve, held)
}

function dropoffInS(state: OrderState): number {
  return ((state.assignment?.dropoffAtMs ?? Number.NaN) - NOW_MS) / 1_000
}

test('the drop-off is after the stop at the pickup, and that begins once the order is ready', () => {
  expect(dropoffInS(won({}))).toBe(60 + 240 + 600)
  expect(dropoffInS(won({ readyAtMs: READY_AT_MS }))).toBe(500 + 240 + 600)
  expect(dropoffInS(won({}, SETTINGS))).toBe(60 + 600)
})

test('what was an estimate stays one while the driver stands at the pickup', () => {
  const there = evolve(won({ readyAtMs: READY_AT_MS }), statusEvent('at_pickup'))
  expect(dropoffInS(there)).toBe(500 + 240 + 600)
  expect(dropoffInS(evolve(won({}), statusEvent('at_pickup')))).toBe(240 + 600)
  expect(dropoffInS(evolve(there, statusEvent('en_route_to_dropoff')))).toBe(600)
})

test('the driver and the cells are told when it is ready', () => {
  expect(taskOf(won({ readyAtMs: READY_AT_MS }))).toMatchObject({ readyAtMs: READY_AT_MS })
  expect(taskOf(won({}))).not.toHaveProperty('readyAtMs')
  const placed = orderAfter(placedEvent({ terms: terms({ readyAtMs: READY_AT_MS }) }))
  const told = sentBy({ events: [], writes: {}, effects: resume(placed, NOW_MS, SETTINGS) })
  expect(told.find(({ kind }) => kind === 'matching.order')).toMatchObject({ order: { readyAtMs: READY_AT_MS } })
})
