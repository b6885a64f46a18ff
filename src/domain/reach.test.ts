import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { travelTimeS } from './eta.ts'
import { cellAt, centreOf, disk, MATCHING_RES } from './h3.ts'
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
  const place = fc.record({
    latitude: fc.double({ min: -70, max: 70, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  })
  const share = fc.double({ min: 0, max: 0.97, noNaN: true })
  fc.assert(
    fc.property(place, share, fc.double({ min: 0, max: 6.28, noNaN: true }), (at, part, angle) => {
      const degrees = (part * reachM(REACH_S)) / 111_195.08
      const order = {
        latitude: at.latitude + degrees * Math.cos(angle),
        longitude: at.longitude + (degrees * Math.sin(angle)) / Math.cos((at.latitude * Math.PI) / 180),
      }
      expect(matchingCellsNear(at, REACH_S)).toContain(cellAt(order, MATCHING_RES))
    }),
    { numRuns: 1_000 },
  )
})

test('whoever may drive for a day is still shared with its neighbours only', () => {
  const day = matchingCellsNear(CITY, 86_400)
  const neighbours = new Set(disk(cellAt(CITY, MATCHING_RES), 1))
  expect(day.every(cell => neighbours.has(cell))).toBe(true)
})
