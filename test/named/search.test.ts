/** What users of other systems report about searches that stop or lose their price: each with the invariant that forbids it. */
import { expect, test } from 'bun:test'
import type { DriverId, OfferId } from '../../src/domain/ids.ts'
import { DOWNTOWN, north, orderOf, VirtualCity } from '../support/virtual-city.ts'

for (const at of ['assigned', 'at_pickup'] as const) {
  test(`nammayatri 95, 4753: a driver cancels when ${at}; the search goes on, at the same fare (e, f)`, async () => {
    const city = await new VirtualCity({ hosts: 2 }).start()
    const first = await city.onDuty('first', north(DOWNTOWN, 100))
    const { terms } = await city.place()
    city.advance(100)
    const [offer] = city.offers(first)
    orderOf(await city.accept(offer?.offerId as OfferId))
    const by = { role: 'driver', id: first }
    for (const status of at === 'at_pickup' ? ['en_route_to_pickup', 'at_pickup'] : []) {
      await city.order(terms.orderId, { kind: 'order.status', status, by } as never)
    }
    const second = await city.onDuty('second', north(DOWNTOWN, 800))
    await city.order(terms.orderId, { kind: 'order.unassign', reason: 'flat tyre', by } as never)
    city.advance(5_000)
    const [again] = city.offers(second)
    const reply = orderOf(await city.accept(again?.offerId as OfferId))

    expect(reply.assignment?.driverId).toBe(second)
    expect(reply.terms.price).toEqual(terms.price)
    expect(city.offers(first).length).toBe(1)
    expect(city.record.drivers().map(d => d.load)).toEqual([0, 1])
  })
}

test('libretaxi 629: a driver who comes online late gets the order that waits, whatever crashed meanwhile (e)', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const { terms } = await city.place()
  city.advance(60_000)
  await city.crashAndRestart()
  city.advance(60_000)
  const late = await city.onDuty('late')
  city.advance(15_000)
  const [offer] = city.offers(late)

  expect(orderOf(await city.accept(offer?.offerId as OfferId))).toMatchObject({
    terms: { orderId: terms.orderId },
    status: 'assigned',
  })
})

test('VROOM 800: orders that come one by one are served one by one, and those of one moment are weighed together (e)', async () => {
  const city = await new VirtualCity({ settings: { acceptAutomatically: true } }).start()
  const drivers: DriverId[] = []
  for (let n = 0; n < 4; n++) drivers.push(await city.onDuty(`drv_${n}`, north(DOWNTOWN, 1_000 * n)))
  const one = await city.place(north(DOWNTOWN, 3_000))
  city.advance(2_500)
  expect(city.stored(one.terms.orderId).assignment?.driverId).toBe(drivers[3] as DriverId)

  // Nobody is free when they come; then two drivers are, both nearer to the second order.
  for (const driverId of drivers.slice(0, 3)) {
    await city.driver(driverId, { kind: 'driver.availability', status: 'offline' } as never)
  }
  const between = await city.place(north(DOWNTOWN, 1_600))
  const beside = await city.place(north(DOWNTOWN, 1_000))
  city.advance(5_000)
  const back = drivers.slice(1, 3).map(driverId => driverId as DriverId)
  await Promise.all(
    back.map(driverId => city.driver(driverId, { kind: 'driver.availability', status: 'available' } as never)),
  )
  city.advance(5_000)
  const given = [between, beside].map(order => city.stored(order.terms.orderId).assignment?.driverId)
  expect(given).toEqual([drivers[2], drivers[1]])
})
