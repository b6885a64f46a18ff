/** Where the console draws vehicles: between their fixes, and never nowhere. */
import { expect, test } from 'bun:test'
import type { FeedBatch } from '../../src/web/live/feed-batch.ts'
import { mercator, Vehicles } from '../../src/web/map/vehicles.ts'

function batch(added: readonly string[], fixes: readonly number[], statuses: readonly number[] = []): FeedBatch {
  return { kind: 'batch', added, fixes: new Float64Array(fixes), statuses: new Float64Array(statuses) }
}

const NEAR_M = 0.00002

test('a vehicle is drawn where it was seen, until the next fix moves it there', () => {
  const vehicles = new Vehicles()
  const now = Date.now()
  vehicles.take(batch(['drv_1'], [0, -122.43, 37.77, 90, now - 1_000], [0, 2, 1]))
  const first = vehicles.at(0, now)
  expect(Math.abs(first.longitude + 122.43)).toBeLessThan(NEAR_M)
  expect(Math.abs(first.latitude - 37.77)).toBeLessThan(NEAR_M)
  expect(first).toMatchObject({ driverId: 'drv_1', status: 2 })

  vehicles.take(batch([], [0, -122.429, 37.77, 90, now]))
  expect(vehicles.at(0, now + 500).longitude).toBeLessThan(-122.4291)
  expect(Math.abs(vehicles.at(0, now + 60_000).longitude + 122.429)).toBeLessThan(NEAR_M)
})

test('one that is silent stays where it was, and says for how long', () => {
  const vehicles = new Vehicles()
  const now = Date.now()
  vehicles.take(batch(['drv_1'], [0, -122.43, 37.77, -1, now - 90_000]))
  const seen = vehicles.at(0, now)
  expect(Math.round(seen.ageMs / 1_000)).toBe(90)
  expect(Math.abs(seen.longitude + 122.43)).toBeLessThan(NEAR_M)
})

test('of ten thousand, none is lost and the one under the pointer is found', () => {
  const vehicles = new Vehicles()
  const ids = Array.from({ length: 10_000 }, (_, i) => `drv_${i}`)
  const fixes = ids.flatMap((_, i) => [
    i,
    -122.5 + (i % 100) / 1_000,
    37.7 + Math.floor(i / 100) / 1_000,
    0,
    Date.now(),
  ])
  vehicles.take(batch(ids, fixes))
  expect(vehicles.count).toBe(10_000)
  const [x, y] = mercator(-122.5 + 42 / 1_000, 37.7 + 17 / 1_000)
  expect(vehicles.nearest(x, y, 1e-7)).toBe(1_742)
  expect(vehicles.nearest(x + 0.1, y, 1e-7)).toBeNull()
})
