/** The rules of an offer, each under its name, on real actors: how long it rings, what ends it, who is asked next and who never again. */
import { describe, expect, test } from 'bun:test'
import type { Envelope } from '../../src/actors/runtime/envelope.ts'
import { matchingAddress, matchingCellAt } from '../../src/actors/send.ts'
import { REFUSALS_MAX } from '../../src/actors/settings.ts'
import { readConfig } from '../../src/config.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import type { DriverId, OfferId, OrderId } from '../../src/domain/ids.ts'
import { shardOfPosition } from '../../src/domain/region.ts'
import { type CityOptions, DOWNTOWN, north, orderOf, VirtualCity } from '../support/virtual-city.ts'

const TTL_MS = 15_000

/** Drivers on duty, each a kilometre farther away than the one before. */
async function cityWith(names: readonly string[], options: CityOptions = {}): Promise<VirtualCity> {
  const city = await new VirtualCity({ hosts: 2, ...options }).start()
  for (const [i, name] of names.entries()) await city.onDuty(name, north(DOWNTOWN, 1_000 * i))
  return city
}

/** As the phones do all the time: whoever is silent for a minute is not asked. */
function pass(city: VirtualCity, ms: number, names: readonly string[]): void {
  for (let left = ms; left > 0; left -= 5_000) {
    for (const [i, name] of names.entries()) city.fix(name as DriverId, north(DOWNTOWN, 1_000 * i))
    city.advance(Math.min(5_000, left))
  }
}

function decline(city: VirtualCity, orderId: OrderId, offerId: OfferId | undefined) {
  return city.order(orderId, { kind: 'order.decline', offerId, reason: 'too far' } as never)
}

/** Takes the order and gives it back. */
async function dropOut(city: VirtualCity, orderId: OrderId, offerId: OfferId): Promise<void> {
  if ((await city.accept(offerId)).kind !== 'order') return
  await city.order(orderId, { kind: 'order.unassign', reason: 'flat tyre' } as never)
}

function cancel(city: VirtualCity, orderId: OrderId) {
  return city.order(orderId, { kind: 'order.cancel', reason: 'changed my mind' } as never)
}

function heard(city: VirtualCity, name: string): unknown[] {
  return city.phone(name as DriverId).map(({ type, data }) => (data.reason ? `${type}: ${data.reason}` : type))
}

/** Offers that a phone still shows: it was told of them, and not that they are over. */
function ringing(city: VirtualCity, name: string): unknown[] {
  const said = city.phone(name as DriverId)
  const over = new Set(said.filter(p => p.type === 'offer_revoked').map(p => p.data.offer_id))
  return said.filter(p => p.type === 'offer' && !over.has(p.data.offer_id)).map(p => p.data.offer_id)
}

/** A pickup whose order shares its thread with nobody: then every message is on the wire for a while. */
function apart(city: VirtualCity): LatLng {
  const { shards } = city.settings
  const cell = matchingAddress(matchingCellAt(DOWNTOWN), shards, 'live').shard
  const taken = [cell, ...['near', 'far'].map(name => city.homeOf(name as DriverId))]
  for (let m = 0; ; m += 100) {
    const at = north(DOWNTOWN, -m)
    if (!taken.includes(shardOfPosition(at, shards))) return at
  }
}

const asked = (city: VirtualCity) => city.offers().map(o => o.driverId as string)

describe('time-out', () => {
  test('an offer rings for 15 s unless told otherwise; then its phone is told, and the next driver is asked', async () => {
    expect(readConfig({}).dispatch.offerTtlMs).toBe(TTL_MS)
    const city = await cityWith(['near', 'far'])
    expect(city.settings.offerTtlMs).toBe(TTL_MS)
    await city.place()
    city.advance(50)
    const atMs = city.clock.nowMs()
    const rang = city.phone('near' as DriverId)[0]
    expect(Math.abs(Number(rang?.data.expires_at_ms) - atMs - TTL_MS)).toBeLessThan(100)
    city.advance(TTL_MS - 200)
    expect(heard(city, 'near')).toEqual(['offer'])
    city.advance(300)
    expect(heard(city, 'near')).toEqual(['offer', 'offer_revoked: expired'])
    city.advance(2_000)
    expect(asked(city)).toEqual(['near', 'far'])
  })

  test.each([
    [-1, 'order'],
    [0, 'offer_closed'],
  ])('an accept %p ms after it is answered %p', async (afterMs, kind) => {
    const city = await cityWith(['near'])
    await city.place()
    city.advance(50)
    const [offer] = city.offers()
    const expiresAtMs = Number(city.phone('near' as DriverId)[0]?.data.expires_at_ms)
    city.advance(expiresAtMs + afterMs - city.clock.nowMs())
    expect((await city.accept(offer?.offerId as OfferId)).kind).toBe(kind as never)
  })
})

