/** What an order does over time: offers and promises, crashes, silence, other drivers. */
import { expect, test } from 'bun:test'
import { travelTimeS } from '../../domain/eta.ts'
import type { OfferId, OrderId, QuoteId, ShardId, UnixMs } from '../../domain/ids.ts'
import { repliesOf, sentBy, summary } from '../turn.fixtures.ts'
import { ACCEPT, ANN_ASKS, after, asked, CANCEL_ASSIGNED, HELD, take } from './order.asked.fixtures.ts'
import { recorded } from './order.effects.ts'
import { evolve, isDurable } from './order.evolve.ts'
import * as given from './order.fixtures.ts'
import {
  ADMIN,
  ANN,
  ANN_HERSELF,
  ANNS_SHARD,
  ASKER,
  BOB,
  NOW_MS,
  OFFER_ENDS_MS,
  OFFER_ID,
  ORDER_ENDS_MS,
  ORDERS,
  SETTINGS,
} from './order.fixtures.ts'
import type { OrderMessage } from './order.messages.ts'
import type { OrderState, OrderTerms } from './order.state.ts'
import { resume } from './order.ts'

test('an order that nobody knows is not found, and its offers are taken back', () => {
  expect(summary(take(null, ACCEPT))).toBe('=not_found')
  expect(summary(take(null, { kind: 'order.cancel', ...asked, reason: 'no need' }))).toBe('=not_found')
  expect(summary(take(null, { kind: 'order.ask_offer', ...ANN_ASKS }))).toBe('>driver.revoke')
  expect(summary(take(null, { kind: 'order.due' }))).toBe('')
})

test('an order begins at once, or a lead time before it is wanted', () => {
  const place = (scheduledAtMs: UnixMs | null): OrderMessage => {
    const key = { key: 'k', requestHash: 'h' }
    return { kind: 'order.place', ...asked, terms: given.terms({ scheduledAtMs }), key }
  }
  expect(summary(take(null, place(null)))).toBe('*placed !key =order >matching.order')
  expect(summary(take(null, place(NOW_MS + 900_000)))).toBe('*placed !key =order')
  expect(take(null, place(NOW_MS + 900_000)).events).toMatchObject([
    { dueAtMs: NOW_MS + 300_000, expiresAtMs: NOW_MS + 900_000 + SETTINGS.orderTtlMs },
  ])
})

test('for what is not ready for long, nobody is sent before one with the longest way would have to leave', () => {
  const placed = (terms: Partial<OrderTerms>) =>
    take(null, { kind: 'order.place', ...asked, terms: given.terms(terms), key: null })
  const leadMs = SETTINGS.scheduleLeadMs + SETTINGS.pickupMaxS * 1_000
  const dueAtMs = NOW_MS + 60_000
  const ready = placed({ readyAtMs: dueAtMs + leadMs })
  expect(summary(ready)).toBe('*placed =order')
  expect(ready.events).toMatchObject([{ dueAtMs, expiresAtMs: dueAtMs + SETTINGS.orderTtlMs }])
  const soon = placed({ readyAtMs: NOW_MS + leadMs })
  expect(summary(soon)).toBe('*placed =order >matching.order')
  expect(soon.events).toMatchObject([{ dueAtMs: NOW_MS, expiresAtMs: NOW_MS + SETTINGS.orderTtlMs }])
  // Booked for a time at which it is not ready, and the other way round.
  const scheduledAtMs = NOW_MS + 1_200_000
  expect(placed({ scheduledAtMs, readyAtMs: dueAtMs + 2 * leadMs }).events).toMatchObject([
    { dueAtMs: dueAtMs + leadMs },
  ])
  expect(placed({ scheduledAtMs, readyAtMs: NOW_MS + leadMs }).events).toMatchObject([
    { dueAtMs: scheduledAtMs - SETTINGS.scheduleLeadMs, expiresAtMs: scheduledAtMs + SETTINGS.orderTtlMs },
  ])
})

test('the order of a quote is made by one request, which may come again; another one is told whose it is', () => {
  const quoted = (requestId: string) => given.terms({ quoteId: 'quo_1' as QuoteId, requestId })
  const place = (requestId: string): OrderMessage => {
    return { kind: 'order.place', ...asked, terms: quoted(requestId), key: null }
  }
  const order = given.orderAfter(given.placedEvent({ terms: quoted('one') }))
  expect(summary(take(order, place('one')))).toBe('=order')
  expect(summary(take(order, place('two')))).toBe('=already_ordered')
  expect(take(order, place('two')).effects).toMatchObject([{ body: { orderId: given.ORDER_ID } }])
  const ended = after(order, { kind: 'order.cancel', ...asked, reason: 'no need' } as OrderMessage)
  expect(summary(take(ended, place('two')))).toBe('=already_ordered')
})

