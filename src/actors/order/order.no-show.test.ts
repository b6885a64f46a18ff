import { describe, expect, test } from 'bun:test'
import { DOWNTOWN, orderOf, VirtualCity } from '../../../test/support/virtual-city.ts'
import { cellAt, PRICE_RES } from '../../domain/h3.ts'
import type { OfferId } from '../../domain/ids.ts'
import { fareOf } from '../../domain/pricing/adjustments.ts'
import type { AdjustmentRules } from '../../domain/pricing/ruleset.ts'
import { repliesOf, summary } from '../turn.fixtures.ts'
import { evolve } from './order.evolve.ts'
import {
  ADMIN,
  ANN_HERSELF,
  ASKER,
  ASSIGNED_EVENT,
  BOB,
  NOW_MS,
  ORDERS,
  orderAfter,
  placedEvent,
  SETTINGS,
  statusEvent,
  terms,
} from './order.fixtures.ts'
import type { OrderPricing, OrderState, OrderTerms } from './order.state.ts'
import { decide } from './order.ts'

const NO_SHOW = { afterS: 300, feeMinor: 150, sharePermille: 100, automatic: false }
const WAITING = { freeS: 0, perMinuteMinor: 60, maximumMinor: 3_000 }
const GIVES_UP = '*cancelled *adjusted !release =order >driver.ended'

function pricing(rules: AdjustmentRules): OrderPricing {
  return {
    rulesetVersion: '2',
    inputs: { distanceM: 3_000, durationS: 600, vehicleType: null, surgePermille: 1_000 },
    dueAtMs: NOW_MS,
    surge: { cell: cellAt(terms().pickup, PRICE_RES), round: 7 },
    rules,
    asker: 'customer:cus_1',
  }
}

function waiting(rules: AdjustmentRules | null, changes: Partial<OrderTerms> = {}): OrderState {
  const placed = placedEvent({ terms: terms({ ...(rules ? { pricing: pricing(rules) } : {}), ...changes }) })
  return orderAfter(placed, ASSIGNED_EVENT, statusEvent('en_route_to_pickup'), statusEvent('at_pickup'))
}

function noShow(state: OrderState, afterS: number, by: typeof ADMIN | { role: 'driver'; id: string } = ADMIN) {
  return decide(state, { kind: 'order.no_show', by, replyTo: ASKER }, NOW_MS + afterS * 1_000, SETTINGS)
}

describe('an order whose customer does not come', () => {
  test('is given up by its driver once it has waited long enough, at the price of that', () => {
    const state = waiting({ noShow: NO_SHOW, waiting: WAITING })
    expect(repliesOf(noShow(state, 299))).toEqual([{ kind: 'too_early', allowedAtMs: NOW_MS + 300_000 }])
    const given = noShow(state, 300, ANN_HERSELF)
    expect(summary(given)).toBe(GIVES_UP)
    const after = given.events.reduce<OrderState>(evolve, state)
    expect(after).toMatchObject({ status: 'cancelled', reason: 'no_show' })
    expect(after.adjustments?.map(({ code, amount }) => [code, amount])).toEqual([
      ['trip_not_made', -1_000],
      ['no_show_fee', 250],
    ])
    expect(fareOf(1_000, after.adjustments ?? [])).toBe(250)
  })

  test('is not given up before the time that it was ordered for, nor before it is ready', () => {
    for (const later of [{ scheduledAtMs: NOW_MS + 200_000 }, { readyAtMs: NOW_MS + 200_000 }]) {
      const state = waiting({ noShow: NO_SHOW }, later)
      expect(repliesOf(noShow(state, 499))).toMatchObject([{ kind: 'too_early' }])
      expect(summary(noShow(state, 500))).toBe(GIVES_UP)
    }
  })

  test('has the patience of the deployment, and no fee, where its price has no rules for it', () => {
    expect(repliesOf(noShow(waiting(null), 599))).toMatchObject([{ kind: 'too_early' }])
    expect(summary(noShow(waiting(null), 600))).toBe('*cancelled !release =order >driver.ended')
  })

  test('is answered as it is when it is said twice', () => {
    const state = waiting({ noShow: NO_SHOW })
    const after = noShow(state, 300).events.reduce<OrderState>(evolve, state)
    expect(summary(noShow(after, 301, ANN_HERSELF))).toBe('=order')
  })
})

test('whoever does not wait at a pickup gives nothing up', () => {
  for (const [name, state] of Object.entries(ORDERS)) {
    const expected = name === 'at_pickup' ? '=too_early' : '=invalid_transition'
    expect([name, summary(noShow(state, 0))]).toEqual([name, expected])
  }
  expect(summary(noShow(ORDERS.at_pickup, 900, { role: 'driver', id: BOB }))).toBe('=not_found')
})

test('by itself it is given up only where the rules say so', () => {
  const fire = (state: OrderState, afterS: number) =>
    decide(state, { kind: 'timer', name: 'no_show' }, NOW_MS + afterS * 1_000, SETTINGS)
  const automatic = waiting({ noShow: { ...NO_SHOW, automatic: true } })
  expect(summary(fire(waiting({ noShow: NO_SHOW }), 900))).toBe('')
  expect(fire(automatic, 299).effects).toEqual([{ kind: 'set_timer', name: 'no_show', atMs: NOW_MS + 300_000 }])
  expect(summary(fire(automatic, 300))).toBe('*cancelled *adjusted !release >driver.ended')
  const gone = evolve(automatic, statusEvent('en_route_to_dropoff'))
  expect(summary(fire(gone, 900))).toBe('')
})

test('also after a crash it is given up by itself, once its driver has been heard of', async () => {
  const city = await new VirtualCity().start()
  const ann = await city.onDuty('ann')
  const rules = { noShow: { ...NO_SHOW, automatic: true } }
  const { terms: placed } = await city.place(DOWNTOWN, { pricing: pricing(rules) })
  city.advance(100)
  await city.accept(city.offers()[0]?.offerId as OfferId)
  for (const status of ['en_route_to_pickup', 'at_pickup']) {
    orderOf(await city.order(placed.orderId, { kind: 'order.status', status } as never))
  }
  await city.crashAndRestart()
  city.fix(ann, DOWNTOWN)
  city.advance(299_000)
  expect(city.stored(placed.orderId).status).toBe('at_pickup')
  city.advance(5_000)
  expect(city.stored(placed.orderId)).toMatchObject({ status: 'cancelled', reason: 'no_show' })
  expect((await city.read(ann)).assignments).toEqual([])
})