test('decline: the next driver is asked within a window, and whoever declined is free for the next order at once', async () => {
  const city = await cityWith(['near', 'far'])
  const { terms } = await city.place()
  city.advance(50)
  const [offer] = city.offers()
  expect(orderOf(await decline(city, terms.orderId, offer?.offerId)).offers).toEqual([])
  city.advance(city.settings.matchWindowMs + 100)
  expect(asked(city)).toEqual(['near', 'far'])
  expect(heard(city, 'near')).toEqual(['offer', 'offer_revoked: too far'])
  // Twice, or after that: the answer stays.
  expect((await decline(city, terms.orderId, offer?.offerId)).kind).toBe('offer_closed')
  const next = await city.place()
  city.advance(city.settings.matchWindowMs + 100)
  expect(city.offers('near' as DriverId).at(-1)?.offerId).toContain(next.terms.orderId.slice('ord_'.length))
})

test('silence: a phone that never answers is a refusal of that order, and of no other', async () => {
  const city = await cityWith(['silent'])
  const first = await city.place()
  pass(city, 60_000, ['silent'])
  expect(city.offers().length).toBe(1)
  expect(city.stored(first.terms.orderId)).toMatchObject({ status: 'placed', refusedBy: ['silent'] })
  const second = await city.place()
  pass(city, 5_000, ['silent'])
  expect(city.offers().at(-1)?.offerId).toContain(second.terms.orderId.slice('ord_'.length))
})

test('revoke: who loses a broadcast hears that it is taken, and is asked for the next order at once', async () => {
  const city = await cityWith(['a', 'b', 'c'], { settings: { offersAtOnce: 3 } })
  await city.place()
  city.advance(50)
  const offers = city.offers()
  const winner = orderOf(await city.accept(offers[1]?.offerId as OfferId)).assignment?.driverId
  city.advance(50)
  const losers = offers.map(o => o.driverId).filter(id => id !== winner)
  for (const loser of losers) expect(heard(city, loser)).toEqual(['offer', 'offer_revoked: taken'])
  expect(heard(city, String(winner))).toEqual(['offer', 'assignment'])
  await city.place()
  city.advance(city.settings.matchWindowMs + 100)
  expect(asked(city).slice(3).sort()).toEqual(losers.toSorted())
})

test('re-dispatch: whatever ends an offer, the order keeps its quote, its fare and its number of tries', async () => {
  const names = ['a', 'b', 'c', 'd']
  const city = await cityWith(names)
  const { terms } = await city.place(DOWNTOWN, { quoteId: 'quo_test' as never })
  city.advance(50)
  await decline(city, terms.orderId, city.offers()[0]?.offerId)
  pass(city, 5_000, names)
  pass(city, TTL_MS + 5_000, names)
  const third = city.offers('c' as DriverId)[0]?.offerId as OfferId
  orderOf(await city.accept(third))
  await city.order(terms.orderId, { kind: 'order.unassign', reason: 'flat tyre' } as never)
  pass(city, 5_000, names)
  const order = orderOf(await city.accept(city.offers('d' as DriverId)[0]?.offerId as OfferId))

  expect(asked(city)).toEqual(names)
  expect(order).toMatchObject({ status: 'assigned', attempts: 4, refusedBy: ['a', 'b', 'c'] })
  expect(order.terms).toEqual(terms)
  expect(order.adjustments).toBeUndefined()
})

