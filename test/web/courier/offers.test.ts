/** Races of an offer: each a list of events as they can come. */
import { expect, test } from 'bun:test'
import { needsOf } from '../../../src/web/courier/core/needs.ts'
import { CLOSED, LOST, mine, NOON_MS, offer, Page } from './fixtures.ts'

const ringing = () => new Page().online().hear(offer())
const asking = () => ringing().tap({ kind: 'accept', offerId: 'off_1' })

test('an offer rings until it is answered', () => {
  const page = ringing()
  expect(needsOf(page.state).ring).toBe(true)
  page.tap({ kind: 'accept', offerId: 'off_1' })
  expect(needsOf(page.state).ring).toBe(false)
})

test('an accepted offer is no order before the node has answered', () => {
  const page = asking()
  expect(page.jobs).toEqual([])
  expect(page.state.offer?.answer).toBe('accepting')
  page.answer('accept:off_1', { kind: 'done', body: mine() })
  expect(page.jobs).toEqual(['ord_1 assigned'])
  expect(page.state.offer).toBeNull()
})

test('two taps on accept are one question', () => {
  const page = asking().tap({ kind: 'accept', offerId: 'off_1' })
  expect(page.asked()).toEqual([{ kind: 'accept', offerId: 'off_1', orderId: 'ord_1' }])
})

test('an accept that is lost on the way is asked again, also after a restart of the phone, and is won only by its answer', () => {
  const page = asking().answer('accept:off_1', LOST)
  expect(page.jobs).toEqual([])
  page.asked()
  expect(page.after(300).asked()).toEqual([])
  expect(page.after(400).asked()).toHaveLength(1)
  const again = page.reopened().after(100)
  expect(again.asked()).toEqual([{ kind: 'accept', offerId: 'off_1', orderId: 'ord_1' }])
  expect(again.state.offer?.answer).toBe('accepting')
  again.answer('accept:off_1', { kind: 'done', body: mine() })
  expect(again.jobs).toEqual(['ord_1 assigned'])
})

test('an accept whose answer was lost stays a question beyond the end of the offer, and may turn out to have been too late', () => {
  const page = asking().answer('accept:off_1', LOST).after(60_000)
  expect(page.state.offer?.answer).toBe('accepting')
  page.answer('accept:off_1', CLOSED)
  expect(page.state.offer).toBeNull()
  expect(page.jobs).toEqual([])
  expect(page.told).toEqual(['Not yours: the offer had closed.'])
})

test('revoked while the accept is in the air: the offer leaves at once and says why, once', () => {
  const page = asking().hear({ type: 'offer_revoked', offer_id: 'off_1', reason: 'taken' })
  expect(page.state.offer).toBeNull()
  expect(page.told).toEqual(['Another driver was faster.'])
  page.answer('accept:off_1', CLOSED)
  expect(page.told).toEqual(['Another driver was faster.'])
  expect(page.state.errands).toEqual([])
})

test('the commit has the last word: an accept that has won after all is an order', () => {
  const page = asking().hear({ type: 'offer_revoked', offer_id: 'off_1', reason: 'closed' })
  page.answer('accept:off_1', { kind: 'done', body: mine() })
  expect(page.jobs).toEqual(['ord_1 assigned'])
})

test('the assignment overtakes the answer to the accept: one order, nothing left to ask', () => {
  const page = asking().hear({ type: 'assignment', order: mine() })
  expect(page.state.offer).toBeNull()
  page.answer('accept:off_1', { kind: 'done', body: mine() })
  expect(page.jobs).toEqual(['ord_1 assigned'])
  expect(page.state.errands).toEqual([])
})

test('accepted, then cancelled by the customer before the answer comes: no order is shown that is over', () => {
  const page = asking()
    .hear({ type: 'assignment', order: mine() })
    .hear({ type: 'order_cancelled', order_id: 'ord_1', reason: 'changed my mind' })
    .answer('accept:off_1', { kind: 'done', body: mine() })
  expect(page.jobs).toEqual([])
  expect(page.told[0]).toContain('changed my mind')
})

test('an answer that gives the order to somebody else is no order', () => {
  const page = asking()
  const others = mine({ driver: { driver_id: 'drv_other', name: null, vehicle_type: null } })
  page.answer('accept:off_1', { kind: 'done', body: others })
  expect(page.jobs).toEqual([])
  expect(page.state.offer).toBeNull()
})

test('an offer ends by the clock of the node, however wrong that of the phone is', () => {
  for (const aheadMs of [-7 * 60_000, 7 * 60_000]) {
    const page = new Page()
    page.aheadMs = aheadMs
    page.online().hear(offer('off_1', NOON_MS + aheadMs + 15_000))
    expect(page.after(14_000).state.offer?.offerId).toBe('off_1')
    expect(page.after(1_500).state.offer).toBeNull()
    expect(page.told).toEqual(['The offer has run out.'])
  }
})

test('an offer that comes after its time is not shown', () => {
  expect(new Page().online().hear(offer('off_1', NOON_MS - 1)).state.offer).toBeNull()
})

test('a tap after the end asks nothing', () => {
  const page = ringing()
  page.localMs += 15_001
  expect(page.tap({ kind: 'accept', offerId: 'off_1' }).asked()).toEqual([])
})

test('a declined offer is gone at once, and does not come back while the answer is under way', () => {
  const page = ringing().tap({ kind: 'decline', offerId: 'off_1' }).cut().online().hear(offer())
  expect(page.state.offer).toBeNull()
})

test('a decline that could not be said in time is not said any more', () => {
  const page = ringing().tap({ kind: 'decline', offerId: 'off_1' }).answer('decline:off_1', LOST)
  page.asked()
  expect(page.after(20_000).state.errands).toEqual([])
})

test('the node tells an offer again after a break: the same one, still unanswered', () => {
  const page = ringing().cut().online().hear(offer())
  expect(page.state.offer?.offerId).toBe('off_1')
  expect(page.told).toEqual([])
})

test('an offer that the node forgot in a restart leaves when everything was read', () => {
  const page = ringing().cut().online().read([], { openOffers: [] })
  expect(page.state.offer).toBeNull()
  expect(page.told).toEqual(['The offer is no longer open.'])
})

test('a reading that began before the offer came says nothing about it', () => {
  const page = new Page().online()
  const atTurn = page.state.turn
  page.hear(offer()).read([], { openOffers: [], atTurn })
  expect(page.state.offer?.offerId).toBe('off_1')
})
