/** What every hot view must do. Each adapter runs it against itself. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import type { HotView, LiveFix, NearbyQuery } from '../../src/actors/runtime/ports.ts'
import type { DriverId } from '../../src/domain/ids.ts'

export interface HotViewUnderTest {
  readonly view: HotView
  /** Another node on the same view; the view itself where there is but one. */
  readonly other: HotView
  /** What was put can be read, by all. */
  settle(): Promise<void>
  empty(): Promise<void>
  close(): Promise<void>
}

const CENTRE = { latitude: 37.7749, longitude: -122.4194 }
const METRES_PER_DEGREE = 111_195
/** Fresh for whoever judges by the clock. */
const NOW_MS = Date.now()

const id = (text: string) => text as DriverId

function fixAt(
  driverId: string,
  place: { latitude: number; longitude: number },
  changes: Partial<LiveFix> = {},
): LiveFix {
  return {
    latitude: place.latitude,
    longitude: place.longitude,
    driverId: id(driverId),
    speed: 12.5,
    heading: 359,
    accuracy: null,
    recordedAtMs: NOW_MS,
    receivedAtMs: NOW_MS + 5,
    orderId: null,
    ...changes,
  }
}

function fix(driverId: string, northM: number, changes: Partial<LiveFix> = {}): LiveFix {
  const place = { latitude: CENTRE.latitude + northM / METRES_PER_DEGREE, longitude: CENTRE.longitude }
  return fixAt(driverId, place, changes)
}

