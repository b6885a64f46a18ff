import { expect, test } from 'bun:test'
import { distanceM } from '../../domain/geo.ts'
import type { DriverId } from '../../domain/ids.ts'
import { seededRandom } from '../../sim/random.ts'
import type { KnownDriver } from './matching-cell.state.ts'
import { OpenField } from './open-field.ts'

function known(id: string, latitude: number, longitude: number): KnownDriver {
  return { driver: { driverId: id as DriverId, position: { latitude, longitude } } } as KnownDriver
}

const anybody = () => true

test('the nearest are those that measuring each of them gives', () => {
  const random = seededRandom(3)
  const drivers = Array.from({ length: 300 }, (_, i) =>
    known(`drv_${i}`, 37.7 + random() * 0.1, -122.5 + random() * 0.1),
  )
  const p = { latitude: 37.75, longitude: -122.45 }
  const byDistance = drivers.toSorted((a, b) => distanceM(p, a.driver.position) - distanceM(p, b.driver.position))
  expect(new OpenField(drivers).nearest(p, { limit: 25, radiusM: 1e6, accept: anybody })).toEqual(
    byDistance.slice(0, 25),
  )
})

test('whoever is beyond the radius or is not accepted is left out, and others take the place', () => {
  const drivers = [
    known('a', 37.75, -122.45),
    known('b', 37.751, -122.45),
    known('c', 37.752, -122.45),
    known('d', 38, -122),
  ]
  const p = { latitude: 37.75, longitude: -122.45 }
  const found = new OpenField(drivers).nearest(p, { limit: 2, radiusM: 5_000, accept: d => d !== drivers[0] })
  expect(found).toEqual([drivers[1], drivers[2]] as KnownDriver[])
  expect(new OpenField(drivers).nearest(p, { limit: 9, radiusM: 5_000, accept: anybody }).length).toBe(3)
})

test('equally far ones come as they were known, and the date line is no border', () => {
  const drivers = [known('b', 0, 179.999), known('a', 0, 179.999), known('c', 0, -179.999)]
  const found = new OpenField(drivers).nearest(
    { latitude: 0, longitude: -179.9995 },
    { limit: 3, radiusM: 1e4, accept: anybody },
  )
  expect(found).toEqual([drivers[2], drivers[0], drivers[1]] as KnownDriver[])
})
