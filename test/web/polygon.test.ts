import { expect, test } from 'bun:test'
import { readGeometry } from '../../src/domain/zones/geometry.ts'
import {
  CORNERS_MAX,
  type Corner,
  closed,
  drawnFrom,
  middles,
  movedCorner,
  NOTHING_DRAWN,
  nearestWithin,
  ringOf,
  withCorner,
  withoutCorner,
} from '../../src/web/map/polygon.ts'

const A: Corner = [13.4, 52.5]
const B: Corner = [13.5, 52.5]
const C: Corner = [13.5, 52.6]
const D: Corner = [13.4, 52.6]
const open = [A, B, C, D].reduce((drawn, corner) => withCorner(drawn, corner), NOTHING_DRAWN)

test('corners that are clicked one after the other make a ring that the API takes', () => {
  const square = closed(open)
  expect(square.isClosed).toBe(true)
  expect(readGeometry({ type: 'Polygon', coordinates: [ringOf(square)] }).kind).toBe('area')
  expect(drawnFrom(ringOf(square))).toEqual(square)
})

test('two corners are no shape, and cannot be closed', () => {
  const two = withCorner(withCorner(NOTHING_DRAWN, A), B)
  expect(closed(two).isClosed).toBe(false)
})

test('a closed shape that is left with two corners is open again', () => {
  const triangle = closed(withoutCorner(open, 3))
  expect(withoutCorner(triangle, 0)).toEqual({ corners: [B, C], isClosed: false })
  expect(withoutCorner(closed(open), 0).isClosed).toBe(true)
})

test('a corner that is taken out of an edge stands between its ends, and is moved from there', () => {
  const square = closed(open)
  expect(middles(square)[3]).toEqual([13.4, 52.55])
  const five = withCorner(square, middles(square)[3] ?? A, 4)
  expect(movedCorner(five, 4, [13.3, 52.55]).corners).toEqual([A, B, C, D, [13.3, 52.55]])
})

test('an open shape has no middles: there is no edge to its beginning yet', () => {
  expect(middles(open)).toEqual([])
})

test('there are never more corners than the API takes positions', () => {
  let drawn = NOTHING_DRAWN
  for (let i = 0; i < CORNERS_MAX + 10; i++) drawn = withCorner(drawn, [i / 100, 0])
  expect(ringOf(drawn)).toHaveLength(CORNERS_MAX + 1)
})

test('the nearest corner is gripped, and none that is too far away', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
  ]
  expect(nearestWithin(points, { x: 7, y: 1 }, 12)).toBe(1)
  expect(nearestWithin(points, { x: 30, y: 0 }, 12)).toBeNull()
})
