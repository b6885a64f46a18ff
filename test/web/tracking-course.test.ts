/** Where the tracking page draws the courier: on its way between two positions, never ahead of them. */
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { distanceM } from '../../src/domain/geo.ts'
import { type Course, drawnAt, extendCourse, isMoving } from '../../src/web/tracking/course.ts'
import type { Fix, Point } from '../../src/web/tracking/tracked.ts'

const AT_MS = Date.parse('2026-03-01T12:00:00Z')
/** About eleven metres northwards. */
const STEP = 0.0001

function fix(step: number, recordedAtMs: number, heading: number | null = null, driverId = 'drv_1'): Fix {
  return { driverId, latitude: 37.77 + step * STEP, longitude: -122.42, heading, recordedAtMs, seenAtMs: recordedAtMs }
}

function steps({ latitude }: Point): number {
  return (latitude - 37.77) / STEP
}

function courseOf(...fixes: readonly Fix[]): Course {
  return fixes.reduce<Course | null>((course, each) => extendCourse(course, each, each.recordedAtMs), null) as Course
}

test('the way between two positions takes as long as the second took to come, and ends there', () => {
  const course = courseOf(fix(0, AT_MS), fix(10, AT_MS + 4_000))
  expect(steps(drawnAt(course, AT_MS + 4_000))).toBeCloseTo(0)
  expect(steps(drawnAt(course, AT_MS + 5_000))).toBeCloseTo(2.5)
  expect(steps(drawnAt(course, AT_MS + 8_000))).toBeCloseTo(10)
  expect(steps(drawnAt(course, AT_MS + 60_000))).toBeCloseTo(10)
  expect([isMoving(course, AT_MS + 7_999), isMoving(course, AT_MS + 8_000)]).toEqual([true, false])
})

test('a clock that is set back draws nothing behind where it began', () => {
  const course = courseOf(fix(0, AT_MS), fix(10, AT_MS + 4_000))
  expect(steps(drawnAt(course, AT_MS - 60_000))).toBeCloseTo(0)
})

test('it looks where it goes; standing, where its phone says', () => {
  const course = courseOf(fix(0, AT_MS), fix(10, AT_MS + 4_000, 90))
  expect(drawnAt(course, AT_MS + 5_000).heading).toBeCloseTo(0)
  expect(drawnAt(course, AT_MS + 8_000).heading).toBe(90)
  expect(drawnAt(courseOf(fix(0, AT_MS)), AT_MS).heading).toBeNull()
})

test('a position that comes early is driven to from where the courier is drawn, without a jump', () => {
  const course = courseOf(fix(0, AT_MS), fix(10, AT_MS + 4_000))
  const later = extendCourse(course, fix(12, AT_MS + 6_000), AT_MS + 6_000)
  expect(steps(drawnAt(later, AT_MS + 6_000))).toBeCloseTo(5)
  expect(steps(drawnAt(later, AT_MS + 8_000))).toBeCloseTo(12)
})

test('a burst after a hole in the line is driven along, not cut across', () => {
  const corner: Fix = { ...fix(10, AT_MS + 2_000) }
  const end: Fix = { ...fix(10, AT_MS + 4_000), longitude: -122.419 }
  const burst = AT_MS + 60_000
  const course = [corner, end].reduce((known, each) => extendCourse(known, each, burst), courseOf(fix(0, AT_MS)))
  const nearest = Math.min(...Array.from({ length: 41 }, (_, i) => distanceM(drawnAt(course, burst + i * 50), corner)))
  expect(nearest).toBeLessThan(5)
  expect(distanceM(drawnAt(course, burst + 2_000), end)).toBeLessThan(1)
})

test('a jump is drawn as one, and another driver begins where it is', () => {
  const far = extendCourse(courseOf(fix(0, AT_MS)), fix(1_000, AT_MS + 4_000), AT_MS + 4_000)
  expect(steps(drawnAt(far, AT_MS + 4_000))).toBeCloseTo(1_000)
  const other = extendCourse(courseOf(fix(0, AT_MS)), fix(20, AT_MS - 1, null, 'drv_2'), AT_MS)
  expect(steps(drawnAt(other, AT_MS))).toBeCloseTo(20)
})

test('a position that is older than the last, or the same again, changes nothing', () => {
  const course = courseOf(fix(0, AT_MS), fix(10, AT_MS + 4_000))
  expect(extendCourse(course, fix(3, AT_MS + 2_000), AT_MS + 5_000)).toBe(course)
  expect(extendCourse(course, fix(10, AT_MS + 4_000), AT_MS + 5_000)).toBe(course)
})

test('whatever comes when, it is never drawn ahead of the newest position, and is there in ten seconds', () => {
  const moves = fc.array(
    fc.record({ step: fc.integer({ min: 0, max: 30 }), ms: fc.integer({ min: 1, max: 30_000 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  fc.assert(
    fc.property(moves, list => {
      let [course, at, nowMs] = [courseOf(fix(0, AT_MS)), 0, AT_MS]
      for (const { step, ms } of list) {
        at += step
        nowMs += ms
        course = extendCourse(course, fix(at, nowMs), nowMs)
        for (const afterMs of [0, ms / 2, ms, 10_000]) {
          expect(steps(drawnAt(course, nowMs + afterMs))).toBeLessThanOrEqual(at + 0.001)
        }
        expect(steps(drawnAt(course, nowMs + 10_000))).toBeCloseTo(at, 3)
      }
    }),
    { numRuns: 200 },
  )
})