describe('refusal memory (VROOM 1145)', () => {
  const names = ['declines', 'silent', 'drops_out']

  test.each([1, 3])(
    'nobody who refused is asked again, %p at once, through a crash and to the end of the search',
    async offersAtOnce => {
      const city = await cityWith(names, { settings: { offersAtOnce } })
      const { terms } = await city.place()
      const askedOf = (driverId: string) => asked(city).filter(id => id === driverId).length
      const askedBefore = new Map<string, number>()
      while (city.stored(terms.orderId).status === 'placed') {
        for (const offerId of ringing(city, 'declines')) await decline(city, terms.orderId, offerId as OfferId)
        for (const offerId of ringing(city, 'drops_out')) await dropOut(city, terms.orderId, offerId as OfferId)
        for (const driverId of city.stored(terms.orderId).refusedBy) {
          expect(askedOf(driverId)).toBe(askedBefore.get(driverId) ?? askedOf(driverId))
          askedBefore.set(driverId, askedOf(driverId))
        }
        if (askedBefore.size === 2) await city.crashAndRestart()
        pass(city, 1_000, names)
      }
      expect([...askedBefore.keys()].toSorted()).toEqual(names.toSorted())
      expect(city.stored(terms.orderId).status).toBe('expired')
    },
    30_000,
  )

  test('a proposal that comes a second time, after the refusal, asks nobody', async () => {
    const fate = (what: object) =>
      'message' in what && (what as Envelope).message.kind === 'order.proposal' ? [1, 2_000] : [1]
    const city = await cityWith(['near'], { hosts: 16, fate })
    const { terms } = await city.place(apart(city))
    city.advance(500)
    await decline(city, terms.orderId, city.offers()[0]?.offerId)
    city.advance(10_000)
    expect(asked(city)).toEqual(['near'])
  })

  test('what cannot be remembered is not risked: refused by as many as that, it is offered to nobody else', async () => {
    const city = await new VirtualCity({ settings: { offersAtOnce: REFUSALS_MAX } }).start()
    for (let i = 0; i < REFUSALS_MAX; i++) await city.onDuty(`drv_${i}`, north(DOWNTOWN, i))
    for (let i = 0; i < REFUSALS_MAX; i++) city.fix(`drv_${i}` as DriverId, north(DOWNTOWN, i))
    city.advance(1_000)
    const { terms } = await city.place()
    city.advance(1_000)
    for (const { offerId } of city.offers()) await decline(city, terms.orderId, offerId)
    const fresh = await city.onDuty('fresh')
    city.advance(15_000)

    const { status, refusedBy, offersMade } = city.stored(terms.orderId)
    expect([status, refusedBy.length, offersMade]).toEqual(['placed', REFUSALS_MAX, REFUSALS_MAX])
    // A dispatcher who knows better still gives it to somebody.
    const assign = { kind: 'order.assign', driverId: fresh, driverShard: city.homeOf(fresh) }
    expect(orderOf(await city.order(terms.orderId, assign as never)).assignment?.driverId).toBe(fresh)
  }, 60_000)
})

describe('strategies', () => {
  const names = ['a', 'b', 'c', 'd', 'e']

  test('one-by-one is what holds unless told otherwise: at no time do two phones ring for one order', async () => {
    expect(readConfig({}).dispatch).toMatchObject({ offersAtOnce: 1, acceptAutomatically: false })
    const city = await cityWith(names)
    const { terms } = await city.place()
    for (let second = 0; second < 90; second++) {
      pass(city, 1_000, names)
      expect(names.flatMap(name => ringing(city, name)).length).toBeLessThanOrEqual(1)
      const [offerId] = second % 20 === 7 ? ringing(city, city.offers().at(-1)?.driverId ?? '') : []
      if (offerId) await decline(city, terms.orderId, offerId as OfferId)
    }
    expect(asked(city)).toEqual(names)
  })

  test('broadcast to k: the k nearest ring at once, then the next k', async () => {
    expect(readConfig({ WAGGLE_OFFERS: 'broadcast:2' }).dispatch.offersAtOnce).toBe(2)
    const city = await cityWith(names, { settings: { offersAtOnce: 2 } })
    const { terms } = await city.place()
    city.advance(50)
    expect(asked(city).toSorted()).toEqual(['a', 'b'])
    // One of them leaves: the other one still has its time.
    await decline(city, terms.orderId, city.offers('a' as DriverId)[0]?.offerId)
    pass(city, 5_000, names)
    expect(asked(city).length).toBe(2)
    pass(city, TTL_MS, names)
    expect(asked(city).slice(2).toSorted()).toEqual(['c', 'd'])
    expect(city.stored(terms.orderId)).toMatchObject({ attempts: 2, offersMade: 4 })
  })

  test('automatic: nobody is asked; the driver hears that it has the order', async () => {
    expect(readConfig({ WAGGLE_ACCEPT: 'auto' }).dispatch.acceptAutomatically).toBe(true)
    const city = await cityWith(names, { settings: { acceptAutomatically: true } })
    const { terms } = await city.place()
    city.advance(100)
    expect(city.stored(terms.orderId)).toMatchObject({ status: 'assigned', assignment: { driverId: 'a' } })
    expect(names.flatMap(name => heard(city, name))).toEqual(['assignment'])
  })
})

