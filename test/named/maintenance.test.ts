/** A vehicle in the workshop takes no offers: by the clock, whoever asks, and whatever the cells still believe. */
import { expect, test } from 'bun:test'
import type { DriverId } from '../../src/domain/ids.ts'
import { DOWNTOWN, orderOf, VirtualCity } from '../support/virtual-city.ts'

const DRIVER = 'drv_1' as DriverId

async function cityWithVan(fromMs: number, toMs: number) {
  const city = await new VirtualCity().start()
  await city.onDuty(DRIVER)
  const nowMs = city.clock.nowMs()
  const maintenance = [{ fromMs: nowMs + fromMs, toMs: nowMs + toMs }]
  const vehicle = { vehicleId: 'veh_1', type: 'van', capacity: 4, maintenance }
  await city.driver(DRIVER, { kind: 'driver.vehicle', change: 1, vehicle } as never)
  return city
}

function stand(city: VirtualCity, ms: number): void {
  for (let passed = 0; passed < ms; passed += 10_000) {
    city.fix(DRIVER, DOWNTOWN)
    city.advance(10_000)
  }
}

test('while it lasts nothing is offered, and a dispatcher cannot insist; then the order that waits is', async () => {
  const city = await cityWithVan(30_000, 120_000)
  stand(city, 40_000)
  const order = await city.place(DOWNTOWN)
  stand(city, 40_000)
  expect(city.offers()).toEqual([])
  const assign = { kind: 'order.assign', driverId: DRIVER, driverShard: city.homeOf(DRIVER) } as never
  expect((await city.order(order.terms.orderId, assign)).kind).toBe('driver_unavailable')
  stand(city, 60_000)
  expect(city.offers().map(offer => offer.driverId)).toEqual([DRIVER])
})

test('it begins between two positions: the cell still believes in the driver, which refuses by itself', async () => {
  const city = await cityWithVan(5_000, 60_000)
  city.fix(DRIVER, DOWNTOWN)
  city.advance(6_000)
  await city.place(DOWNTOWN)
  city.advance(10_000)
  expect(city.offers()).toEqual([])
})

test('what it has in hand goes on, and a crash forgets neither the vehicle nor the period', async () => {
  const city = await cityWithVan(60_000, 600_000)
  const order = await city.place(DOWNTOWN)
  city.advance(3_000)
  const [offer] = city.offers()
  if (!offer) throw new Error('not offered')
  expect(orderOf(await city.accept(offer.offerId)).assignment?.driverId).toBe(DRIVER)
  stand(city, 70_000)
  await city.crashAndRestart()
  city.fix(DRIVER, DOWNTOWN)
  city.advance(1_000)
  const driver = await city.read(DRIVER)
  expect(driver.profile).toMatchObject({ vehicleId: 'veh_1', vehicleType: 'van', capacity: 4 })
  expect(driver.assignments.map(assignment => assignment.orderId)).toEqual([order.terms.orderId])
  await city.place(DOWNTOWN)
  stand(city, 20_000)
  expect(city.offers().length).toBe(1)
})
