import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { even } from './even.fixtures.ts'
import type { LatLng } from './geo.ts'
import { cellAt, centreOf, disk, REGION_RES } from './h3.ts'
import type { CellId } from './ids.ts'
import { away, bearings, beside, between, places } from './places.fixtures.ts'
import { regionOf, settledRegion, shardOf, shardOfPosition } from './region.ts'

const SHARDS = 256
const FERRY_BUILDING = { latitude: 37.7955, longitude: -122.3937 }

const anywhere = places()

/** Chi-square per degree of freedom: 1 for a random function, far above where shards are uneven. */
function unevenness(keys: readonly string[]): number {
  const counts = new Array<number>(SHARDS).fill(0)
  for (const key of keys) {
    const shard = shardOf(key, SHARDS)
    counts[shard] = (counts[shard] ?? 0) + 1
  }
  const mean = keys.length / SHARDS
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0) / (SHARDS - 1)
}

/** The border point on the way from one centre to another, by bisection. */
function borderBetween(home: CellId, other: CellId): LatLng {
  const from = centreOf(home)
  const to = centreOf(other)
  let low = 0
  let high = 1
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (regionOf(between(from, to, middle)) === home) low = middle
    else high = middle
  }
  return between(from, to, low)
}

describe('shards', () => {
  test('the regions of a city, of a continent and plain ids spread evenly', () => {
    const city = disk(cellAt(FERRY_BUILDING, REGION_RES), 40)
    const continent: string[] = []
    for (let i = 0; i < 20_000; i++) {
      continent.push(regionOf({ latitude: 30 + (i % 200) * 0.09, longitude: -120 + Math.floor(i / 200) * 0.4 }))
    }
    const drivers = Array.from({ length: 20_000 }, (_, i) => `drv_${i}`)

    for (const keys of [city, [...new Set(continent)], drivers]) {
      expect(unevenness(keys)).toBeLessThan(1.35)
      expect(unevenness(keys)).toBeGreaterThan(0.65)
    }
  })

  test('a shard never changes between versions, because order ids carry it', () => {
    const shards = ['', '872830828ffffff', '872830829ffffff', 'drv_1'].map(key => shardOf(key, SHARDS))
    expect(shards.map(Number)).toEqual([11, 67, 21, 58])
  })

  test('a position lives on the shard of its region, within the range', () => {
    fc.assert(
      fc.property(anywhere, fc.integer({ min: 1, max: 1024 }), (p, shards) => {
        const shard = shardOfPosition(p, shards)
        expect(shard).toBe(shardOf(regionOf(p), shards))
        expect(shard >= 0 && shard < shards && Number.isInteger(shard)).toBe(true)
      }),
    )
  })
})

describe('moving between regions', () => {
  test('a vehicle at home stays, one at the centre of another region moves', () => {
    fc.assert(
      fc.property(anywhere, p => {
        const home = regionOf(p)
        expect(settledRegion(p, home)).toBeNull()
        for (const other of disk(home, 1)) {
          if (other !== home) expect(settledRegion(centreOf(other), home)).toBe(other)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('a vehicle that jitters on the border of its region never moves', () => {
    const jitter = fc.array(
      fc.record({ north: fc.integer({ min: -90, max: 90 }), east: fc.integer({ min: -90, max: 90 }) }),
    )
    fc.assert(
      fc.property(anywhere, fc.nat(5), jitter, (p, side, fixes) => {
        const home = regionOf(p)
        const neighbours = disk(home, 1).filter(cell => cell !== home)
        const other = neighbours[side % neighbours.length] ?? home
        const border = borderBetween(home, other)
        for (const { north, east } of fixes) {
          const fix = beside(border, north, east)
          expect(settledRegion(fix, home)).toBeNull()
          expect(settledRegion(fix, other)).toBeNull()
        }
      }),
      { numRuns: 100 },
    )
  })

  test('what is taken to stay without being looked up is well inside no other region', () => {
    const step = even(-1_600, 1_600)
    fc.assert(
      fc.property(anywhere, step, step, (somewhere, north, east) => {
        const home = regionOf(somewhere)
        const p = beside(centreOf(home), north, east)
        const region = regionOf(p)
        const pushed = between(centreOf(region), p, 1.25)
        if (region !== home && regionOf(pushed) === region) expect(settledRegion(p, home)).toBe(region)
      }),
      { numRuns: 20_000 },
    )
  })

  test('a vehicle with a home far away moves once, then jitters without a move', () => {
    const home = regionOf({ latitude: 34.05, longitude: -118.24 })
    const here = regionOf(FERRY_BUILDING)
    const border = borderBetween(here, disk(here, 1).find(cell => cell !== here) ?? here)
    const moved = settledRegion(border, home)

    expect(moved).toBe(regionOf(border))
    for (let i = -90; i <= 90; i += 10) {
      const fix = { latitude: border.latitude + i / 111_195, longitude: border.longitude - i / 111_195 }
      expect(settledRegion(fix, moved ?? home)).toBeNull()
    }
  })

  test('a vehicle that has moved into a neighbour stays there while it is within 150 m', () => {
    fc.assert(
      fc.property(anywhere, fc.nat(5), bearings, (p, side, bearing) => {
        const region = regionOf(p)
        const moved = settledRegion(p, disk(region, 1).filter(cell => cell !== region)[side] ?? region)
        fc.pre(moved !== null)
        const near = away(p, bearing, 150)
        expect(settledRegion(near, region)).toBeNull()
        expect(regionOf(near)).toBe(region)
      }),
    )
  })
})
