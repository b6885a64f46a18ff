import { expect, test } from 'bun:test'
import type { OrderEvent } from '../actors/order/order.messages.ts'
import { newOrderId, offerIdOf, type ShardId } from '../domain/ids.ts'
import { OfferBook } from './offer-book.ts'

const ORDER = newOrderId(3 as ShardId, 0, () => 0.5)
const OFFER = offerIdOf(ORDER, 1)

function made(): OfferBook {
  const book = new OfferBook()
  book.onEvent(ORDER, event({ type: 'offered', offers: [{ offerId: OFFER, expiresAtMs: 100 }] }))
  return book
}

function event(fields: object): OrderEvent {
  return { atMs: 50, ...fields } as unknown as OrderEvent
}

const assigned = (atMs = 50) => event({ type: 'assigned', offerId: OFFER, atMs })

test('an offer that is open is accepted, and counts as open until then', () => {
  const book = made()
  expect(book.areOpenOn(3 as ShardId)).toBe(true)
  book.onEvent(ORDER, assigned())
  expect(book.areOpenOn(3 as ShardId)).toBe(false)
  book.onWon(OFFER)
})

test('(d) is broken by an accept at or after the expiry', () => {
  expect(() => made().onEvent(ORDER, assigned(100))).toThrow('(d)')
})

test('(d) is broken by an accept of what was closed, cancelled, or told to be over', () => {
  const closed = made()
  closed.onEvent(ORDER, event({ type: 'offer_closed', offerId: OFFER }))
  const cancelled = made()
  cancelled.onEvent(ORDER, event({ type: 'cancelled' }))
  const told = made()
  told.onOver(OFFER)

  for (const book of [closed, cancelled, told]) expect(() => book.onEvent(ORDER, assigned())).toThrow('(d)')
})

test('(d) is broken by a driver who is told to have won what is not recorded', () => {
  expect(() => made().onWon(OFFER)).toThrow('(d)')
})
