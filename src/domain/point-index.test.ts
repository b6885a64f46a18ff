import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { distanceM, type LatLng } from './geo.ts'
import { centreOf, parseCell } from './h3.ts'
import { beside, places } from './places.fixtures.ts'
import { PointMap } from './point-index.fixtures.ts'

/** Points within some kilometres of a middle, many of them at the same place. */
function around(middle: LatLng, spreadM: number): fc.Arbitrary<LatLng> {
  return fc
    .record({ north: fc.integer({ min: -40, max: 40 }), east: fc.integer({ min: -40, max: 40 }) })
    .map(({ north, east }) => beside(middle, (north / 40) * spreadM, (east / 40) * spreadM))
}

function bruteForce(
  points: ReadonlyMap<string, LatLng>,
  p: LatLng,
  limit: number,
  radiusM: number,
  accept: (key: string) => boolean,
) {
  return [...points]
    .map(([key, position]) => ({ key, distanceM: distanceM(p, position) }))
    .filter(found => found.distanceM <= radiusM && accept(found.key))
    .sort((a, b) => a.distanceM - b.distanceM || (a.key < b.key ? -1 : 1))
    .slice(0, limit)
}

const pentagon = parseCell('89080000003ffff')
const MIDDLES: Record<string, LatLng> = {
  'in San Francisco': { latitude: 37.7749, longitude: -122.4194 },
  'across the antimeridian': { latitude: -16.8, longitude: 179.99 },
  'at latitude 89': { latitude: 89, longitude: 12 },
  'at the pole': { latitude: 89.999, longitude: 0 },
  'around a pentagon': pentagon === null ? { latitude: 0, longitude: 0 } : centreOf(pentagon),
}

describe('the nearest', () => {
  for (const [where, middle] of Object.entries(MIDDLES)) {
    test(`${where} are those of a search through all`, () => {
      const spreads = fc.constantFrom(150, 1_500, 6_000)
      const cases = spreads.chain(spreadM =>
        fc.record({
          points: fc.array(around(middle, spreadM), { minLength: 1, maxLength: 150 }),
          from: around(middle, spreadM),
          limit: fc.integer({ min: 1, max: 12 }),
          radiusM: fc.constantFrom(0, 90, 400, 2_000, 20_000, 30_000_000),
          every: fc.integer({ min: 1, max: 3 }),
        }),
      )
      fc.assert(
        fc.property(cases, ({ points, from, limit, radiusM, every }) => {
          const index = new PointMap<string>()
          const all = new Map(points.map((p, i) => [`drv_${i}`, p]))
          for (const [key, p] of all) index.set(key, p)
          const accept = (key: string) => Number(key.slice(4)) % every === 0

          expect(index.nearest(from, { limit, radiusM, accept })).toEqual(bruteForce(all, from, limit, radiusM, accept))
        }),
        { numRuns: 150 },
      )
    })
  }

  for (const [where, middle] of Object.entries(MIDDLES)) {
    test(`${where} are found by rings too, where many cells are occupied and few keys are acceptable`, () => {
      const index = new PointMap<string>()
      const all = new Map<string, LatLng>()
      for (let i = 0; i < 6_400; i++) {
        all.set(`drv_${i}`, beside(middle, (Math.floor(i / 80) - 40) * 145, ((i % 80) - 40) * 145))
      }
      for (const [key, p] of all) index.set(key, p)
      const query = fc.record({
        limit: fc.integer({ min: 1, max: 4 }),
        radiusM: fc.constantFrom(300, 800, 1_500, 3_000),
        every: fc.constantFrom(1, 17, 97, 397),
      })
      fc.assert(
        fc.property(around(middle, 1_000), query, (from, { limit, radiusM, every }) => {
          const accept = (key: string) => Number(key.slice(4)) % every === 0
          const found = index.nearest(from, { limit, radiusM, accept })
          expect(found).toEqual(bruteForce(all, from, limit, radiusM, accept))
        }),
        { numRuns: 60 },
      )
    })
  }

  test('far apart over the globe are found as well', () => {
    const anywhere = places()
    fc.assert(
      fc.property(fc.array(anywhere, { maxLength: 60 }), anywhere, (points, from) => {
        const index = new PointMap<string>()
        const all = new Map(points.map((p, i) => [`drv_${i}`, p]))
        for (const [key, p] of all) index.set(key, p)
        const expected = bruteForce(all, from, 5, 5_000_000, () => true)
        expect(index.nearest(from, { limit: 5, radiusM: 5_000_000 })).toEqual(expected)
      }),
    )
  })

  test('are found where nearly nobody is acceptable, however many are near', () => {
    const index = new PointMap<string>()
    const all = new Map<string, LatLng>()
    for (let i = 0; i < 20_000; i++) {
      const [north, east] = [(i * 7_919) % 401, (i * 104_729) % 397]
      all.set(`drv_${i}`, { latitude: 37.6 + north * 0.001, longitude: -122.6 + east * 0.001 })
    }
    for (const [key, p] of all) index.set(key, p)
    const accept = (key: string) => Number(key.slice(4)) % 6_007 === 5
    const from = { latitude: 37.7749, longitude: -122.4194 }
    for (const radiusM of [900, 9_000, 90_000]) {
      const found = index.nearest(from, { limit: 3, radiusM, accept })
      expect(found).toEqual(bruteForce(all, from, 3, radiusM, accept))
    }
  })

  test('are none for no limit, no radius or no keys', () => {
    const index = new PointMap<string>()
    const p = { latitude: 1, longitude: 2 }
    expect(index.nearest(p, { limit: 5, radiusM: 1_000 })).toEqual([])
    index.set('drv_1', p)
    expect(index.nearest(p, { limit: 0, radiusM: 1_000 })).toEqual([])
    expect(index.nearest(p, { limit: 5, radiusM: -1 })).toEqual([])
    expect(index.nearest(p, { limit: 5, radiusM: Number.NaN })).toEqual([])
    expect(index.nearest(p, { limit: 5, radiusM: 0 })).toEqual([{ key: 'drv_1', distanceM: 0 }])
  })
})

describe('the map', () => {
  test('holds what was set last, and finds it only there', () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
    const steps = fc.array(
      fc.record({ key: keys, to: fc.option(around({ latitude: 37.7, longitude: -122.4 }, 120)) }),
      { minLength: 20, maxLength: 80 },
    )
    fc.assert(
      fc.property(steps, moves => {
        const index = new PointMap<string>()
        const model = new Map<string, LatLng>()
        for (const { key, to } of moves) {
          if (to === null) {
            expect(index.delete(key)).toBe(model.delete(key))
          } else {
            index.set(key, to)
            model.set(key, to)
          }
          expect(index.size).toBe(model.size)
          expect(index.get(key)).toEqual(model.get(key) ?? null)
        }
        const p = { latitude: 37.7, longitude: -122.4 }
        const expected = bruteForce(model, p, 10, 3_000, () => true)
        expect(index.nearest(p, { limit: 10, radiusM: 3_000 })).toEqual(expected)
        // A radius of nothing reads one bucket: each place that was ever named holds exactly who is there now.
        for (const { to } of moves) {
          if (to === null) continue
          const here = bruteForce(model, to, 10, 0, () => true)
          expect(index.nearest(to, { limit: 10, radiusM: 0 })).toEqual(here)
        }
      }),
      { numRuns: 300 },
    )
  })
})
