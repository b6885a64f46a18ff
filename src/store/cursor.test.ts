import { expect, test } from 'bun:test'
import { InvariantError } from '../actors/runtime/errors.ts'
import { BrokenCursorError, boundAt, checkLimit, decodeCursor, encodeCursor, pageOf } from './cursor.ts'

const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

test('a cursor gives back its key, and nothing gives none', () => {
  const cursor = encodeCursor('orders', [1_749_988_800_000, 'ord_1'])
  expect(decodeCursor('orders', ['number', 'string'], cursor)).toEqual([1_749_988_800_000, 'ord_1'])
  expect(decodeCursor('orders', ['number', 'string'], null)).toBeNull()
})

test('anything else than a cursor of this list is refused with a typed error', () => {
  const broken = [
    '',
    '!',
    'bnVsbA',
    text(null),
    text({}),
    text(['orders']),
    text(['orders', 1]),
    text(['orders', '1', 'ord_1']),
    text(['orders', 1.5, 'ord_1']),
    text(['orders', 1e300, 'ord_1']),
    text(['orders', -1, 'ord_1']),
    text(['orders', 1, 'a\0']),
    text(['orders', 1, '\uD800']),
    text(['orders', 1, 'ord_1', 2]),
    text(['drivers', 1, 'ord_1']),
    text(['orders', 1, 'x'.repeat(600)]),
  ]
  for (const cursor of broken) {
    expect(() => decodeCursor('orders', ['number', 'string'], cursor)).toThrow(BrokenCursorError)
  }
})

test('there is a next page only where one more row was found', () => {
  const cursorOf = (row: number) => String(row)
  expect(pageOf([1, 2, 3], 2, cursorOf)).toEqual({ data: [1, 2], nextCursor: '2' })
  expect(pageOf([1, 2], 2, cursorOf)).toEqual({ data: [1, 2], nextCursor: null })
  expect(pageOf([], 2, cursorOf)).toEqual({ data: [], nextCursor: null })
})

test('a limit outside its range is a bug', () => {
  for (const limit of [0, -1, 1.5, 11, Number.NaN]) expect(() => checkLimit(limit, 10)).toThrow(InvariantError)
})

test('a bound is a time that can be compared with', () => {
  expect(boundAt(Number.NEGATIVE_INFINITY).toISOString()).toBe('1970-01-01T00:00:00.000Z')
  expect(boundAt(Number.POSITIVE_INFINITY).toISOString()).toBe('9999-12-31T23:59:59.999Z')
})
