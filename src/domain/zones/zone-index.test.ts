import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { even } from '../even.fixtures.ts'
import type { LatLng } from '../geo.ts'
import type { ZoneId } from '../ids.ts'
import { beside, places } from '../places.fixtures.ts'
import { coverOf } from './cover.ts'
import { LATITUDE_MAX, readGeometry } from './geometry.ts'
import { contains, shapeOf } from './shape.ts'
import type { MultiPolygon, Zone } from './zone.ts'
import { type Surroundings, ZoneIndex, zonesAt } from './zone-index.ts'
import { disc, geofence, moved, ringAround } from './zones.fixtures.ts'

/** From a doorstep to a country. */
const radii = even(Math.log(30), Math.log(400_000)).map(Math.exp)
const within = (radiusM: number) =>
  fc.record({
    northM: even(-1.3 * radiusM, 1.3 * radiusM),
    eastM: even(-1.3 * radiusM, 1.3 * radiusM),
  })

function starOf(middle: LatLng, radiusM: number, corners: number): MultiPolygon {
  const [outer, inner] = [ringAround(middle, radiusM, corners), ringAround(middle, radiusM * 0.4, corners)]
  const ring = outer.slice(0, -1).flatMap((corner, i) => [corner, inner[i] ?? corner])
  return [[[...ring, ring[0] ?? [0, 0]]]]
}

/** On Earth, and not across the 180th meridian. */
const isDrawable = (area: MultiPolygon) =>
  area.every(polygon =>
    polygon.every(ring => ring.every(([x, y]) => Math.abs(x) <= 180 && Math.abs(y) <= LATITUDE_MAX)),
  )

describe('the index says what the areas say', () => {
  test('wherever a zone is, however large, for whatever point', () => {
    const cases = fc
      .record({
        middle: places({ latitudeMax: LATITUDE_MAX }),
        radiusM: radii,
        corners: fc.integer({ min: 3, max: 12 }),
        isStar: fc.boolean(),
      })
      .chain(zone => fc.tuple(fc.constant(zone), fc.array(within(zone.radiusM), { minLength: 40, maxLength: 40 })))
    fc.assert(
      fc.property(cases, ([{ middle, radiusM, corners, isStar }, offsets]) => {
        const area = isStar ? starOf(middle, radiusM, corners) : disc(middle, radiusM, corners)
        fc.pre(isDrawable(area))
        const index = new ZoneIndex()
        index.put(geofence('one', area))
        const shape = shapeOf(area)
        for (const { northM, eastM } of offsets) {
          const point = beside(middle, northM, eastM)
          expect([point, index.at(point).length]).toEqual([point, contains(shape, point) ? 1 : 0])
        }
      }),
      { numRuns: 150 },
    )
  })

  test('of many that overlap, some with holes, all and no others are found', () => {
    const city = { latitude: 37.76, longitude: -122.43 }
    const random = lcg(7)
    const zones = Array.from({ length: 300 }, (_, i): Zone => {
      const middle = moved(city, (random() - 0.5) * 9_000, (random() - 0.5) * 9_000)
      const radiusM = 60 + random() ** 3 * 4_000
      const area = disc(middle, radiusM)
      const hole = [...ringAround(middle, radiusM / 2)].reverse()
      return geofence(`zon_${i}`, i % 3 === 0 ? [[...(area[0] ?? []), hole]] : area)
    })
    const index = new ZoneIndex()
    for (const zone of zones) index.put(zone)
    const shapes = zones.map(zone => ({ zoneId: zone.zoneId, shape: shapeOf(zone.area) }))
    let before: Surroundings | null = null
    let point = city
    for (let i = 0; i < 4_000; i++) {
      point =
        i % 50 === 0 ? moved(city, (random() - 0.5) * 9_000, (random() - 0.5) * 9_000) : moved(point, 30 * random(), 25)
      before = index.around(point, before)
      const found = zonesAt(before, point).map(zone => zone.zoneId)
      const expected = shapes.filter(({ shape }) => contains(shape, point)).map(({ zoneId }) => zoneId)
      expect(found.sort()).toEqual(expected.sort())
    }
  })

  test('on both sides of the 180th meridian, close to it', () => {
    const geometry = {
      type: 'MultiPolygon',
      coordinates: [
        [
          [
            [179.9, -17],
            [180, -17],
            [180, -16.9],
            [179.9, -16.9],
            [179.9, -17],
          ],
        ],
        [
          [
            [-180, -17],
            [-179.9, -17],
            [-179.9, -16.9],
            [-180, -16.9],
            [-180, -17],
          ],
        ],
      ],
    }
    const read = readGeometry(geometry)
    if (read.kind !== 'area') throw new Error('refused')
    const index = new ZoneIndex()
    index.put(geofence('fiji', read.area))
    for (let i = 0; i < 200; i++) {
      const latitude = -16.95 + (i % 10) * 0.004
      for (const longitude of [179.9005 + i * 0.000497, -179.9005 - i * 0.000497]) {
        expect([longitude, index.at({ latitude, longitude }).length]).toEqual([longitude, 1])
      }
    }
    expect(index.at({ latitude: -16.95, longitude: 179.89 })).toEqual([])
  })
})

test('a country is covered by few cells, most of it by large ones', () => {
  const { inner, edge } = coverOf(shapeOf(disc({ latitude: 47, longitude: 2.5 }, 450_000, 200)))
  expect(inner.length).toBeGreaterThan(50)
  expect(inner.length + edge.length).toBeLessThan(5_000)
})

test('a zone that is drawn anew or away is no longer where it was', () => {
  const index = new ZoneIndex()
  const [here, there] = [
    { latitude: 52.5, longitude: 13.4 },
    { latitude: 52.6, longitude: 13.4 },
  ]
  index.put(geofence('zon_1', disc(here, 500)))
  const around = index.around(here, null)
  expect(zonesAt(around, here)).toHaveLength(1)
  index.put(geofence('zon_1', disc(there, 500), { version: 2 }))
  expect(zonesAt(index.around(here, around), here)).toEqual([])
  expect(index.at(there).map(zone => zone.version)).toEqual([2])
  index.remove('zon_1' as ZoneId)
  index.remove('zon_1' as ZoneId)
  expect([index.size, index.count('geofence'), index.at(there)]).toEqual([0, 0, []])
})

function lcg(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