describe('no phone rings for an order that is gone', () => {
  /** Holds back what is of that kind, while told to. */
  function slow(kind: string, delayMs: number) {
    const of = { delayMs: 0 }
    const fate = (what: object) => {
      const is = 'message' in what ? (what as Envelope).message.kind : ''
      return [is === kind ? of.delayMs : 1]
    }
    return { fate, begin: () => (of.delayMs = delayMs) }
  }

  async function cancelled(kind: string, options: Partial<CityOptions> = {}): Promise<VirtualCity> {
    const wire = slow(kind, 3_000)
    const city = await cityWith(['near', 'far'], { hosts: 16, fate: wire.fate, ...options })
    wire.begin()
    const { terms } = await city.place(apart(city))
    city.advance(1_000)
    await cancel(city, terms.orderId)
    city.advance(10_000)
    expect(city.record.assignments()).toEqual([])
    for (const name of ['near', 'far']) expect((await city.read(name as DriverId)).hold).toBeNull()
    return city
  }

  test('cancelled between the proposal and the offer: it rings nowhere, and the driver gets the next order', async () => {
    const city = await cancelled('order.proposal')
    expect(asked(city)).toEqual([])
    await city.place(apart(city))
    city.advance(10_000)
    expect(asked(city)).toEqual(['near'])
  })

  test('cancelled while an offer is on its way: whatever overtakes what, the last word is that it is revoked', async () => {
    const city = await cancelled('driver.offer')
    expect(heard(city, 'near').at(-1)).toStartWith('offer_revoked')
    expect(ringing(city, 'near')).toEqual([])
  })

  test('cancelled while the word of it is on its way: the offer cannot be accepted, and the phone falls silent with it', async () => {
    const wire = slow('driver.revoke', 5_000)
    const city = await cityWith(['near'], { hosts: 16, fate: wire.fate })
    wire.begin()
    const { terms } = await city.place(apart(city))
    city.advance(1_000)
    const [offerId] = ringing(city, 'near') as OfferId[]
    await cancel(city, terms.orderId)
    expect((await city.accept(offerId as OfferId)).kind).toBe('offer_closed')
    expect(ringing(city, 'near')).toEqual([offerId])
    city.advance(5_100)
    expect(heard(city, 'near')).toEqual(['offer', 'offer_revoked: cancelled'])
  })

  test('cancelled while it is accepted for the driver: nobody has it, and nobody heard of it', async () => {
    const city = await cancelled('driver.offer', { settings: { acceptAutomatically: true } })
    expect(asked(city)).toEqual([])
    expect(['near', 'far'].flatMap(name => heard(city, name)).filter(said => said === 'assignment')).toEqual([])
  })

  test('expired amid an offer: the phone is told', async () => {
    const city = await cityWith(['near'], { settings: { orderTtlMs: 5_000 } })
    const { terms } = await city.place()
    city.advance(5_100)
    expect(city.stored(terms.orderId).status).toBe('expired')
    expect(heard(city, 'near')).toEqual(['offer', 'offer_revoked: expired'])
  })

  test('cancelled in the instant of a crash: after it no phone is rung again', async () => {
    const city = await cityWith(['near', 'far'], { settings: { offersAtOnce: 2 } })
    const { terms } = await city.place()
    city.advance(100)
    await cancel(city, terms.orderId)
    await city.crashAndRestart()
    pass(city, 60_000, ['near', 'far'])
    expect(asked(city).length).toBe(2)
    expect(['near', 'far'].flatMap(name => ringing(city, name))).toEqual([])
  })
})
