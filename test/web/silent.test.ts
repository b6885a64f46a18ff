/** Whose age is written on the map: those who are silent and in view, and no more than can be read. */
import { expect, test } from 'bun:test'
import { mercatorX, mercatorY } from '../../src/web/map/mercator.ts'
import { silentIn } from '../../src/web/map/silent.ts'
import { Vehicles } from '../../src/web/map/vehicles.ts'

const VIEW = { west: 13, east: 14, south: 52, north: 53 }

function fleetOf(...seen: readonly (readonly [longitude: number, ageS: number])[]): Vehicles {
  const vehicles = new Vehicles()
  const fixes = seen.flatMap(([longitude, ageS], i) => [
    i,
    mercatorX(longitude),
    mercatorY(52.5),
    -1,
    Date.now() - ageS * 1_000,
  ])
  const added = [...seen.map((_, i) => `drv_${i}`), 'drv_unseen']
  vehicles.take({ kind: 'batch', added, fixes: new Float64Array(fixes), statuses: new Float64Array() })
  return vehicles
}

test('a silent one in view is named with its age; one that speaks, one elsewhere and one never seen are not', () => {
  const found = silentIn(fleetOf([13.4, 90], [13.5, 2], [103.8, 90]), VIEW, 60)
  expect(found.map(({ driverId, ageMs }) => [driverId, Math.round(ageMs / 1_000)])).toEqual([['drv_0', 90]])
})

test('of a whole fleet that is silent so many are named as can be read', () => {
  const all = Array.from({ length: 1_000 }, (_, i) => [13.1 + i / 2_000, 90] as const)
  expect(silentIn(fleetOf(...all), VIEW, 60).length).toBe(40)
})
