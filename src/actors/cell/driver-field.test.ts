import { expect, test } from 'bun:test'
import { distanceM } from '../../domain/geo.ts'
import type { DriverId } from '../../domain/ids.ts'
import { seededRandom } from '../../sim/random.ts'
import { DriverField, type KnownDriver } from './driver-field.ts'
import type { OpenDriver } from './matching-cell.messages.ts'

function known(id: string, latitude: number, longitude: number): KnownDriver {
  const driver = { driverId: id as DriverId, position: { latitude, longitude }, freeAtMs: 0, servedToday: 0 }
  return { driver: driver as unknown as OpenDriver, seenAtMs: 0, reservedUntilMs: 0 }
}

function fieldOf(drivers: readonly KnownDriver[]): DriverField {
  const field = new DriverField()
  for (const driver of drivers) field.set(driver)
  return field
}

const anybody = () => true

test('the nearest are those that measuring each of them gives', () => {
  const random = seededRandom(3)
  const drivers = Array.from({ length: 300 }, (_, i) =>
    known(`drv_${i}`, 37.7 + random() * 0.1, -122.5 + random() * 0.1),
  )
  const p = { latitude: 37.75, longitude: -122.45 }
  const byDistance = drivers.toSorted((a, b) => distanceM(p, a.driver.position) - distanceM(p, b.driver.position))
  expect(fieldOf(drivers).nearest(p, { limit: 25, radiusM: 1e6, accept: anybody })).toEqual(byDistance.slice(0, 25))
})

test('asked again, where drivers are dense and where they are not, and while they move, it answers as if it were the first time', () => {
  const random = seededRandom(11)
  // Most of them in the middle of the town.
  const somewhere = () => 0.2 * (random() - 0.5) * random()
  const somebody = (i: number) => known(`drv_${i}`, 37.75 + somewhere(), -122.45 + somewhere())
  const drivers = Array.from({ length: 200 }, (_, i) => somebody(i))
  const field = fieldOf(drivers)
  for (let round = 0; round < 300; round++) {
    const p = { latitude: 37.75 + somewhere(), longitude: -122.45 + somewhere() }
    for (const limit of [3, 20]) {
      const ask = { limit, radiusM: 6_000, accept: ({ driver }: KnownDriver) => !driver.driverId.endsWith('7') }
      expect(field.nearest(p, ask)).toEqual(fieldOf(drivers).nearest(p, ask))
    }
    const i = Math.floor(random() * drivers.length)
    const moved = somebody(i)
    drivers[i] = moved
    field.set(moved)
  }
})

test('whoever is beyond the radius or is not accepted is left out, and others take the place', () => {
  const drivers = [
    known('a', 37.75, -122.45),
    known('b', 37.751, -122.45),
    known('c', 37.752, -122.45),
    known('d', 38, -122),
  ]
  const p = { latitude: 37.75, longitude: -122.45 }
  const found = fieldOf(drivers).nearest(p, { limit: 2, radiusM: 5_000, accept: d => d !== drivers[0] })
  expect(found).toEqual([drivers[1], drivers[2]] as KnownDriver[])
  expect(fieldOf(drivers).nearest(p, { limit: 9, radiusM: 5_000, accept: anybody }).length).toBe(3)
})

test('equally far ones come in the order of their ids, and the date line is no border', () => {
  const drivers = [known('b', 0, 179.999), known('a', 0, 179.999), known('c', 0, -179.999)]
  const found = fieldOf(drivers).nearest(
    { latitude: 0, longitude: -179.9995 },
    { limit: 3, radiusM: 1e4, accept: anybody },
  )
  expect(found).toEqual([drivers[2], drivers[1], drivers[0]] as KnownDriver[])
})

test('drivers that come, move and go leave what a field of those that are there would have', () => {
  const random = seededRandom(5)
  const there = new Map<string, KnownDriver>()
  const field = new DriverField()
  for (let step = 0; step < 2_000; step++) {
    const id = `drv_${Math.floor(random() * 200)}`
    if (random() < 0.3) {
      field.delete(id as DriverId)
      there.delete(id)
      continue
    }
    const { driver } = known(id, 37.7 + random() * 0.1, -122.5 + random() * 0.1)
    const freeAtMs = Math.floor(random() * 100)
    const one = {
      driver: { ...driver, freeAtMs, servedToday: Math.floor(random() * 9) },
      seenAtMs: step,
      reservedUntilMs: Math.floor(random() * 100),
    }
    field.set(one)
    there.set(id, one)
  }
  const all = [...there.values()]
  const p = { latitude: 37.75, longitude: -122.45 }
  const ask = { limit: 30, radiusM: 1e6, accept: anybody }
  const isOpen = (known: KnownDriver) => known.reservedUntilMs <= 50 && known.driver.freeAtMs <= 80
  expect(field.size).toBe(all.length)
  expect(all.map(one => field.get(one.driver.driverId))).toEqual(all)
  expect(field.nearest(p, ask)).toEqual(fieldOf(all).nearest(p, ask))
  expect(field.nearest(p, { ...ask, open: { nowMs: 50, freeByMs: 80 } })).toEqual(
    fieldOf(all.filter(isOpen)).nearest(p, ask),
  )
  expect(field.free(50)).toBe(all.filter(one => one.reservedUntilMs <= 50 && one.driver.freeAtMs <= 50).length)
  expect(field.meanServed).toBeCloseTo(all.reduce((sum, one) => sum + one.driver.servedToday, 0) / all.length)
  expect(field.silentSince(1_900).toSorted()).toEqual(
    all
      .filter(one => one.seenAtMs < 1_900)
      .map(one => one.driver.driverId)
      .toSorted(),
  )
})

test('of a large fleet many that ask find whom few that ask would have found, also after a change', () => {
  const random = seededRandom(7)
  const place = () => [37.7 + random() * 0.1, -122.5 + random() * 0.1] as const
  const drivers = Array.from({ length: 20_000 }, (_, i) => known(`drv_${i}`, ...place()))
  const field = fieldOf(drivers)
  const ask = { limit: 5, radiusM: 3_000, accept: ({ driver }: KnownDriver) => !driver.driverId.endsWith('3') }
  const askOf = (p: readonly [number, number]) => field.nearest({ latitude: p[0], longitude: p[1] }, ask)
  const places = Array.from({ length: 60 }, place)
  const found = places.map(askOf)
  expect(places.map(p => fieldOf(drivers).nearest({ latitude: p[0], longitude: p[1] }, ask))).toEqual(found)
  for (const { driver } of found.flat()) field.delete(driver.driverId)
  const left = places.map(askOf)
  expect(left.flat().length).toBe(found.flat().length)
  expect(left.flat().filter(one => found.flat().includes(one))).toEqual([])
})
