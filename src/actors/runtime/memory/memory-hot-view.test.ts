import { expect, test } from 'bun:test'
import { type HotViewUnderTest, hotViewConformance } from '../../../../test/conformance/hot-view.conformance.ts'
import type { DriverId } from '../../../domain/ids.ts'
import type { LiveFix } from '../ports.ts'
import { MemoryHotView } from './memory-hot-view.ts'

hotViewConformance('MemoryHotView', async () => {
  let view = new MemoryHotView()
  const given: HotViewUnderTest = {
    get view() {
      return view
    },
    get other() {
      return view
    },
    settle: async () => {},
    async empty() {
      view = new MemoryHotView()
    },
    close: async () => {},
  }
  return given
})

const CENTRE = { latitude: 37.7749, longitude: -122.4194 }

function fix(driverId: string): LiveFix {
  return {
    ...CENTRE,
    driverId: driverId as DriverId,
    speed: null,
    heading: null,
    accuracy: null,
    recordedAtMs: 1_000,
    receivedAtMs: 1_000,
    orderId: null,
  }
}

test('past its limit it forgets whom it has known longest', () => {
  const view = new MemoryHotView(2)
  for (const id of ['a', 'b', 'c']) view.putFix(fix(id))

  expect(view.get('a' as DriverId)).toBeNull()
  const near = view.nearby({ ...CENTRE, radiusM: 1_000, limit: 10, freshSinceMs: 0 })
  expect(near.map(({ driver }) => driver.fix.driverId).sort()).toEqual(['b', 'c'] as DriverId[])
})

test('a driver that moves is written where it stands, so that no collection finds anything young of it; what was given stays as it was', () => {
  const view = new MemoryHotView()
  const first = fix('a')
  view.putFix(first)
  const kept = view.get('a' as DriverId)?.fix

  const next: LiveFix = {
    ...first,
    latitude: 37.78,
    speed: 3,
    heading: 90,
    accuracy: 5,
    recordedAtMs: 2_000,
    receivedAtMs: 2_010,
    orderId: 'ord_1',
  }
  view.putFix(next)

  expect(view.get('a' as DriverId)?.fix).toBe(kept as LiveFix)
  expect(kept).toEqual(next)
  expect(first).toEqual(fix('a'))
  const near = view.nearby({ latitude: 37.78, longitude: CENTRE.longitude, radiusM: 10, limit: 10, freshSinceMs: 0 })
  expect(near.map(({ driver }) => driver.fix.driverId)).toEqual(['a'] as DriverId[])
})
