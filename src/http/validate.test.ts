import { expect, test } from 'bun:test'
import { Refusal } from './problem.ts'
import { newDriver } from './schemas/driver.ts'
import { newOrder } from './schemas/order.ts'
import { location } from './schemas/position.ts'
import { checked } from './validate.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }

test('a position at the edges of what can be is accepted', () => {
  for (const latitude of [89, 90, -90]) expect(location.accepts({ latitude, longitude: 180 })).toBe(true)
  expect(location.accepts({ ...HERE, speed: 0, heading: 360, accuracy: 0 })).toBe(true)
  expect(location.accepts({ ...HERE, speed: null, heading: null, recorded_at: null, order_id: null })).toBe(true)
})

test('what phones add to a position is ignored', () => {
  expect(location.accepts({ ...HERE, battery: 0.5, isMoving: true })).toBe(true)
})

test.each([
  ['missing', { longitude: 1 }, '/latitude'],
  ['a string', { ...HERE, latitude: '37.77' }, '/latitude'],
  ['NaN', { ...HERE, latitude: Number.NaN }, '/latitude'],
  ['infinite', { ...HERE, longitude: Number.POSITIVE_INFINITY }, '/longitude'],
  ['out of range', { ...HERE, latitude: 90.0001 }, '/latitude'],
  ['a negative speed', { ...HERE, speed: -1 }, '/speed'],
  ['an absurd speed', { ...HERE, speed: 5_000 }, '/speed'],
  ['a heading past north', { ...HERE, heading: 360.5 }, '/heading'],
  ['a time without an offset', { ...HERE, recorded_at: '2026-01-31T12:00:00' }, '/recorded_at'],
  ['a time that is a number', { ...HERE, recorded_at: 1_770_000_000_000 }, '/recorded_at'],
  ['an order id that is a number', { ...HERE, order_id: 12 }, '/order_id'],
  ['no object', null, '/'],
  ['a list', [], '/'],
])('a position with %s is refused by its field', (_, body, path) => {
  expect(location.accepts(body)).toBe(false)
  expect(location.errors(body).map(error => error.path)).toContain(path)
})

test('an optional field that is wrong says what was expected, and says it once', () => {
  expect(location.errors({ ...HERE, heading: 400 })).toEqual([
    { path: '/heading', message: 'Expected number to be less or equal to 360' },
  ])
})

test('an unknown field of an order is refused by its name, at any depth', () => {
  const errors = newOrder.errors({ pickup: { ...HERE, adress: 'x' }, dropoff: HERE, refrence: 'x' })

  expect(errors).toContainEqual({ path: '/refrence', message: 'Unknown field' })
  expect(errors).toContainEqual({ path: '/pickup/adress', message: 'Unknown field' })
})

test.each(['a\u0000b', 'half \ud83d', ''])('text that the record cannot hold is refused: %j', name => {
  expect(newDriver.errors({ name }).map(({ path }) => path)).toEqual(['/name'])
})

test('text in any script is accepted', () => {
  expect(newDriver.accepts({ name: '李雷 🚕', phone: '+86 10' })).toBe(true)
})

test('what is wrong is thrown as a refusal that names the fields', () => {
  const attempt = () => checked(newDriver, { capacity: 0, driver_id: 'a b' })

  expect(attempt).toThrow(Refusal)
  expect(
    newDriver
      .errors({ capacity: 0, driver_id: 'a b' })
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['/capacity', '/driver_id'])
})
