import { expect, test } from 'bun:test'
import { formatInstant, parseInstant } from './rfc3339.ts'

test('an instant is read with Z or an offset, to the millisecond', () => {
  const noonMs = Date.UTC(2026, 0, 31, 12)

  expect(parseInstant('2026-01-31T12:00:00Z')).toBe(noonMs)
  expect(parseInstant('2026-01-31t14:00:00.5+02:00')).toBe(noonMs + 500)
  expect(parseInstant('2026-01-31T12:00:00.123456789Z')).toBe(noonMs + 123)
  expect(formatInstant(noonMs)).toBe('2026-01-31T12:00:00.000Z')
})

test.each([
  '',
  'now',
  '2026-01-31',
  '2026-01-31T12:00:00',
  '2026-01-31 12:00:00Z',
  '2026-02-30T12:00:00Z',
  '2025-02-29T12:00:00Z',
  '2026-13-01T12:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:00:60Z',
  '2026-01-31T12:00:00+24:00',
  '0000-01-01T00:00:00Z',
  '1770000000000',
  '+002026-01-31T12:00:00Z',
])('%p is no instant', text => {
  expect(parseInstant(text)).toBeNull()
})

test('the 29th of February of a leap year is an instant', () => {
  expect(parseInstant('2024-02-29T00:00:00Z')).toBe(Date.UTC(2024, 1, 29))
})
