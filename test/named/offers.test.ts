/** What users of other systems report about offers: each scenario as it was told, with the invariant that forbids it. */
import { expect, test } from 'bun:test'
import type { OfferId } from '../../src/domain/ids.ts'
import { DOWNTOWN, north, VirtualCity } from '../support/virtual-city.ts'

for (const crash of [false, true]) {
  const when = crash ? ', even after a crash' : ''
  test(`nammayatri 3941, 3948, 1379: the offer of a cancelled search cannot be accepted${when} (d)`, async () => {
    const city = await new VirtualCity({ hosts: 2, settings: { offersAtOnce: 2 } }).start()
    await city.onDuty('drv_1', north(DOWNTOWN, 100))
    await city.onDuty('drv_2', north(DOWNTOWN, 500))
    const { terms } = await city.place()
    city.advance(100)
    const offers = city.offers()
    expect(offers.length).toBe(2)
    await city.order(terms.orderId, { kind: 'order.cancel', reason: 'changed my mind' } as never)
    if (crash) await city.crashAndRestart()
    const replies = await Promise.all(offers.map(o => city.accept(o.offerId)))
    city.advance(30_000)

    expect(replies.map(r => r.kind)).toEqual(['offer_closed', 'offer_closed'])
    expect(city.record.assignments()).toEqual([])
    for (const { driverId } of offers) expect((await city.read(driverId)).hold).toBeNull()
  })
}

test('nammayatri 3948: an accept and a cancellation in the same instant leave the driver free (c, d)', async () => {
  const city = await new VirtualCity().start()
  const driver = await city.onDuty('drv_1')
  const { terms } = await city.place()
  city.advance(100)
  const [offer] = city.offers()
  const [accepted] = await Promise.all([
    city.accept(offer?.offerId as OfferId),
    city.order(terms.orderId, { kind: 'order.cancel', reason: 'changed my mind' } as never),
  ])
  city.advance(5_000)

  expect(['order', 'offer_closed']).toContain(accepted.kind)
  expect(city.stored(terms.orderId).status).toBe('cancelled')
  expect(await city.read(driver)).toMatchObject({ hold: null, assignments: [] })
  expect(city.record.drivers()).toMatchObject([{ load: 0 }])
})

test('VROOM 1145: who refused an order is not offered it again, after a crash neither', async () => {
  const city = await new VirtualCity().start()
  const driver = await city.onDuty('drv_1')
  const { terms } = await city.place()
  city.advance(100)
  const [offer] = city.offers()
  await city.order(terms.orderId, { kind: 'order.decline', offerId: offer?.offerId, reason: 'too far' } as never)
  await city.crashAndRestart()
  for (let n = 0; n < 12; n++) {
    city.fix(driver, DOWNTOWN)
    city.advance(5_000)
  }

  expect(city.offers(driver).length).toBe(1)
  expect(city.stored(terms.orderId)).toMatchObject({ status: 'placed', refusedBy: [driver] })
})

test('VROOM 270, 721, jsprit 180: why an order was given to nobody, and then to whom, is recorded with each candidate', async () => {
  const city = await new VirtualCity().start()
  await city.onDuty('small', DOWNTOWN, 1)
  const { terms } = await city.place(DOWNTOWN, { size: 2 })
  city.advance(5_000)
  const fits = await city.onDuty('large', north(DOWNTOWN, 400), 2)
  city.advance(5_000)

  const told = city.record.decisions().filter(d => d.orderId === terms.orderId)
  const [first, last] = [told[0], told.at(-1)].map(decision => JSON.stringify(decision?.body))
  expect(first).toContain('small')
  expect(first).not.toContain('large')
  expect(last).toContain(fits)
})

test('enatega 326: who is off duty is not pinged, nor who went off duty while an offer was on its way', async () => {
  const city = await new VirtualCity({ settings: { offersAtOnce: 4 } }).start()
  const off = await city.onDuty('off')
  await city.driver(off, { kind: 'driver.availability', status: 'offline' } as never)
  await city.place()
  for (let n = 0; n < 6; n++) {
    city.fix(off, DOWNTOWN)
    city.advance(5_000)
  }
  expect(city.offers(off)).toEqual([])

  const leaving = await city.onDuty('leaving')
  city.advance(3_000)
  await city.driver(leaving, { kind: 'driver.availability', status: 'offline' } as never)
  city.advance(30_000)
  const rang = city.phone(leaving).map(p => p.type)
  expect(rang.filter(type => type === 'offer').length).toBe(rang.filter(type => type === 'offer_revoked').length)
})
