import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { even } from './even.fixtures.ts'
import { distanceM, type LatLng } from './geo.ts'
import { gridCellAt, ringsReachM, visitRing } from './grid.ts'
import { beside, places } from './places.fixtures.ts'

const middles = places()

function cellsWithin(p: LatLng, k: number): Set<number> {
  const cells: number[] = []
  for (let ring = 0; ring <= k; ring++) visitRing(p, ring, cell => cells.push(cell))
  const distinct = new Set(cells)
  expect(distinct.size).toBe(cells.length)
  return distinct
}

test('rings begin with the cell of the point, and visit no cell twice', () => {
  fc.assert(
    fc.property(middles, p => {
      expect([...cellsWithin(p, 0)]).toEqual([gridCellAt(p)])
      expect(cellsWithin(p, 9).has(gridCellAt(p))).toBe(true)
    }),
  )
})

test('away from the poles so many rings are a square of cells', () => {
  const city = { latitude: 37.7749, longitude: -122.4194 }
  expect(cellsWithin(city, 4).size).toBe(81)
  expect(cellsWithin({ latitude: 0, longitude: 180 }, 4).size).toBe(81)
})

test('what no ring has visited is out of their reach', () => {
  const offset = even(-1_500, 1_500)
  fc.assert(
    fc.property(middles, offset, offset, fc.integer({ min: 0, max: 7 }), (p, northM, eastM, k) => {
      const other = beside(p, northM, eastM)
      if (cellsWithin(p, k).has(gridCellAt(other))) return
      expect(distanceM(p, other)).toBeGreaterThanOrEqual(ringsReachM(p, k))
    }),
    { numRuns: 2_000 },
  )
})

test('rings reach on: in a city about as far as they are high', () => {
  const city = { latitude: 37.7749, longitude: -122.4194 }
  expect(ringsReachM(city, 0)).toBe(0)
  for (const k of [1, 2, 7, 40]) {
    expect(ringsReachM(city, k)).toBeGreaterThan(k * 150)
    expect(ringsReachM(city, k)).toBeLessThanOrEqual(k * 153)
  }
})