test('an accept that came before the promise waits for it, and names who accepted', () => {
  const accepted = after(ORDERS.asked, { ...ACCEPT, by: ANN_HERSELF } as OrderMessage)
  const turn = take(accepted, HELD)

  expect(summary(turn)).toBe('*held *assigned !claim =order >driver.confirmed >matching.order_gone')
  expect(turn.events).toMatchObject([{}, { by: ANN_HERSELF, driverShard: ANNS_SHARD }])
  expect(turn.writes.claim).toMatchObject({ driverId: ANN, driverEpoch: 5, loadVersion: 2, size: 1 })
})

test('nobody asks a driver that accepts automatically', () => {
  const auto = given.orderAfter(given.placedEvent(), given.offeredEvent('auto'))
  expect(summary(take(auto, HELD))).toBe('*held *assigned !claim >driver.confirmed >matching.order_gone')
})

test('a promise from before a crash of its driver does not replace the one from after it', () => {
  const older = { ...HELD, driverEpoch: 4 } as OrderMessage
  const newer = { ...HELD, driverEpoch: 6, loadVersion: 0 } as OrderMessage
  expect(summary(take(ORDERS.held, older))).toBe('')
  expect(after(ORDERS.held, newer).offers[0]?.hold).toMatchObject({ driverEpoch: 6 })
})

test('a promise that comes after the time of its offer closes it', () => {
  expect(summary(take(ORDERS.asked, HELD, OFFER_ENDS_MS))).toBe('*offer_closed >driver.revoke >matching.order')
})

test('a driver answers for itself only', () => {
  const bob = { role: 'driver', id: BOB } as const
  expect(summary(take(ORDERS.held, { ...ACCEPT, by: bob } as OrderMessage))).toBe('=offer_closed')
  expect(summary(take(ORDERS.assigned, { ...ACCEPT, by: bob } as OrderMessage))).toBe('=offer_closed')
  expect(summary(take(ORDERS.assigned, { kind: 'order.status', by: bob, replyTo: ASKER, status: 'at_pickup' }))).toBe(
    '=not_found',
  )
  expect(summary(take(ORDERS.assigned, { kind: 'order.unassign', by: bob, replyTo: ASKER, reason: 'mine' }))).toBe(
    '=not_found',
  )
})

test('of two drivers asked, the first promise after an accept wins, and the other is told', () => {
  const second = given.offeredEvent('ask', BOB, 2)
  const both = given.orderAfter(given.placedEvent(), given.offeredEvent(), second, given.HELD_EVENT)
  const waiting = after(both, { ...ACCEPT, offerId: `${OFFER_ID.slice(0, -1)}2` as OfferId } as OrderMessage)
  const turn = take(waiting, ACCEPT)

  expect(sentBy(turn).map(m => m.kind)).toEqual(['driver.confirmed', 'driver.revoke', 'matching.order_gone'])
  expect(repliesOf(turn)).toMatchObject([{ kind: 'order' }, { kind: 'offer_closed' }])
})

test('whoever is told that a driver cannot have the order, is told so in the words of what was asked', () => {
  const assign: OrderMessage = { kind: 'order.assign', ...asked, driverId: ANN, driverShard: 0 as ShardId }
  const waiting = after(after(ORDERS.asked, ACCEPT), assign)
  const turn = take(waiting, { kind: 'order.not_held', offerId: OFFER_ID, reason: 'full', rings: false })

  expect(repliesOf(turn)).toEqual([{ kind: 'offer_closed' }, { kind: 'driver_unavailable', reason: 'full' }])
})

test('more repeats of an accept than can be remembered are answered busy', () => {
  let order: OrderState = ORDERS.asked
  for (let n = 0; n < 16; n++) order = after(order, ACCEPT)
  expect(summary(take(order, ACCEPT))).toBe('=busy')
})

test('an order given to another driver leaves the first one in the same transaction', () => {
  const direct = given.offeredEvent('direct', BOB, 2)
  const reassigning = given.orderAfter(given.placedEvent(), given.offeredEvent(), given.ASSIGNED_EVENT, direct)
  const offerId = `${OFFER_ID.slice(0, -1)}2` as OfferId
  const turn = take(reassigning, { ...HELD, offerId, driverId: BOB } as OrderMessage)

  expect(summary(turn)).toBe('*held *assigned !claim !release >driver.confirmed >driver.ended')
  expect(turn.writes).toMatchObject({ claim: { driverId: BOB }, release: { driverId: ANN } })
})

