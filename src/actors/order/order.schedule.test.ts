import { describe, expect, test } from 'bun:test'
import { DOWNTOWN, north, VirtualCity } from '../../../test/support/virtual-city.ts'
import { summary } from '../turn.fixtures.ts'
import { evolve } from './order.evolve.ts'
import { ADMIN, ASKER, NOW_MS, orderAfter, SETTINGS, terms } from './order.fixtures.ts'
import type { OrderState } from './order.state.ts'
import { decide } from './order.ts'

const HOUR_MS = 3_600_000
const AT_MS = NOW_MS + 24 * HOUR_MS

function booked(changes: Parameters<typeof terms>[0] = {}): OrderState {
  const wish = terms({ scheduledAtMs: AT_MS, ...changes })
  return orderAfter(
    ...decide(null, { kind: 'order.place', by: ADMIN, terms: wish, key: null }, NOW_MS, SETTINGS).events,
  )
}

const dueAt = (state: OrderState, nowMs: number) => decide(state, { kind: 'order.due' }, nowMs, SETTINGS)

describe('the search for the driver of an order for later', () => {
  test('begins a lead time before it, and earlier by the way of the nearest driver when it was booked', () => {
    expect(booked().dueAtMs).toBe(AT_MS - SETTINGS.scheduleLeadMs)
    expect(booked({ pickupEtaS: 300 }).dueAtMs).toBe(AT_MS - SETTINGS.scheduleLeadMs - 300_000)
    // Nobody who is farther is asked.
    expect(booked({ pickupEtaS: 90_000 }).dueAtMs).toBe(AT_MS - SETTINGS.scheduleLeadMs - SETTINGS.pickupMaxS * 1_000)
    expect(booked({ scheduledAtMs: NOW_MS + 1_000, pickupEtaS: 300 })).toMatchObject({
      status: 'placed',
      dueAtMs: NOW_MS,
    })
  })

  test('on time has the end that was said', () => {
    const order = booked()
    const { events } = dueAt(order, order.dueAtMs)
    expect(events).toEqual([{ type: 'due', atMs: order.dueAtMs }])
    expect(evolve(order, events[0] as never).expiresAtMs).toBe(AT_MS + SETTINGS.orderTtlMs)
  })

  test('found late has the whole time of a search', () => {
    const lateMs = AT_MS + SETTINGS.scheduleLateMs
    const found = dueAt(booked(), lateMs)
    expect(summary(found)).toBe('*due >matching.order')
    expect(evolve(booked(), found.events[0] as never).expiresAtMs).toBe(lateMs + SETTINGS.orderTtlMs)
  })

  test('found too late is not begun, and says why', () => {
    const missed = dueAt(booked(), AT_MS + SETTINGS.scheduleLateMs + 1)
    expect(summary(missed)).toBe('*expired')
    expect(evolve(booked(), missed.events[0] as never)).toMatchObject({ status: 'expired', reason: 'missed' })
  })

  test('is not begun a second time by a poll that comes twice', () => {
    const order = booked()
    const placed = dueAt(order, order.dueAtMs).events.reduce<OrderState>(evolve, order)
    expect(summary(dueAt(placed, order.dueAtMs + 1_000))).toBe('')
    const cancelled = decide(
      order,
      { kind: 'order.cancel', by: ADMIN, replyTo: ASKER, reason: 'no need' },
      NOW_MS,
      SETTINGS,
    )
    const gone = cancelled.events.reduce<OrderState>(evolve, order)
    expect(summary(dueAt(gone, order.dueAtMs))).toBe('')
  })
})

function bookIn(city: VirtualCity, aheadMs: number): Promise<OrderState> {
  return city.place(DOWNTOWN, { scheduledAtMs: city.clock.nowMs() + aheadMs })
}

test('an order for later leaves the memory, is found by the poll a lead time ahead, and offered', async () => {
  const city = await new VirtualCity().start()
  const order = await bookIn(city, HOUR_MS)
  expect(order.status).toBe('scheduled')
  city.advance(60_000)
  expect(city.hosts.map(host => host.stats.actors.order)).toEqual([0])

  city.advance(HOUR_MS - city.settings.scheduleLeadMs - 62_000)
  expect(city.stored(order.terms.orderId)).toMatchObject({ status: 'scheduled' })
  await city.onDuty('near', north(DOWNTOWN, 300))
  city.advance(10_000)
  expect(city.stored(order.terms.orderId)).toMatchObject({ status: 'placed' })
  expect(city.offers().map(offer => offer.driverId as string)).toEqual(['near'])
})

test('what came due while nobody served is dispatched at the next start, and what is long past expires', async () => {
  const city = await new VirtualCity().start()
  const [late, gone] = [await bookIn(city, HOUR_MS), await bookIn(city, 1_000_000)]
  const shards = city.crashHost(0)
  city.advance(HOUR_MS + 60_000)
  await city.startHost(0, shards)
  city.advance(5_000)
  expect(city.stored(late.terms.orderId)).toMatchObject({ status: 'placed' })
  expect(city.stored(gone.terms.orderId)).toMatchObject({ status: 'expired', reason: 'missed' })
})
