import { expect, test } from 'bun:test'
import fc from 'fast-check'
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

test('every instant that is written can be read back', () => {
  const inRange = fc.integer({ min: -62_000_000_000_000, max: 253_402_300_799_999 })
  fc.assert(
    fc.property(inRange, atMs => {
      expect(parseInstant(formatInstant(atMs))).toBe(atMs)
      const wholeS = Math.floor(atMs / 1_000) * 1_000
      expect(parseInstant(formatInstant(wholeS).replace('.000', ''))).toBe(wholeS)
    }),
    { numRuns: 5_000 },
  )
})

test('with any one character changed it is what the calendar says, or nothing', () => {
  const when = fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2100, 0, 1) - 1 })
  fc.assert(
    fc.property(when, fc.nat(22), fc.constantFrom(...'0123456789:/;-.TZ ,+'), (atMs, at, other) => {
      const before = formatInstant(atMs)
      const text = before.slice(0, at) + other + before.slice(at + 1)
      const date = new Date(text)
      const isInstant = !Number.isNaN(date.getTime()) && date.toISOString() === text
      expect(parseInstant(text)).toBe(isInstant ? date.getTime() : null)
    }),
    { numRuns: 20_000 },
  )
})