test('with the goods on board the order is not given to another any more', () => {
  const steps = (['en_route_to_pickup', 'at_pickup'] as const).map(given.statusEvent)
  const direct = given.offeredEvent('direct', BOB, 2)
  const assigned = [given.placedEvent(), given.offeredEvent(), given.ASSIGNED_EVENT, ...steps, direct]
  const order = given.orderAfter(...assigned)
  const pickedUp: OrderMessage = { kind: 'order.status', ...asked, status: 'en_route_to_dropoff' }

  expect(summary(take(order, pickedUp))).toBe('*status =order >driver.revoke >driver.picked_up')
  expect(after(order, pickedUp).offers).toEqual([])
  expect(() => evolve(after(order, pickedUp), given.ASSIGNED_EVENT)).toThrow('en_route_to_dropoff')
})

test('silence of a driver that was asked is a refusal; of one that never promised it is not', () => {
  const ends: OrderMessage = { kind: 'timer', name: `offer:${OFFER_ID}` }
  expect(after(ORDERS.held, ends, OFFER_ENDS_MS).refusedBy).toEqual([ANN])
  expect(after(ORDERS.asked, ends, OFFER_ENDS_MS).refusedBy).toEqual([])
})

test('a driver who refused is not asked again, and the cell is told', () => {
  const refused = after(ORDERS.held, { kind: 'order.decline', ...asked, offerId: OFFER_ID, reason: null })
  const drivers = [{ driverId: ANN, driverShard: ANNS_SHARD, pickupEtaS: 5 }]
  expect(summary(take(refused, { kind: 'order.proposal', drivers, decision: {} }))).toBe('>matching.order')
})

test('after a crash the offers are made again, and a driver is told that it has the order', () => {
  const revived = (state: OrderState, nowMs: UnixMs = NOW_MS) =>
    summary({ events: [], writes: {}, effects: resume(state, nowMs, SETTINGS) })
  expect(revived(ORDERS.placed)).toBe('>matching.order')
  expect(revived(ORDERS.held)).toBe('>driver.offer')
  expect(revived(ORDERS.held, OFFER_ENDS_MS)).toBe('')
  expect(revived(ORDERS.at_pickup)).toBe('>driver.still_assigned')
  const expires = { kind: 'set_timer', name: 'expire', atMs: ORDER_ENDS_MS } as const
  expect(resume(ORDERS.held, NOW_MS, SETTINGS)).toContainEqual(expires)
  for (const name of ['scheduled', 'expired'] as const) expect(revived(ORDERS[name])).toBe('')
  // It may not have heard of the end; a minute later it has asked.
  for (const name of ['delivered', 'cancelled'] as const) {
    const { updatedAtMs, assignment } = ORDERS[name]
    expect([name, revived(ORDERS[name], updatedAtMs + 59_999)]).toEqual([name, assignment ? '>driver.ended' : ''])
    expect(revived(ORDERS[name], updatedAtMs + 60_000)).toBe('')
  }
  expect(ORDERS.delivered.assignment).not.toBeNull()
})

test('after a crash whoever lost the order is told so for a minute, whatever has become of the order since', () => {
  const lost = after(ORDERS.assigned, { kind: 'order.unassign', ...asked, reason: 'flat tyre' })
  const offered = evolve(lost, { ...given.offeredEvent('ask', BOB, 2), atMs: NOW_MS + 50_000 })
  const told = (atMs: UnixMs) => sentBy({ events: [], writes: {}, effects: resume(offered, atMs, SETTINGS) })
  const word = expect.objectContaining({ kind: 'driver.ended', offerId: OFFER_ID, reason: 'unassigned' })
  expect(told(NOW_MS + 59_999)).toContainEqual(word)
  expect(told(NOW_MS + 60_000)).not.toContainEqual(word)
})

test('whoever watches an order sees it again after a crash, ended or not', () => {
  for (const state of Object.values(ORDERS)) {
    const published = resume(state, NOW_MS, SETTINGS).filter(effect => effect.kind === 'publish')
    expect(published).toMatchObject([
      { topic: `order:${given.ORDER_ID}`, data: { version: state.version, status: state.status } },
    ])
  }
})

