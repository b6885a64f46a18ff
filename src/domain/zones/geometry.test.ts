import { describe, expect, test } from 'bun:test'
import { AREA_MAX_M2, POLYGONS_MAX, readGeometry, VERTICES_MAX } from './geometry.ts'
import { areaM2, shapeOf } from './shape.ts'
import { ringAround } from './zones.fixtures.ts'

const BERLIN = { latitude: 52.52, longitude: 13.4 }
const SQUARE = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
  [0, 0],
]
const polygon = (...rings: unknown[]) => ({ type: 'Polygon', coordinates: rings })
const faultsOf = (geometry: unknown) => {
  const read = readGeometry(geometry)
  return read.kind === 'faults' ? read.faults.map(({ path }) => path) : []
}
const small = (x: number, y: number, size: number) => SQUARE.map(([a = 0, b = 0]) => [x + a * size, y + b * size])

describe('what is read', () => {
  test('a polygon, and the same wound the other way, are the same area', () => {
    const [one, other] = [readGeometry(polygon(SQUARE)), readGeometry(polygon([...SQUARE].reverse()))]
    expect(one.kind).toBe('area')
    if (one.kind !== 'area' || other.kind !== 'area') return
    expect(areaM2(shapeOf(other.area))).toBe(areaM2(shapeOf(one.area)))
  })

  test('a hole counts against the area, whichever way it runs', () => {
    for (const hole of [small(0.2, 0.2, 0.5), [...small(0.2, 0.2, 0.5)].reverse()]) {
      const read = readGeometry(polygon(SQUARE, hole))
      if (read.kind !== 'area') throw new Error('refused')
      expect(areaM2(shapeOf(read.area)) / areaM2(shapeOf([[read.area[0]?.[0] ?? []]]))).toBeCloseTo(0.75, 3)
    }
  })

  test('altitudes and a position given twice are left out', () => {
    const read = readGeometry(
      polygon([
        [0, 0, 12],
        [0, 0],
        [1, 0, 0],
        [1, 1],
        [0, 1],
        [0, 0],
      ]),
    )
    expect(read).toEqual({ kind: 'area', area: [[SQUARE]] } as never)
  })

  test('parts on either side of the 180th meridian', () => {
    const geometry = { type: 'MultiPolygon', coordinates: [[small(179, 0, 1)], [small(-180, 0, 1)]] }
    expect(readGeometry(geometry).kind).toBe('area')
  })
})

describe('what is refused, by the place where it is wrong', () => {
  test.each<[string, unknown, string]>([
    ['nothing', null, '/type'],
    ['another kind', { type: 'Point', coordinates: [0, 0] }, '/type'],
    ['no rings', polygon(), '/coordinates'],
    ['rings that are none', { type: 'Polygon', coordinates: 'x' }, '/coordinates'],
    [
      'too few positions',
      polygon([
        [0, 0],
        [1, 1],
        [0, 0],
      ]),
      '/coordinates/0',
    ],
    ['a ring that is open', polygon(SQUARE.slice(0, 4)), '/coordinates/0'],
    [
      'positions all the same',
      polygon([
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
      '/coordinates/0',
    ],
    [
      'a position of text',
      polygon([
        [0, 0],
        ['1', 0],
        [1, 1],
        [0, 0],
      ]),
      '/coordinates/0/1',
    ],
    ['a position of one number', polygon([[0, 0], [1], [1, 1], [0, 0]]), '/coordinates/0/1'],
    [
      'latitude and longitude in the wrong order',
      polygon([
        [52, 13],
        [52, 120],
        [53, 120],
        [52, 13],
      ]),
      '/coordinates/0/1',
    ],
    [
      'a longitude beyond 180',
      polygon([
        [179, 0],
        [181, 0],
        [181, 1],
        [179, 1],
        [179, 0],
      ]),
      '/coordinates/0/1',
    ],
    [
      'an edge across the 180th meridian',
      polygon([
        [179, 0],
        [-179, 0],
        [-179, 1],
        [179, 1],
        [179, 0],
      ]),
      '/coordinates/0/1',
    ],
    [
      'a bow tie',
      polygon([
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
        [0, 0],
      ]),
      '/coordinates/0/0',
    ],
    [
      'a spike',
      polygon([
        [0, 0],
        [1, 0],
        [2, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ]),
      '/coordinates/0/0',
    ],
    [
      'a ring that touches itself',
      polygon([
        [0, 0],
        [2, 0],
        [2, 2],
        [1, 0],
        [0, 2],
        [0, 0],
      ]),
      '/coordinates/0/0',
    ],
    ['a hole outside', polygon(SQUARE, small(5, 5, 0.1)), '/coordinates/1'],
    ['a hole across the outer ring', polygon(SQUARE, small(0.9, 0.4, 0.3)), '/coordinates/0/1'],
    ['a hole in a hole', polygon(SQUARE, small(0.1, 0.1, 0.8), small(0.3, 0.3, 0.2)), '/coordinates/2'],
    ['next to nothing', polygon(small(0, 0, 0.00001)), '/coordinates'],
    ['half the world', polygon(small(-20, -20, 40)), '/coordinates'],
    ['too many positions', polygon(ringAround(BERLIN, 5_000, VERTICES_MAX)), '/coordinates/0'],
    [
      'too many polygons',
      { type: 'MultiPolygon', coordinates: Array(POLYGONS_MAX + 1).fill([SQUARE]) },
      '/coordinates',
    ],
    ['a broken part', { type: 'MultiPolygon', coordinates: [[SQUARE], [SQUARE.slice(1)]] }, '/coordinates/1/0'],
  ])('%s', (_, geometry, path) => {
    expect(faultsOf(geometry)).toContain(path)
  })

  test('what is across the 180th meridian is told how to be drawn', () => {
    const read = readGeometry(
      polygon([
        [179, 0],
        [-179, 0],
        [-179, 1],
        [179, 0],
      ]),
    )
    expect(read.kind === 'faults' && read.faults[0]?.message).toContain('MultiPolygon')
  })

  test('as many positions as may be, in a shape that is hard to look at, in well under a second', () => {
    // A comb: every tooth lies beside all others.
    const teeth = Array.from({ length: (VERTICES_MAX - 4) / 2 }, (_, i) => [i % 2 === 0 ? 1 : 0.1, i * 0.0001])
    const ring = [[0, 0], ...teeth, [0, 0.1], [0, 0]]
    const from = performance.now()
    expect(readGeometry(polygon(ring)).kind).toBe('area')
    expect(performance.now() - from).toBeLessThan(500)
    expect(AREA_MAX_M2).toBeGreaterThan(1e12)
  })
})
