import { expect, test } from 'bun:test'
import * as given from '../actors/order/order.fixtures.ts'
import { Ringing, TOLD_WITHIN_MS } from './ringing.ts'
import { Tally } from './tally.ts'

const { ANN, BOB, ORDER_ID, OFFER_ID } = given
const [ANNS, BOBS] = [given.offeredEvent('ask', ANN, 1), given.offeredEvent('ask', BOB, 2)]
const BOBS_OFFER = BOBS.type === 'offered' ? BOBS.offers[0]?.offerId : undefined

function broadcast(options: { isQuiet?: boolean } = {}) {
  const at = { ms: 0 }
  const tally = new Tally()
  const ringing = new Ringing({ nowMs: () => at.ms, isQuiet: () => options.isQuiet ?? true, tally })
  for (const event of [ANNS, BOBS]) ringing.onEvent(ORDER_ID, event)
  if (!BOBS_OFFER) throw new Error('nothing was offered')
  for (const offerId of [OFFER_ID, BOBS_OFFER]) ringing.onRing(offerId)
  at.ms = 100
  ringing.onEvent(ORDER_ID, given.ASSIGNED_EVENT)
  return { ringing, at, tally, bobs: BOBS_OFFER }
}

test('the loser of a broadcast is told in time; the winner is not owed that', () => {
  const { ringing, at, tally, bobs } = broadcast()
  at.ms += TOLD_WITHIN_MS
  ringing.onTold(bobs)
  at.ms += 60_000
  ringing.check()

  expect(tally.counts.losers_told).toBe(1)
})

test('(d) is broken by a phone that rings on', () => {
  const late = broadcast()
  late.at.ms += TOLD_WITHIN_MS + 1
  expect(() => late.ringing.onTold(late.bobs)).toThrow('rings on')

  const never = broadcast()
  never.at.ms += TOLD_WITHIN_MS + 1
  expect(() => never.ringing.check()).toThrow('rings on')
})

test('while things go wrong nobody is held to a bound', () => {
  const { ringing, at } = broadcast({ isQuiet: false })
  at.ms += 60_000
  ringing.check()
})
