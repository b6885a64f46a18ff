import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { distanceM, type LatLng } from './geo.ts'
import { gridCellAt, ringsReachM, visitRing } from './grid.ts'

const METRES_PER_DEGREE = 111_195

/** Where a grid can go wrong: at the poles, on the equator, where it ends and begins again, and in a city. */
const middles: fc.Arbitrary<LatLng> = fc.oneof(
  fc.record({
    latitude: fc.constantFrom(-90, -89.999, -89.9, -60, 0, 0.0000001, 37.7749, 80, 89.99, 90),
    longitude: fc.constantFrom(-180, -179.9999, -0.0001, 0, 122.4194, 179.9999, 180),
  }),
  fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  }),
)

function beside({ latitude, longitude }: LatLng, northM: number, eastM: number): LatLng {
  const stretch = 1 / Math.max(0.0001, Math.cos((latitude * Math.PI) / 180))
  const turned = longitude + (eastM / METRES_PER_DEGREE) * stretch
  return {
    latitude: Math.max(-90, Math.min(90, latitude + northM / METRES_PER_DEGREE)),
    longitude: ((((turned + 180) % 360) + 360) % 360) - 180,
  }
}

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
  const offset = fc.double({ min: -1_500, max: 1_500, noNaN: true })
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
