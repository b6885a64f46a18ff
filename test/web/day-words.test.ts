/** Under the zone of whoever runs it: what is compared is made in that zone as well. */
import { expect, test } from 'bun:test'
import { timeOnItsDay } from '../../src/web/shared/day-words.ts'

const CLOCK = { hour: '2-digit', minute: '2-digit' } as const
const at = (day: number, hour: number, year = 2026) => new Date(year, 10, day, hour, 5).toISOString()
const NOON_MS = Date.parse(at(22, 12))
const said = (instant: string) => timeOnItsDay(instant, NOON_MS, CLOCK, 'en-GB')

test('today the time is enough', () => {
  expect([said(at(22, 0)), said(at(22, 23))]).toEqual(['00:05', '23:05'])
})

test('of yesterday, tomorrow and in three weeks the day is said, of another year that, too', () => {
  expect(said(at(21, 18))).toBe('21 Nov, 18:05')
  expect(said(at(23, 18))).toBe('23 Nov, 18:05')
  expect(said(at(30, 18, 2025))).toBe('30 Nov 2025, 18:05')
})
