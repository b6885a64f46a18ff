import { expect, test } from 'bun:test'
import { cellAt, INDEX_RES } from '../../../domain/h3.ts'
import type { DriverId } from '../../../domain/ids.ts'
import type { LiveFix, NearbyQuery } from '../ports.ts'
import { MemoryHotView } from './memory-hot-view.ts'

const CENTRE = { latitude: 37.7749, longitude: -122.4194 }

function fix(driverId: string, northM: number, receivedAtMs = 1_000, recordedAtMs = receivedAtMs): LiveFix {
  const place = { latitude: CENTRE.latitude + northM / 111_195, longitude: CENTRE.longitude }
  return {
    ...place,
    driverId: driverId as DriverId,
    speed: null,
    heading: null,
    accuracy: null,
    recordedAtMs,
    receivedAtMs,
    orderId: null,
    cell: cellAt(place, INDEX_RES),
  }
}

function near(view: MemoryHotView, query: Partial<NearbyQuery> = {}): string[] {
  const found = view.near({ ...CENTRE, radiusM: 1_000, limit: 10, freshSinceMs: 0, ...query })
  return found.map(({ driver }) => driver.fix.driverId)
}

test('the nearest come first, and those outside the radius not at all', () => {
  const view = new MemoryHotView()
  for (const [id, northM] of [
    ['c', 900],
    ['a', 10],
    ['far', 1_100],
    ['b', -500],
  ] as const)
    view.putFix(fix(id, northM))

  expect(near(view)).toEqual(['a', 'b', 'c'])
  expect(near(view, { limit: 2 })).toEqual(['a', 'b'])
  expect(view.size).toBe(4)
})

test('a driver that fell silent is not near any more, but can still be read', () => {
  const view = new MemoryHotView()
  view.putFix(fix('silent', 10, 1_000))
  view.putFix(fix('fresh', 20, 2_000))

  expect(near(view, { freshSinceMs: 1_500 })).toEqual(['fresh'])
  expect(view.peek('silent' as DriverId)?.fix.receivedAtMs).toBe(1_000)
})

test('what a driver does is kept whether it is known before or after where it is', () => {
  const view = new MemoryHotView()
  view.putDriver('early' as DriverId, 'available', 'van')
  view.putFix(fix('early', 10))
  view.putFix(fix('later', 20))
  expect(view.peek('later' as DriverId)?.status).toBeNull()
  view.putDriver('later' as DriverId, 'busy', 'bike')

  expect(near(view, { status: 'available' })).toEqual(['early'])
  expect(near(view, { vehicleType: 'bike' })).toEqual(['later'])
})

test('a newer fix moves the driver, an older one that comes late does not', () => {
  const view = new MemoryHotView()
  view.putFix(fix('a', 900, 1_000))
  view.putFix(fix('a', 10, 3_000))
  view.putFix(fix('a', 900, 2_000))

  expect(near(view, { radiusM: 100 })).toEqual(['a'])
  expect([...view.entries()]).toHaveLength(1)
})

test('past its limit it forgets whom it has known longest', () => {
  const view = new MemoryHotView(2)
  for (const id of ['a', 'b', 'c']) view.putFix(fix(id, 10))

  expect(view.peek('a' as DriverId)).toBeNull()
  expect(near(view)).toEqual(['b', 'c'])
})
