import { expect, test } from 'bun:test'
import { summary } from '../turn.fixtures.ts'
import {
  ANN,
  BOB,
  HOLD,
  NOW_MS,
  OFFER_ENDS_MS,
  OFFER_ID,
  offeredEvent,
  orderAfter,
  placedEvent,
  SETTINGS,
} from './order.fixtures.ts'
import { decide } from './order.ts'

test('a promise for an offer that is over does not count for the one that is open', () => {
  const closed = {
    type: 'offer_closed',
    atMs: NOW_MS,
    offerId: OFFER_ID,
    driverId: ANN,
    reason: 'x',
    refused: false,
  } as const
  const askingBob = orderAfter(placedEvent(), offeredEvent('ask', ANN, 1), closed, offeredEvent('ask', BOB, 2))
  const late = { kind: 'order.held', offerId: OFFER_ID, driverId: ANN, position: null, ...HOLD } as const

  expect(summary(decide(askingBob, late, NOW_MS, SETTINGS))).toBe('>driver.revoke')
})

test('a timer of an offer that fires early is armed again', () => {
  const asked = orderAfter(placedEvent(), offeredEvent())
  const early = decide(asked, { kind: 'timer', name: `offer:${OFFER_ID}` }, OFFER_ENDS_MS - 1, SETTINGS)
  expect(early.events).toEqual([])
  expect(early.effects).toEqual([{ kind: 'set_timer', name: `offer:${OFFER_ID}`, atMs: OFFER_ENDS_MS }])
})
