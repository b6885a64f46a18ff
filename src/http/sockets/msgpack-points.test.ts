/** The quick way of reading a frame, held against the general one: whatever it takes must come out the same. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { unpack } from '../../actors/runtime/msgpack.ts'
import type { DriverId } from '../../domain/ids.ts'
import { frameSeq } from '../schemas/frame.ts'
import { readPointsFrame, readPointsHead } from './msgpack-points.ts'
import { isFields, readLocations } from './stream-frames.ts'

/** As clients write maps: with the least head, and with the one of msgpackr's defaults. */
const SMALL = new Packr({ useRecords: false, variableMapSize: true })
const PLAIN = new Packr({ useRecords: false })
const HERE = { latitude: 37.7749, longitude: -122.4194 }
const FULL = {
  driver_id: 'drv_1',
  ...HERE,
  speed: 12.5,
  heading: 360,
  accuracy: 5,
  recorded_at: '2026-01-31T12:00:00.123Z',
  order_id: 'ord_1',
}

function frameOf(points: unknown, rest: object = {}): Buffer {
  return Buffer.from(SMALL.pack({ type: 'locations', seq: 7, points, ...rest }))
}

/** What the general way makes of it: null where it takes less than all. */
function generally(bytes: Buffer, own: DriverId | null): object | null {
  let frame: unknown
  try {
    frame = unpack(bytes)
  } catch {
    return null
  }
  if (!isFields(frame) || frame.type !== 'locations' || !frameSeq.accepts(frame)) return null
  const { fixes, errors } = readLocations(frame, own)
  return errors.length === 0 ? { seq: frame.seq, fixes } : null
}

test('a frame is read as the general way reads it', () => {
  for (const packr of [SMALL, PLAIN]) {
    const points = [FULL, { driver_id: 'a', ...HERE }, { ...FULL, recorded_at: 1_790_000_000_123, speed: null }]
    const bytes = Buffer.from(packr.pack({ type: 'locations', seq: 70_000, points }))
    const read = readPointsFrame(bytes, null)
    expect(read?.fixes).toHaveLength(3)
    expect(read).toEqual(generally(bytes, null) as never)
  }
})

test('a frame of the largest size is read', () => {
  const points = Array.from({ length: 1_000 }, (_, i) => ({ ...FULL, driver_id: `drv_${i}` }))
  expect(readPointsFrame(frameOf(points), null)?.fixes).toHaveLength(1_000)
  expect(readPointsFrame(frameOf([...points, FULL]), null)).toBeNull()
})

test('on a driver’s own connection points need not name it, and may name no other', () => {
  const own = 'drv_own' as DriverId
  expect(readPointsFrame(frameOf([HERE]), own)?.fixes[0]?.driverId).toBe(own)
  expect(readPointsFrame(frameOf([HERE]), null)).toBeNull()
  expect(readPointsFrame(frameOf([FULL]), own)).toBeNull()
})

describe('left to the general way is', () => {
  test.each<[string, Buffer]>([
    ['a point with a field of another name', frameOf([{ ...FULL, battery: 5 }])],
    ['a latitude out of range', frameOf([{ ...FULL, latitude: 90.001 }])],
    ['no longitude', frameOf([{ driver_id: 'a', latitude: 1 }])],
    ['a number that is none', frameOf([{ ...FULL, speed: Number.NaN }])],
    ['a speed below zero', frameOf([{ ...FULL, speed: -1 }])],
    ['a text for a number', frameOf([{ ...FULL, heading: '12' }])],
    ['a number for an id', frameOf([{ ...FULL, driver_id: 12 }])],
    ['an id with what no id has', frameOf([{ ...FULL, driver_id: 'drv 1' }])],
    ['an id that is too long', frameOf([{ ...FULL, driver_id: 'x'.repeat(65) }])],
    ['a time without an offset', frameOf([{ ...FULL, recorded_at: '2026-01-31T12:00:00' }])],
    ['a time that is no whole number', frameOf([{ ...FULL, recorded_at: 1.5 }])],
    ['an order with a name beyond ASCII', frameOf([{ ...FULL, order_id: 'größe' }])],
    ['no points', frameOf([])],
    ['points that are no list', frameOf({ 0: FULL })],
    ['a frame of another type', frameOf([FULL], { type: 'location' })],
    ['a frame without a number', frameOf([FULL], { seq: 0 })],
    ['a frame with more in it', frameOf([FULL], { more: 1 })],
    ['something after the frame', Buffer.concat([frameOf([FULL]), Buffer.from([0])])],
    ['an empty message', Buffer.alloc(0)],
  ])('%s', (_, bytes) => {
    expect(readPointsFrame(bytes, null)).toBeNull()
  })

  test('a frame cut short anywhere', () => {
    const whole = frameOf([FULL, FULL])
    for (let end = 0; end < whole.length; end++) expect(readPointsFrame(whole.subarray(0, end), null)).toBeNull()
  })
})

test('what a frame says before its points is read without them', () => {
  const bytes = frameOf([{ driver_id: 5 }, 'no point'])
  expect(readPointsHead(bytes)).toEqual({ seq: 7, points: 2 })
  expect(readPointsHead(frameOf([]))).toBeNull()
  expect(readPointsHead(frameOf([FULL], { type: 'location' }))).toBeNull()
  expect(readPointsHead(frameOf([FULL], { seq: 0 }))).toBeNull()
  expect(readPointsHead(Buffer.from(SMALL.pack({ points: [FULL], type: 'locations', seq: 7 })))).toBeNull()
  for (let end = 0; end < 10; end++) expect(readPointsHead(bytes.subarray(0, end))).toBeNull()
})

test('whatever bytes come, what is taken is what the general way takes', () => {
  const oneOf = (good: readonly unknown[], bad: readonly unknown[]) =>
    fc.oneof(
      { arbitrary: fc.constantFrom(...good), weight: 20 },
      { arbitrary: fc.constantFrom<unknown>(...bad), weight: 1 },
    )
  const point = fc.record(
    {
      driver_id: oneOf(['drv_1', 'drv_1', '-'], ['', 'ä', 5, null]),
      latitude: oneOf([0, -90, 90, 1.5, 37.7749], [91, -1e300, '1', null, 2 ** 40]),
      longitude: oneOf([0, -180, 180, -122.4194], [181, true]),
      speed: oneOf([0, -0, 1, 200, null], [201, 'x']),
      accuracy: oneOf([0, 100_000, 65_536, 1e-9], [100_001, []]),
      recorded_at: oneOf([null, 0, 1_790_000_000_123, '2026-01-31T12:00:00Z'], [-1, 'x', 2 ** 60]),
      order_id: oneOf([null, 'o'], ['', 'o o']),
    },
    { requiredKeys: ['latitude', 'longitude'] },
  )
  let taken = 0
  fc.assert(
    fc.property(
      fc.array(point, { minLength: 1, maxLength: 3 }),
      fc.array(fc.record({ at: fc.nat(400), byte: fc.nat(255) }), { maxLength: 2 }),
      fc.constantFrom(null, 'drv_1' as DriverId),
      (points, changes, own) => {
        const bytes = frameOf(points)
        for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte
        const read = readPointsFrame(bytes, own)
        if (read === null) return
        taken++
        expect(read).toEqual(generally(bytes, own) as never)
      },
    ),
    { numRuns: 20_000 },
  )
  expect(taken).toBeGreaterThan(2_000)
})
