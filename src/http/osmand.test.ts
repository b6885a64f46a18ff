import { expect, test } from 'bun:test'
import { reportOfFields, reportOfJson } from './osmand.ts'

const fields = (text: string) => reportOfFields(new URLSearchParams(text))

test('what Traccar Client up to 8 sends: knots, seconds, and more than is asked for', () => {
  const report = fields(
    'id=drv_1&timestamp=1767322984&lat=37.7749&lon=-122.4194&speed=10.0&bearing=271.5&altitude=12.3&accuracy=4.8&batt=87.0',
  )
  expect(report.id).toBe('drv_1')
  expect(report.body).toEqual({
    latitude: 37.7749,
    longitude: -122.4194,
    speed: 10 * (1_852 / 3_600),
    heading: 271.5,
    accuracy: 4.8,
    recorded_at: 1_767_322_984_000,
    order_id: null,
  })
})

test('what Traccar Client from 9 on sends: metres a second, ISO times, -1 for what is not known', () => {
  const report = reportOfJson({
    location: {
      timestamp: '2026-01-02T03:04:05.678Z',
      coords: { latitude: 37.7749, longitude: -122.4194, accuracy: 4.8, speed: -1, heading: -1, altitude: 12.3 },
      is_moving: true,
      odometer: 1_234.5,
      event: 'motionchange',
      battery: { level: 0.87, is_charging: false },
      activity: { type: 'in_vehicle' },
      extras: {},
      _: '&id=drv_1&lat=37.7749&lon=-122.4194&timestamp=2026-01-02T03:04:05.678Z&',
    },
    device_id: 'drv_1',
  })
  expect(report.id).toBe('drv_1')
  expect(report.body).toEqual({
    latitude: 37.7749,
    longitude: -122.4194,
    speed: null,
    heading: null,
    accuracy: 4.8,
    recorded_at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    order_id: null,
  })
})

test.each([
  ['1767322984', 1_767_322_984_000],
  ['1767322984.5', 1_767_322_984_500],
  ['1767322984678', 1_767_322_984_678],
  ['2026-01-02T03:03:04Z', 1_767_322_984_000],
  ['2026-01-02T04:03:04+01:00', 1_767_322_984_000],
  ['2026-01-02T04:03:04.000+0100', 1_767_322_984_000],
  ['2026-01-02 03:03:04', 1_767_322_984_000],
  ['', null],
  ['yesterday', 'yesterday'],
  ['-5', '-5'],
  ['1e300', '1e300'],
])('a timestamp of %p', (text, read) => {
  expect(fields(`timestamp=${encodeURIComponent(text)}`).body.recorded_at).toBe(read as never)
})

test('a measurement that cannot be is as one that was not sent; a place that cannot be is left to be refused', () => {
  const { body } = fields('lat=NaN&lon=&speed=-3&bearing=400&accuracy=Infinity')
  expect(body).toMatchObject({ latitude: 'NaN', longitude: '', speed: null, heading: null, accuracy: null })
})

test('other names that are in use: deviceid, heading, location; and a position that says it is none', () => {
  const report = fields('deviceid=drv_1&location=1.5,2.5&heading=90&valid=false')
  expect(report).toMatchObject({ id: 'drv_1', isVoid: true, body: { latitude: 1.5, longitude: 2.5, heading: 90 } })
})

test('JSON of any other shape has nothing in it', () => {
  for (const json of [null, [], 'text', 7, { location: 'here' }, { location: { coords: [] } }]) {
    expect(reportOfJson(json).body).toMatchObject({ latitude: '', longitude: '' })
  }
})
