import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ZoneId } from '../ids.ts'
import {
  ACCURACY_MAX_M,
  FENCES_PER_DRIVER_MAX,
  type FenceFix,
  isTooVague,
  SETTLE_MS,
  step,
  type TrackedFence,
} from './fence-track.ts'
import { ZoneIndex } from './zone-index.ts'
import { disc, geofence, moved } from './zones.fixtures.ts'

const DEPOT = { latitude: 52.5, longitude: 13.4 }
const RADIUS_M = 200

function indexWith(...zones: ReturnType<typeof geofence>[]): ZoneIndex {
  const index = new ZoneIndex()
  for (const zone of zones) index.put(zone)
  return index
}

const depot = (dwellMs: number | null = null) => geofence('depot', disc(DEPOT, RADIUS_M, 72), { dwellMs })

/** Drives: so many metres east of the middle, at that second. */
function drive(index: ZoneIndex, way: readonly (readonly [eastM: number, atS: number, accuracy?: number])[]) {
  let inside: readonly TrackedFence[] = []
  const told: string[] = []
  for (const [eastM, atS, accuracy] of way) {
    const fix: FenceFix = { ...moved(DEPOT, 0, eastM), accuracy: accuracy ?? null, recordedAtMs: atS * 1_000 }
    const next = step(inside, fix, index.around(fix, null), id => index.get(id))
    inside = next.inside
    for (const { kind, zoneId } of next.crossings) told.push(`${atS} ${kind} ${zoneId}`)
  }
  return { inside, told }
}

describe('in and out', () => {
  test('the first fix inside enters, the first one well outside leaves', () => {
    const { told, inside } = drive(indexWith(depot()), [
      [-400, 0],
      [-150, 10],
      [0, 20],
      [150, 30],
      [400, 40],
    ])
    expect(told).toEqual(['10 entered depot', '40 left depot'])
    expect(inside).toEqual([])
  })

  test('jitter on the border is not told', () => {
    const way = Array.from({ length: 40 }, (_, i) => [RADIUS_M + (i % 2 === 0 ? -10 : 15), i] as const)
    expect(drive(indexWith(depot()), way).told).toEqual(['0 entered depot'])
  })

  test('who stays just outside has left after a while', () => {
    const way = Array.from({ length: 9 }, (_, i) => [RADIUS_M + 10, 10 + i * 10] as const)
    expect(drive(indexWith(depot()), [[0, 0], ...way]).told).toEqual(['0 entered depot', '70 left depot'])
    expect(SETTLE_MS).toBe(60_000)
  })

  test('a receiver that says it may be 80 m off leaves only farther outside', () => {
    const at = (accuracy: number) =>
      drive(indexWith(depot()), [
        [0, 0],
        [RADIUS_M + 60, 10, accuracy],
      ]).told
    expect(at(5)).toEqual(['0 entered depot', '10 left depot'])
    expect(at(80)).toEqual(['0 entered depot'])
    const vague = { ...DEPOT, recordedAtMs: 0 }
    expect([ACCURACY_MAX_M, ACCURACY_MAX_M + 1].map(accuracy => isTooVague({ ...vague, accuracy }))).toEqual([
      false,
      true,
    ])
  })

  test('a fence that is drawn away is left, and one drawn around a driver is entered', () => {
    const index = indexWith(depot())
    const fix = { ...DEPOT, accuracy: null, recordedAtMs: 1_000 }
    const { inside } = step([], fix, index.around(fix, null), id => index.get(id))
    index.remove('depot' as ZoneId)
    index.put(geofence('other', disc(DEPOT, 50)))
    const after = step(inside, { ...fix, recordedAtMs: 2_000 }, index.around(fix, null), id => index.get(id))
    expect(after.crossings).toMatchObject([
      { kind: 'left', zoneId: 'depot', zoneVersion: 0, sinceMs: 1_000, reason: 'zone_deleted' },
      { kind: 'entered', zoneId: 'other', zoneVersion: 1 },
    ])
  })

  test('who passes from one fence into another leaves and enters in one step', () => {
    const index = indexWith(depot(), geofence('next', disc(moved(DEPOT, 0, 1_000), RADIUS_M)))
    expect(
      drive(index, [
        [0, 0],
        [1_000, 60],
      ]).told,
    ).toEqual(['0 entered depot', '60 left depot', '60 entered next'])
  })

  test('areas of service and of prices are no fences', () => {
    const index = indexWith(geofence('town', disc(DEPOT, 5_000), { kind: 'service_area' }))
    expect(drive(index, [[0, 0]]).told).toEqual([])
  })
})

describe('staying', () => {
  test('told once, with the first fix that shows it', () => {
    const way = [0, 50, 100, 130, 200].map(atS => [0, atS] as const)
    expect(drive(indexWith(depot(120_000)), way).told).toEqual(['0 entered depot', '130 dwelled depot'])
  })

  test('a fix outside shows nothing', () => {
    const { told } = drive(indexWith(depot(100_000)), [
      [0, 0],
      [RADIUS_M + 10, 100],
      [0, 110],
    ])
    expect(told).toEqual(['0 entered depot', '110 dwelled depot'])
  })
})

test('a driver is kept in so many fences, and those beyond are counted', () => {
  const zones = Array.from({ length: FENCES_PER_DRIVER_MAX + 3 }, (_, i) => geofence(`zon_${i}`, disc(DEPOT, 100 + i)))
  const index = indexWith(...zones)
  const fix = { ...DEPOT, accuracy: null, recordedAtMs: 0 }
  const { inside, refused } = step([], fix, index.around(fix, null), id => index.get(id))
  expect([inside.length, refused.length]).toEqual([FENCES_PER_DRIVER_MAX, 3])
})

test('wherever somebody drives, each fence is entered and left in turn, and what is kept is what was told', () => {
  const zones = Array.from({ length: 12 }, (_, i) =>
    geofence(`zon_${i}`, disc(moved(DEPOT, (i % 4) * 300 - 450, Math.floor(i / 4) * 300 - 300), 180), {
      dwellMs: 20_000,
    }),
  )
  const index = indexWith(...zones)
  const metres = fc.integer({ min: -900, max: 900 })
  const way = fc.array(
    fc.tuple(metres, metres, fc.integer({ min: 1, max: 40 }), fc.option(fc.integer({ min: 1, max: 300 }))),
  )
  fc.assert(
    fc.property(way, fixes => {
      let inside: readonly TrackedFence[] = []
      const known = new Set<string>()
      let atMs = 0
      for (const [northM, eastM, waitS, accuracy] of fixes) {
        atMs += waitS * 1_000
        const fix = { ...moved(DEPOT, northM, eastM), accuracy, recordedAtMs: atMs }
        const next = step(inside, fix, index.around(fix, null), id => index.get(id))
        for (const { kind, zoneId } of next.crossings) {
          expect(known.has(zoneId)).toBe(kind !== 'entered')
          if (kind === 'entered') known.add(zoneId)
          if (kind === 'left') known.delete(zoneId)
        }
        inside = next.inside
        expect(inside.map(fence => fence.zoneId).sort()).toEqual([...known].sort() as never)
      }
    }),
  )
})