test('promises are not in the record, and the row is what the journal gives', () => {
  for (const event of [given.HELD_EVENT, { ...given.offeredEvent(), type: 'answer_awaited' }]) {
    expect(isDurable(event as never)).toBe(false)
  }
  expect(ORDERS.held.version).toBe(ORDERS.asked.version)
  expect(ORDERS.held.offers[0]?.driverShard).toBe(ORDERS.asked.offers[0]?.driverShard as ShardId)
})

test('a dispatcher does not know how far away the driver is that it names; the driver does', () => {
  const direct = [given.placedEvent(), given.offeredEvent('direct')]
  const position = { latitude: 37.875, longitude: -122.418 }
  const { assignment } = after(given.orderAfter(...direct), { ...HELD, position } as OrderMessage)
  const pickupS = Math.round(travelTimeS(position, given.terms().pickup))

  expect(pickupS).toBeGreaterThan(300)
  expect(assignment?.pickupAtMs).toBe(NOW_MS + pickupS * 1_000)
})

test("a promise is in nobody's row and shown to nobody, an offer is", () => {
  expect(recorded(ORDERS.held).offers).toMatchObject([{ offerId: OFFER_ID, hold: null, waiting: [], accepted: false }])
  expect(recorded(ORDERS.placed)).toBe(ORDERS.placed)
})

test('a timer that fires before the time of its order is armed again', () => {
  const early = take(ORDERS.placed, { kind: 'timer', name: 'expire' }, ORDER_ENDS_MS - 1)
  expect(early).toMatchObject({ events: [], effects: [{ kind: 'set_timer', name: 'expire', atMs: ORDER_ENDS_MS }] })
})

test('an order whose driver drops out late has its whole time again to find another', () => {
  const lateMs = ORDER_ENDS_MS - 10_000
  const placed = after(ORDERS.assigned, { kind: 'order.unassign', ...asked, reason: 'flat tyre' }, lateMs)
  expect(placed.expiresAtMs).toBe(lateMs + SETTINGS.orderTtlMs)
})

test('a driver that was asked and is silent is asked again after a while, not at once', () => {
  const again = { kind: 'set_timer', name: `hold:${OFFER_ID}`, atMs: NOW_MS + 2_000 } as const
  expect(resume(ORDERS.asked, NOW_MS, SETTINGS)).toContainEqual(again)
})

test('orders that come back together tell their cell again each at a moment of its own, and at that one ever after', () => {
  const wordsAtMs = (nowMs: UnixMs) =>
    Array.from({ length: 1_000 }, (_, n) => {
      const terms = { ...ORDERS.placed.terms, orderId: `ord_${n}` as OrderId }
      const timers = resume({ ...ORDERS.placed, terms }, nowMs, SETTINGS).filter(
        effect => effect.kind === 'set_timer' && effect.name === 'announce',
      )
      return timers.map(timer => (timer.kind === 'set_timer' ? timer.atMs : 0))
    }).flat()
  const first = wordsAtMs(NOW_MS)
  expect(first.length).toBe(1_000)
  const bySecond = Map.groupBy(first, atMs => Math.floor((atMs - NOW_MS) / 1_000))
  expect([...bySecond.keys()].sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
  expect(Math.max(...[...bySecond.values()].map(some => some.length))).toBeLessThan(150)
  const some = first.slice(0, 20)
  expect(some.map((atMs, n) => wordsAtMs(atMs)[n])).toEqual(some.map(atMs => atMs + 10_000))
})

test('a driver that refuses an order twice is remembered once', () => {
  const by = ADMIN
  const refuses = { type: 'unassigned', atMs: NOW_MS, driverId: ANN, reason: 'x', refused: true, by } as const
  const again = [given.offeredEvent(), given.HELD_EVENT, given.ASSIGNED_EVENT]
  const out = { ...refuses, expiresAtMs: ORDER_ENDS_MS }
  expect(given.orderAfter(given.placedEvent(), ...again, out, ...again, out).refusedBy).toEqual([ANN])
})

test('a driver that has lost the order does not cancel it, one that has it does', () => {
  const by = { role: 'driver', id: BOB } as const
  const cancel = { kind: 'order.cancel', by, replyTo: ASKER, reason: 'flat tyre' } as const
  for (const name of ['placed', 'assigned', 'at_pickup', 'cancelled'] as const) {
    expect(summary(take(ORDERS[name], cancel))).toBe('=not_found')
  }
  expect(summary(take(ORDERS.assigned, { ...cancel, by: ANN_HERSELF }))).toBe(CANCEL_ASSIGNED)
})
