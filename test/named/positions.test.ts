/** What users of other systems report about vehicles on the map: each with the invariant that forbids it. */
import { expect, test } from 'bun:test'
import { DOWNTOWN, north, VirtualCity } from '../support/virtual-city.ts'

test('coopcycle 439: a courier does not vanish when everything restarts: its last position is in the record (j)', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const driver = await city.onDuty('drv_1')
  const there = north(DOWNTOWN, 300)
  city.advance(5_000)
  city.fix(driver, there)
  city.advance(100)
  await city.crashAndRestart()

  const { position, availability } = await city.read(driver)
  expect(position?.latitude).toBeCloseTo(there.latitude, 9)
  expect(availability).toBe('available')
})

test('coopcycle 439: a courier that was silent for long is back with its next position', async () => {
  const city = await new VirtualCity({ settings: { acceptAutomatically: true, staleMs: 15_000 } }).start()
  const driver = await city.onDuty('drv_1')
  city.advance(600_000)
  const { terms } = await city.place()
  city.advance(10_000)
  expect(city.stored(terms.orderId).assignment).toBeNull()
  city.fix(driver, DOWNTOWN)
  city.advance(15_000)

  expect(city.stored(terms.orderId).assignment?.driverId).toBe(driver)
})

test('traccar 1996, 3149: a jump of the GPS is refused in words, and does not move the vehicle', async () => {
  const city = await new VirtualCity().start()
  const driver = await city.onDuty('drv_1')
  city.advance(2_000)
  city.fix(driver, north(DOWNTOWN, 80_000))
  city.advance(2_000)
  city.fix(driver, north(DOWNTOWN, 20))
  city.advance(100)

  expect(city.settled.map(f => f.result)).toEqual(['committed', 'implausible_jump', 'committed'])
  expect((await city.read(driver)).position?.latitude).toBeCloseTo(north(DOWNTOWN, 20).latitude, 9)
})

test('traccar 3149: a vehicle that really is elsewhere is believed after a few positions', async () => {
  const city = await new VirtualCity().start()
  const driver = await city.onDuty('drv_1')
  const ferry = north(DOWNTOWN, 80_000)
  for (let n = 0; n < 10; n++) {
    city.advance(2_000)
    city.fix(driver, north(ferry, 10 * n))
  }
  city.advance(5_000)

  expect(city.settled.at(-1)?.result).toBe('committed')
  expect((await city.read(driver)).position?.latitude).toBeGreaterThan(north(DOWNTOWN, 70_000).latitude)
})