export function hotViewConformance(name: string, make: () => Promise<HotViewUnderTest>): void {
  describe(`${name} as a hot view`, () => {
    let given: HotViewUnderTest
    beforeAll(async () => {
      given = await make()
    })
    beforeEach(() => given.empty())
    afterAll(() => given.close())

    async function near(query: Partial<NearbyQuery> = {}): Promise<string[]> {
      await given.settle()
      const found = await given.other.nearby({ ...CENTRE, radiusM: 1_000, limit: 10, freshSinceMs: 0, ...query })
      return found.map(({ driver }) => driver.fix.driverId)
    }

    async function read(driverId: string) {
      await given.settle()
      return given.other.get(id(driverId))
    }

    test('a fix is read as it was put, by every node', async () => {
      const whole = fix('a', 10, { accuracy: 3.5, orderId: '007' })
      given.view.putFix(whole)
      expect(await read('a')).toEqual({ fix: whole, status: null, vehicleType: null, orderId: null })
      expect(await read('nobody')).toBeNull()
    })

    test('many are read in the order asked for', async () => {
      for (const each of ['a', 'b']) given.view.putFix(fix(each, 10))
      await given.settle()
      const found = await given.other.getAll([id('b'), id('nobody'), id('a'), id('b')])
      expect(found.map(driver => driver?.fix.driverId ?? null)).toEqual([id('b'), null, id('a'), id('b')])
      expect(await given.other.getAll([])).toEqual([])
    })

    test('the nearest come first, with their distance, and those outside the radius not at all', async () => {
      for (const [each, northM] of [
        ['c', 900],
        ['a', 10],
        ['far', 1_100],
        ['b', -500],
      ] as const)
        given.view.putFix(fix(each, northM))

      expect(await near()).toEqual(['a', 'b', 'c'])
      expect(await near({ limit: 2 })).toEqual(['a', 'b'])
      expect(await near({ radiusM: 1_101 })).toEqual(['a', 'b', 'c', 'far'])
      expect(await near({ radiusM: 899.9 })).toEqual(['a', 'b'])
      const [nearest] = await given.other.nearby({ ...CENTRE, radiusM: 1_000, limit: 1, freshSinceMs: 0 })
      expect(nearest?.distanceM).toBeCloseTo(10, 1)
    })

    test('a search far beyond the first ring finds the nearest of those that fit', async () => {
      for (let i = 0; i < 60; i++) given.view.putFix(fix(`busy_${i}`, 20 * i))
      for (let i = 0; i < 60; i++)
        given.view.putDriver(id(`busy_${i}`), { status: 'busy', vehicleType: 'van', orderId: null })
      given.view.putFix(fix('free', 11_000))
      given.view.putDriver(id('free'), { status: 'available', vehicleType: 'van', orderId: null })

      expect(await near({ radiusM: 15_000, limit: 1, status: 'available' })).toEqual(['free'])
      expect(await near({ radiusM: 10_000, limit: 1, status: 'available' })).toEqual([])
    })

    test('a driver that fell silent is not near any more', async () => {
      given.view.putFix(fix('silent', 10, { recordedAtMs: NOW_MS - 10_000, receivedAtMs: NOW_MS - 10_000 }))
      given.view.putFix(fix('fresh', 20))

      expect(await near({ freshSinceMs: NOW_MS - 5_000 })).toEqual(['fresh'])
      expect((await read('silent'))?.fix.receivedAtMs).toBe(NOW_MS - 10_000)
    })

    test('what a driver does is kept whether it is known before or after where it is', async () => {
      given.view.putDriver(id('early'), { status: 'available', vehicleType: 'van', orderId: null })
      await given.settle()
      expect(await read('early')).toBeNull()
      given.view.putFix(fix('early', 10))
      given.view.putFix(fix('later', 20))
      expect((await read('later'))?.status).toBeNull()
      given.view.putDriver(id('later'), { status: 'busy', vehicleType: null, orderId: null })

      expect(await near({ status: 'available' })).toEqual(['early'])
      expect(await near({ vehicleType: 'van' })).toEqual(['early'])
      expect(await read('later')).toMatchObject({ status: 'busy', vehicleType: null, orderId: null })
    })

    test('a newer fix moves the driver, an older one that comes late does not', async () => {
      given.view.putFix(fix('a', 900, { recordedAtMs: NOW_MS - 2_000 }))
      await given.settle()
      given.view.putFix(fix('a', 10, { recordedAtMs: NOW_MS }))
      await given.settle()
      given.other.putFix(fix('a', 900, { recordedAtMs: NOW_MS - 1_000, receivedAtMs: NOW_MS + 50 }))

      expect(await near({ radiusM: 100 })).toEqual(['a'])
      expect(await near({ radiusM: 1_000 })).toEqual(['a'])
      expect((await given.other.all(10)).map(driver => driver.fix.recordedAtMs)).toEqual([NOW_MS])
    })

    test('the last word on what a driver does stands', async () => {
      given.view.putFix(fix('a', 10))
      for (const status of ['available', 'offered', 'busy'])
        given.view.putDriver(id('a'), { status, vehicleType: 'car', orderId: null })
      expect(await read('a')).toMatchObject({ status: 'busy', vehicleType: 'car', orderId: null })
    })

    test('the order that a driver is on comes and goes with what it does', async () => {
      given.view.putFix(fix('a', 10, { orderId: 'of the phone' }))
      given.view.putDriver(id('a'), { status: 'busy', vehicleType: null, orderId: 'ord_1' })
      expect(await read('a')).toMatchObject({ orderId: 'ord_1', fix: { orderId: 'of the phone' } })
      expect((await given.other.all(10)).map(driver => driver.orderId)).toEqual(['ord_1'])
      given.view.putDriver(id('a'), { status: 'available', vehicleType: null, orderId: null })
      expect(await read('a')).toMatchObject({ orderId: null, fix: { orderId: 'of the phone' } })
    })

    test('a refill takes what is not known, and changes nothing that is', async () => {
      given.view.refill({ fix: fix('new', 10), status: 'available', vehicleType: 'van', orderId: null })
      given.view.putFix(fix('known', 20))
      given.view.putDriver(id('known'), { status: 'busy', vehicleType: 'car', orderId: null })
      await given.settle()
      const older = fix('known', 500, { recordedAtMs: NOW_MS - 1_000 })
      given.view.refill({ fix: older, status: 'available', vehicleType: 'van', orderId: null })

      expect(await read('new')).toMatchObject({ status: 'available', vehicleType: 'van', orderId: null })
      expect(await read('known')).toEqual({ fix: fix('known', 20), status: 'busy', vehicleType: 'car', orderId: null })
    })

    test('a node reads at once what it has put itself', async () => {
      given.view.putFix(fix('a', 10, { recordedAtMs: NOW_MS - 1_000 }))
      given.view.putDriver(id('a'), { status: 'available', vehicleType: 'van', orderId: null })
      await given.settle()
      given.view.putFix(fix('a', 20))
      given.view.putDriver(id('a'), { status: 'busy', vehicleType: 'van', orderId: null })

      expect(await given.view.get(id('a'))).toEqual({
        fix: fix('a', 20),
        status: 'busy',
        vehicleType: 'van',
        orderId: null,
      })
    })

    test('a latitude beyond what maps show takes no other driver down', async () => {
      given.view.putFix(fixAt('north', { latitude: 89.5, longitude: 10 }))
      given.view.putFix(fix('a', 10))

      expect(await near()).toEqual(['a'])
      expect((await read('north'))?.fix.latitude).toBe(89.5)
      given.view.putFix(fix('north', 20, { recordedAtMs: NOW_MS + 1_000 }))
      expect(await near()).toEqual(['a', 'north'])
      given.view.putFix(fixAt('north', { latitude: 89.5, longitude: 10 }, { recordedAtMs: NOW_MS + 2_000 }))
      expect(await near()).toEqual(['a'])
    })

    test('nearness does not end at the date line', async () => {
      given.view.putFix(fixAt('west', { latitude: -17, longitude: 179.999 }))
      given.view.putFix(fixAt('east', { latitude: -17, longitude: -179.998 }))

      expect(await near({ latitude: -17, longitude: -179.9995 })).toEqual(['west', 'east'])
      expect(await near({ latitude: -17, longitude: 179.9999 })).toEqual(['west', 'east'])
    })

    test('all are listed once, up to the limit', async () => {
      for (let i = 0; i < 1_500; i++) given.view.putFix(fix(`d_${i}`, i))
      await given.settle()
      const all = await given.other.all(5_000)
      expect(new Set(all.map(driver => driver.fix.driverId)).size).toBe(1_500)
      expect(all).toHaveLength(1_500)
      expect(await given.other.all(20)).toHaveLength(20)
      expect(given.view.size).toBe(1_500)
    })
  })
}
