import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { travelTimeS } from './eta.ts'
import { even } from './even.fixtures.ts'
import { boundaryOf, cellAt, centreOf, disk, MATCHING_RES } from './h3.ts'
import { away, bearings, places } from './places.fixtures.ts'
import { matchingCellsNear, reachM } from './reach.ts'

const REACH_S = 1_200
const CITY = { latitude: 37.7749, longitude: -122.4194 }

test('in the middle of a matching cell there is one, the own', () => {
  const cell = cellAt(CITY, MATCHING_RES)
  expect(matchingCellsNear(centreOf(cell), REACH_S)).toEqual([cell])
})

test('reach is the way of that time', () => {
  const north = { ...CITY, latitude: CITY.latitude + reachM(REACH_S) / 111_195.08 }
  expect(travelTimeS(CITY, north)).toBeCloseTo(REACH_S, 3)
})

test('an order within reach lies in one of the cells, but for a sliver at its edge', () => {
  fc.assert(
    fc.property(places({ latitudeMax: 80 }), even(0, 0.97), bearings, (at, part, bearing) => {
      const order = away(at, bearing, part * reachM(REACH_S))
      expect(matchingCellsNear(at, REACH_S)).toContain(cellAt(order, MATCHING_RES))
    }),
    { numRuns: 5_000 },
  )
})

test('what lies behind a corner of a cell is seen, wherever the corner points', () => {
  fc.assert(
    fc.property(places({ latitudeMax: 79 }), fc.nat(), even(0.85, 0.965), bearings, (somewhere, n, part, bearing) => {
      const corners = boundaryOf(cellAt(somewhere, MATCHING_RES))
      const corner = corners[n % corners.length] ?? somewhere
      const at = away(corner, bearing, part * reachM(REACH_S))
      const order = away(corner, bearing + Math.PI, 10)
      expect(matchingCellsNear(at, REACH_S)).toContain(cellAt(order, MATCHING_RES))
    }),
    { numRuns: 2_000 },
  )
})

test('whoever may drive for a day is still shared with its neighbours only', () => {
  const day = matchingCellsNear(CITY, 86_400)
  const neighbours = new Set(disk(cellAt(CITY, MATCHING_RES), 1))
  expect(day.every(cell => neighbours.has(cell))).toBe(true)
})
