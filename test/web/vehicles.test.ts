/** Where the console draws vehicles: between their fixes, and never nowhere. */
import { expect, test } from 'bun:test'
import type { FeedBatch } from '../../src/web/live/feed-batch.ts'
import { mercatorX, mercatorY } from '../../src/web/map/mercator.ts'
import { cornerOf, STRIDE, Vehicles } from '../../src/web/map/vehicles.ts'

const mercator = (longitude: number, latitude: number): [number, number] => [mercatorX(longitude), mercatorY(latitude)]

/** A row as the feed's worker makes it. */
function fixAt(index: number, longitude: number, latitude: number, heading: number, seenAtMs: number): number[] {
  return [index, ...mercator(longitude, latitude), heading, seenAtMs]
}

function batch(added: readonly string[], fixes: readonly number[], statuses: readonly number[] = []): FeedBatch {
  return { kind: 'batch', added, fixes: new Float64Array(fixes), statuses: new Float64Array(statuses) }
}

const NEAR_M = 0.00002

test('a vehicle is drawn where it was seen, until the next fix moves it there', () => {
  const vehicles = new Vehicles()
  const now = Date.now()
  vehicles.take(batch(['drv_1'], fixAt(0, -122.43, 37.77, 90, now - 1_000), [0, 2, 1]))
  const first = vehicles.at(0, now)
  expect(Math.abs(first.longitude + 122.43)).toBeLessThan(NEAR_M)
  expect(Math.abs(first.latitude - 37.77)).toBeLessThan(NEAR_M)
  expect(first).toMatchObject({ driverId: 'drv_1', status: 2 })

  vehicles.take(batch([], fixAt(0, -122.429, 37.77, 90, now)))
  expect(vehicles.at(0, now + 500).longitude).toBeLessThan(-122.4291)
  expect(Math.abs(vehicles.at(0, now + 60_000).longitude + 122.429)).toBeLessThan(NEAR_M)
})

test('one that is silent stays where it was, and says for how long', () => {
  const vehicles = new Vehicles()
  const now = Date.now()
  vehicles.take(batch(['drv_1'], fixAt(0, -122.43, 37.77, -1, now - 90_000)))
  const seen = vehicles.at(0, now)
  expect(Math.round(seen.ageMs / 1_000)).toBe(90)
  expect(Math.abs(seen.longitude + 122.43)).toBeLessThan(NEAR_M)
})

test('of ten thousand, none is lost and the one under the pointer is found', () => {
  const vehicles = new Vehicles()
  const ids = Array.from({ length: 10_000 }, (_, i) => `drv_${i}`)
  const fixes = ids.flatMap((_, i) =>
    fixAt(i, -122.5 + (i % 100) / 1_000, 37.7 + Math.floor(i / 100) / 1_000, 0, Date.now()),
  )
  vehicles.take(batch(ids, fixes))
  expect(vehicles.count).toBe(10_000)
  const [x, y] = mercator(-122.5 + 42 / 1_000, 37.7 + 17 / 1_000)
  expect(vehicles.nearest(x, y, 1e-7)).toBe(1_742)
  expect(vehicles.nearest(x + 0.1, y, 1e-7)).toBeNull()
})

/** As the graphics card computes it, in single precision. */
function drawnAt(vehicles: Vehicles, index: number, viewCorner: number, axis: 0 | 1): number {
  const row = index * STRIDE
  const at = (i: number) => vehicles.rows[row + i] ?? 0
  return Math.fround(Math.fround(at(axis) - viewCorner) + at(4 + axis))
}

test('a vehicle in Berlin and one in Singapore are drawn as exactly as the first one, at the closest zoom', () => {
  const vehicles = new Vehicles()
  const places = [
    [-122.43, 37.77],
    [13.404954, 52.520008],
    [103.851959, 1.290271],
  ] as const
  const fixes = places.flatMap(([longitude, latitude], i) => fixAt(i, longitude, latitude, 0, Date.now()))
  vehicles.take(batch(['drv_sf', 'drv_berlin', 'drv_singapore'], fixes))
  const worldPx = 512 * 2 ** 18
  for (const [i, [longitude, latitude]] of places.entries()) {
    for (const [axis, coordinate] of mercator(longitude, latitude).entries()) {
      const corner = cornerOf(coordinate)
      const offPx = Math.abs(drawnAt(vehicles, i, corner, axis as 0 | 1) - (coordinate - corner)) * worldPx
      expect(offPx).toBeLessThan(0.01)
    }
    const seen = vehicles.at(i, Date.now() + 60_000)
    expect(Math.abs(seen.longitude - longitude)).toBeLessThan(1e-8)
    expect(Math.abs(seen.latitude - latitude)).toBeLessThan(1e-8)
  }
})

test('one whose place is not known yet is nowhere', () => {
  const vehicles = new Vehicles()
  vehicles.take(batch(['drv_1'], [], [0, 0, 0]))
  const [x, y] = mercator(-179.99, 85)
  expect(vehicles.nearest(x, y, 0.01)).toBeNull()
  expect(vehicles.at(0).ageMs).toBe(Number.POSITIVE_INFINITY)
})
