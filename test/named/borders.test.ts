/** A metropolis that straddles two matching cells: each sees the drivers within reach, and the driver takes one offer. */
import { expect, test } from 'bun:test'
import type { LatLng } from '../../src/domain/geo.ts'
import { cellAt, MATCHING_RES } from '../../src/domain/h3.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { DOWNTOWN, VirtualCity } from '../support/virtual-city.ts'

const STEP_DEG = 0.0005

/** East of downtown, the last place of its matching cell and, some 45 m on, the first of the next. */
function atBorder(): { near: LatLng; beyond: LatLng } {
  const home = cellAt(DOWNTOWN, MATCHING_RES)
  for (let longitude = DOWNTOWN.longitude; ; longitude += STEP_DEG) {
    const beyond = { ...DOWNTOWN, longitude }
    if (cellAt(beyond, MATCHING_RES) !== home) return { near: { ...beyond, longitude: longitude - STEP_DEG }, beyond }
  }
}

const { near, beyond } = atBorder()
const auto = { acceptAutomatically: true }

function driverOf(city: VirtualCity, order: { terms: { orderId: Parameters<VirtualCity['stored']>[0] } }) {
  return city.stored(order.terms.orderId).assignment?.driverId
}

test('a driver serves an order beyond the border of its matching cell', async () => {
  const city = await new VirtualCity({ hosts: 2, settings: auto }).start()
  const driver = await city.onDuty('drv_1', near)
  const order = await city.place(beyond)
  city.advance(5_000)
  expect(driverOf(city, order)).toBe(driver)
})

test('two cells want the same driver in the same instant: it takes one order, and the other one finds the next driver', async () => {
  const city = await new VirtualCity({ hosts: 2, settings: auto }).start()
  const first = await city.onDuty('drv_1', near)
  const orders = await Promise.all([city.place(near), city.place(beyond)])
  city.advance(10_000)
  expect(orders.map(order => driverOf(city, order)).filter(by => by === first).length).toBe(1)
  expect(city.record.drivers()).toMatchObject([{ load: 1 }])

  const second = await city.onDuty('drv_2', near)
  city.advance(15_000)
  expect(new Set(orders.map(order => driverOf(city, order)))).toEqual(new Set<DriverId | undefined>([first, second]))
})

test('who goes off duty, or moves away, is forgotten on both sides', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const driver = await city.onDuty('drv_1', near)
  await city.driver(driver, { kind: 'driver.availability', status: 'offline' } as never)
  await Promise.all([city.place(near), city.place(beyond)])
  city.advance(30_000)
  expect(city.offers(driver)).toEqual([])
})

test('both sides know it again after a crash', async () => {
  const city = await new VirtualCity({ hosts: 2, settings: auto }).start()
  const driver = await city.onDuty('drv_1', near)
  await city.crashAndRestart()
  const order = await city.place(beyond)
  for (let n = 0; n < 4; n++) {
    city.fix(driver, near)
    city.advance(5_000)
  }
  expect(driverOf(city, order)).toBe(driver)
})
