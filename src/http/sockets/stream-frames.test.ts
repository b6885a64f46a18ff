import { expect, test } from 'bun:test'
import type { DriverId } from '../../domain/ids.ts'
import { pointsIn, readLocation, readLocations } from './stream-frames.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const OWN = 'drv_own' as DriverId

test('on a driver’s own connection rows need not name it', () => {
  const { fixes, errors } = readLocation({ type: 'location', seq: 1, ...HERE, battery: 5 }, OWN)

  expect(errors).toEqual([])
  expect(fixes).toEqual([
    { driverId: OWN, fix: { ...HERE, speed: null, heading: null, accuracy: null, recordedAtMs: null, orderId: null } },
  ])
})

test('an all-digit id is a driver’s id as long as it is a text', () => {
  expect(readLocation({ ...HERE, driver_id: '12345' }, null).fixes[0]?.driverId).toBe('12345' as DriverId)
  expect(readLocation({ ...HERE, driver_id: 12345 }, null).errors.map(e => e.path)).toEqual(['/driver_id'])
})

test('times are texts with an offset, or whole milliseconds', () => {
  const at = (recorded_at: unknown) => readLocation({ ...HERE, recorded_at }, OWN)

  expect(at('2026-01-31T12:00:00Z').fixes[0]?.fix.recordedAtMs).toBe(Date.UTC(2026, 0, 31, 12))
  expect(at(1_770_000_000_123).fixes[0]?.fix.recordedAtMs).toBe(1_770_000_000_123)
  expect(at(1.5).errors.map(e => e.path)).toEqual(['/recorded_at'])
  expect(at(Number.NaN).errors.map(e => e.path)).toEqual(['/recorded_at'])
})

test('bad rows are named by place and field, and the good ones go in', () => {
  const points = [
    { driver_id: 'a', ...HERE },
    { driver_id: 'b', latitude: 91, longitude: Number.NaN },
    { ...HERE },
    'row',
    { driver_id: 'c', ...HERE, speed: 3 },
  ]
  const { fixes, errors } = readLocations({ points }, null)

  expect(fixes.map(f => f.driverId) as string[]).toEqual(['a', 'c'])
  expect(errors.map(e => e.path)).toEqual([
    '/points/1/latitude',
    '/points/1/longitude',
    '/points/2/driver_id',
    '/points/3',
  ])
})

test('a row of another driver is refused on a driver’s own connection', () => {
  const { fixes, errors } = readLocations(
    {
      points: [
        { driver_id: 'other', ...HERE },
        { driver_id: OWN, ...HERE },
      ],
    },
    OWN,
  )

  expect(fixes).toHaveLength(1)
  expect(errors).toEqual([{ path: '/points/0/driver_id', message: 'This is the connection of drv_own' }])
})

test.each([
  [{}],
  [{ points: [] }],
  [{ points: 'x' }],
  [{ points: new Array(1_001).fill({ driver_id: 'a', ...HERE }) }],
])('a frame without 1 to 1,000 points has none', frame => {
  const { fixes, errors } = readLocations(frame, null)
  expect(fixes).toEqual([])
  expect(errors[0]?.path).toBe('/points')
})

test('the points of a frame are counted before they are looked at', () => {
  expect(pointsIn({ points: [1, 2, 3] })).toBe(3)
  expect(pointsIn({ latitude: 1 })).toBe(1)
})
