/** What users of other systems report about who got which ride: each scenario as it was told, with the invariant that forbids it. */
import { expect, test } from 'bun:test'
import type { OfferId } from '../../src/domain/ids.ts'
import { DOWNTOWN, north, orderOf, VirtualCity } from '../support/virtual-city.ts'

function activeOf(city: VirtualCity) {
  return city.record.assignments().filter(a => a.endedAtMs === null)
}

test('nammayatri 8111, 8112: a driver who accepts two rides at once gets one (c: load never exceeds capacity)', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const driver = await city.onDuty('drv_1')
  const first = await city.place(DOWNTOWN)
  city.advance(100)
  const [offer] = city.offers(driver)
  // A dispatcher gives the same driver another ride, at the instant at which it accepts the first.
  const second = await city.place(north(DOWNTOWN, 2_500))
  const assign = { kind: 'order.assign', driverId: driver, driverShard: city.homeOf(driver) }
  const replies = await Promise.all([
    city.accept(offer?.offerId as OfferId),
    city.order(second.terms.orderId, assign as never),
  ])

  expect(replies.filter(r => r.kind === 'order').length).toBe(1)
  expect(activeOf(city).map(a => a.driverId)).toEqual([driver])
  expect(city.record.drivers()).toMatchObject([{ load: 1, capacity: 1 }])
  expect([first, second].filter(o => city.stored(o.terms.orderId).status === 'assigned').length).toBe(1)
})

test('nammayatri 8111: a chained driver takes a second ride, and never a third (c)', async () => {
  const city = await new VirtualCity({ settings: { acceptAutomatically: true } }).start()
  const driver = await city.onDuty('drv_1', DOWNTOWN, 2)
  for (let n = 0; n < 3; n++) {
    await city.place()
    city.advance(3_000)
  }

  expect(activeOf(city).map(a => a.driverId)).toEqual([driver, driver])
  expect(city.record.drivers()).toMatchObject([{ load: 2 }])
})

test('nammayatri 7866: two drivers accept one ride in the same instant, and one has it (b: one active assignment)', async () => {
  const city = await new VirtualCity({ hosts: 3, settings: { offersAtOnce: 2 } }).start()
  await city.onDuty('drv_1', north(DOWNTOWN, 100))
  await city.onDuty('drv_2', north(DOWNTOWN, 3_000))
  const { terms } = await city.place()
  city.advance(100)
  const offers = city.offers()
  expect(offers.length).toBe(2)
  const replies = await Promise.all(offers.flatMap(o => [city.accept(o.offerId), city.accept(o.offerId)]))

  const winners = new Set(replies.flatMap(r => (r.kind === 'order' ? [orderOf(r).assignment?.driverId] : [])))
  expect(winners.size).toBe(1)
  expect(replies.filter(r => r.kind === 'offer_closed').length).toBe(2)
  expect(activeOf(city).filter(a => a.orderId === terms.orderId).length).toBe(1)
})

test('nammayatri 9485: a ride is not given to a driver who is on a ride (c)', async () => {
  const city = await new VirtualCity({ settings: { acceptAutomatically: true } }).start()
  const driver = await city.onDuty('drv_1')
  const first = await city.place()
  city.advance(100)
  expect(city.stored(first.terms.orderId).assignment?.driverId).toBe(driver)
  const second = await city.place()
  city.advance(60_000)
  const assign = { kind: 'order.assign', driverId: driver, driverShard: city.homeOf(driver) }

  expect(await city.order(second.terms.orderId, assign as never)).toMatchObject({ kind: 'driver_unavailable' })
  expect(city.stored(second.terms.orderId)).toMatchObject({ status: 'placed', assignment: null })
})

test('nammayatri 6691: a booking sent twice with one key makes one ride (h: one key, one effect)', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const key = { key: 'tap-tap', requestHash: 'same' }
  // As the gateway would: each request is given an order of its own.
  const both = [city.newOrder(), city.newOrder(north(DOWNTOWN, 2_500))]
  const replies = await Promise.all(
    both.map(terms => city.order(terms.orderId, { kind: 'order.place', terms, key } as never)),
  )

  expect(replies.map(r => r.kind).sort()).toEqual(['key_taken', 'order'])
  expect(city.record.orders().length).toBe(1)
})

test('nammayatri 2997: a ride that is started twice and cancelled in the same instant is in one state (a)', async () => {
  const city = await new VirtualCity({ settings: { acceptAutomatically: true } }).start()
  const driver = await city.onDuty('drv_1')
  const { terms } = await city.place()
  city.advance(100)
  const start = { kind: 'order.status', status: 'en_route_to_pickup', by: { role: 'driver', id: driver } }
  const replies = await Promise.all([
    city.order(terms.orderId, start as never),
    city.order(terms.orderId, start as never),
    city.order(terms.orderId, { kind: 'order.cancel', reason: 'too slow' } as never),
  ])
  city.advance(100)

  const { status } = city.stored(terms.orderId)
  expect(status).toBe('cancelled')
  expect(replies.at(-1)).toMatchObject({ kind: 'order', order: { status } })
  const started = city.record.journal().filter(e => e.actorId === terms.orderId && e.type === 'status')
  expect(started.length).toBeLessThanOrEqual(1)
  expect(activeOf(city)).toEqual([])
  expect(city.record.drivers()).toMatchObject([{ load: 0 }])
})

test('fleetbase 468: of orders that are dispatched in bulk each is answered for itself, and what is said is what is (a, c)', async () => {
  const city = await new VirtualCity({ hosts: 3, settings: { acceptAutomatically: true } }).start()
  for (let n = 0; n < 6; n++) await city.onDuty(`drv_${n}`, north(DOWNTOWN, 300 * n))
  const orders = await Promise.all(Array.from({ length: 10 }, (_, n) => city.place(north(DOWNTOWN, 200 * n))))
  city.advance(10_000)
  const given = orders.filter(order => city.stored(order.terms.orderId).status === 'assigned')
  expect(given.length).toBe(6)
  expect(new Set(activeOf(city).map(a => a.driverId)).size).toBe(6)

  // A dispatcher gives all that wait to one driver that has room for two.
  const spare = await city.onDuty('spare', north(DOWNTOWN, 900_000), 2)
  const waiting = orders.filter(order => !given.includes(order))
  const assign = { kind: 'order.assign', driverId: spare, driverShard: city.homeOf(spare) }
  const replies = await Promise.all(waiting.map(order => city.order(order.terms.orderId, assign as never)))
  const taken = waiting.filter((_, i) => replies[i]?.kind === 'order')
  expect(replies.map(r => r.kind).toSorted()).toEqual([
    'driver_unavailable',
    'driver_unavailable',
    ...taken.map(() => 'order' as const),
  ])
  expect(
    activeOf(city)
      .flatMap(a => (a.driverId === spare ? [a.orderId] : []))
      .toSorted(),
  ).toEqual(taken.map(order => order.terms.orderId).toSorted())
})
