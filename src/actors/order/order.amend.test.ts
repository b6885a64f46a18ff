import { describe, expect, test } from 'bun:test'
import { DOWNTOWN, north, orderOf, VirtualCity } from '../../../test/support/virtual-city.ts'
import type { OfferId, QuoteId } from '../../domain/ids.ts'
import { repliesOf, sentBy, summary } from '../turn.fixtures.ts'
import { evolve } from './order.evolve.ts'
import {
  ADMIN,
  ASKER,
  NOW_MS,
  ORDERS,
  type OrderName,
  orderAfter,
  placedEvent,
  SETTINGS,
  terms,
} from './order.fixtures.ts'
import type { AmendedTerms, OrderState } from './order.state.ts'
import { decide } from './order.ts'

const HOUR_MS = 3_600_000
const ELSEWHERE = { latitude: 37.79, longitude: -122.4, address: 'Elsewhere 1' }
const TRIP: AmendedTerms = { dropoff: ELSEWHERE, distanceM: 9_000, quoteId: 'quo_2' as QuoteId }

function amend(state: OrderState | null, changes: AmendedTerms, ifVersion: number | null = null, nowMs = NOW_MS) {
  return decide(state, { kind: 'order.amend', by: ADMIN, replyTo: ASKER, ifVersion, changes }, nowMs, SETTINGS)
}

function after(state: OrderState, changes: AmendedTerms, nowMs = NOW_MS): OrderState {
  return amend(state, changes, null, nowMs).events.reduce<OrderState>(evolve, state)
}

function does(changes: AmendedTerms): Partial<Record<OrderName, string>> {
  return Object.fromEntries(Object.entries(ORDERS).map(([name, state]) => [name, summary(amend(state, changes))]))
}

const INVALID = '=invalid_transition'

describe('in every status', () => {
  test('words are changed until the order is over, and its driver reads them', () => {
    const told = '*amended =order >driver.still_assigned'
    expect(does({ notes: 'ring twice' })).toEqual({
      scheduled: '*amended =order',
      placed: '*amended =order',
      // That nobody is wanted while one is asked is said again.
      asked: '*amended =order >matching.order_gone',
      held: '*amended =order >matching.order_gone',
      assigned: told,
      en_route_to_pickup: told,
      at_pickup: told,
      en_route_to_dropoff: told,
      delivered: INVALID,
      cancelled: INVALID,
      expired: INVALID,
    })
  })

  test('a trip is changed until a driver has it; whoever was asked about the one of before is told', () => {
    const takenBack = '*offer_closed *amended =order >driver.revoke >matching.order'
    const changed = does(TRIP)
    expect(changed).toMatchObject({
      scheduled: '*amended =order',
      placed: '*amended =order >matching.order',
      asked: takenBack,
      held: takenBack,
    })
    for (const name of ['assigned', 'en_route_to_pickup', 'at_pickup', 'delivered', 'expired'] as const) {
      expect(changed[name]).toBe(INVALID)
    }
  })

  test('a time is changed until the search has begun', () => {
    const changed = does({ scheduledAtMs: NOW_MS + HOUR_MS })
    expect(changed.scheduled).toBe('*amended =order')
    expect(new Set(Object.values(changed).slice(1))).toEqual(new Set([INVALID]))
  })
})

test('a change at another version is refused, and says which it is', () => {
  expect(repliesOf(amend(ORDERS.asked, TRIP, 1))).toEqual([{ kind: 'version_conflict', version: 2 }])
  expect(summary(amend(ORDERS.asked, TRIP, 2))).toContain('*amended')
})

test('a change that is in already is answered, whatever its version says: the first answer may be lost', () => {
  const amended = after(ORDERS.placed, TRIP)
  expect(summary(amend(amended, TRIP, 1))).toBe('=order')
  expect(summary(amend(ORDERS.delivered, {}, 1))).toBe('=order')
})

test('a trip at another price replaces the price, not what became of the order so far', () => {
  const price = {
    amount: 4_000,
    currency: 'USD',
    breakdown: [{ code: 'base', label: 'Base fare', amount: 4_000 }],
  } as const
  const amended = after(ORDERS.held, { ...TRIP, price })
  expect(amended.terms).toMatchObject({ dropoff: ELSEWHERE, price: { amount: 4_000 }, pickup: terms().pickup })
  expect(amended).toMatchObject({
    status: 'placed',
    offers: [],
    attempts: 1,
    refusedBy: [],
    expiresAtMs: ORDERS.held.expiresAtMs,
  })
})

test('cells that the new pickup is not near are told that the order is gone', () => {
  const pickup = { latitude: 48.2, longitude: 16.4, address: null }
  const told = sentBy(amend(ORDERS.placed, { pickup })).map(({ kind }) => kind)
  expect(told).toContain('matching.order_gone')
  expect(told.lastIndexOf('matching.order_gone')).toBeLessThan(told.indexOf('matching.order'))
})

describe('an order for later', () => {
  const booked = orderAfter(
    placedEvent({ terms: terms({ scheduledAtMs: NOW_MS + HOUR_MS }), dueAtMs: NOW_MS + 3_000_000 }),
  )

  test('that is put off is due later, and expires later', () => {
    const amended = after(booked, { scheduledAtMs: NOW_MS + 3 * HOUR_MS })
    expect(amended).toMatchObject({
      status: 'scheduled',
      dueAtMs: NOW_MS + 3 * HOUR_MS - SETTINGS.scheduleLeadMs,
      expiresAtMs: NOW_MS + 3 * HOUR_MS + SETTINGS.orderTtlMs,
    })
  })

  test('that is wanted now is due in the same commit', () => {
    expect(summary(amend(booked, { scheduledAtMs: null }))).toBe('*amended *due =order >matching.order')
    const wanted = after(booked, { scheduledAtMs: null })
    expect(wanted).toMatchObject({ status: 'placed', dueAtMs: NOW_MS })
    const ends = { kind: 'set_timer', name: 'expire', atMs: wanted.expiresAtMs } as const
    expect(amend(booked, { scheduledAtMs: null }).effects).toContainEqual(ends)
  })
})

test('an accept of an offer of the trip of before comes too late', async () => {
  const city = await new VirtualCity().start()
  await city.onDuty('near', north(DOWNTOWN, 300))
  const { terms: placed } = await city.place()
  city.advance(100)
  const [offer] = city.offers()
  const command = { kind: 'order.amend', ifVersion: null, changes: TRIP }
  const [amended, accepted] = await Promise.all([
    city.order(placed.orderId, command as never),
    city.accept(offer?.offerId as OfferId),
  ])
  expect(orderOf(amended).terms.dropoff).toEqual(ELSEWHERE)
  expect(accepted.kind).toBe('offer_closed')
  city.advance(3_000)
  expect(city.offers()).toHaveLength(2)
})
