import { expect, test } from 'bun:test'
import { mapLink, usualMapApp } from '../../../src/web/courier/core/map-links.ts'
import { heartbeatMs, judged, type Place } from '../../../src/web/courier/core/pace.ts'

const AT_MS = Date.UTC(2026, 0, 2, 12)
const here: Place = { latitude: 37.77, longitude: -122.42, accuracy: 5, speed: 0, atMs: AT_MS }
const later = (s: number, movedM = 0, change: Partial<Place> = {}): Place => ({
  ...here,
  latitude: here.latitude + movedM / 111_195,
  atMs: AT_MS + s * 1_000,
  ...change,
})
const isSent = (place: Place, work: 'idle' | 'job' = 'job') => judged(here, place, work, 60_000) === 'send'

test('the first position is sent', () => {
  expect(judged(null, here, 'idle', 60_000)).toBe('send')
})

test('moving: every two seconds with an order, every five without', () => {
  expect([isSent(later(1, 20)), isSent(later(2, 20))]).toEqual([false, true])
  expect([isSent(later(4, 50), 'idle'), isSent(later(5, 50), 'idle')]).toEqual([false, true])
})

test('standing still, only often enough not to be taken for gone', () => {
  expect([isSent(later(10, 3)), isSent(later(23)), isSent(later(24))]).toEqual([false, false, true])
  expect(heartbeatMs(10_000)).toBe(4_000)
  expect(heartbeatMs(600_000)).toBe(25_000)
})

test('what an inaccurate receiver wanders is no movement', () => {
  expect(isSent(later(5, 30, { accuracy: 80 }))).toBe(false)
  expect(isSent(later(5, 45, { accuracy: 80 }))).toBe(true)
})

test('a place that was reached too soon after the one before is told from standing still: it is asked for again', () => {
  expect(judged(here, later(1, 20), 'job', 60_000)).toBe('too_soon')
  expect(judged(here, later(1, 3), 'job', 60_000)).toBe('still')
})

test('slow, but by its own word moving', () => {
  expect(isSent(later(5, 6, { speed: 1.2 }))).toBe(true)
})

test('a position that was overtaken, or comes twice, is not sent', () => {
  expect([isSent(later(0, 500)), isSent(later(-3, 500))]).toEqual([false, false])
})

test('a clock that was set back: the first position of the new time is sent', () => {
  expect([isSent(later(-23)), isSent(later(-25)), isSent(later(-3_600))]).toEqual([false, true, true])
})

test('the way is handed over by a link of the app that the courier likes', () => {
  const target = { latitude: 37.77, longitude: -122.4194 }
  expect(mapLink('geo', target)).toBe('geo:37.770000,-122.419400?q=37.770000,-122.419400')
  expect(mapLink('waze', target)).toContain('ll=37.770000,-122.419400')
  expect(mapLink('google', target)).toContain('destination=37.770000,-122.419400')
  expect(usualMapApp('Mozilla/5.0 (iPhone; …)')).toBe('apple')
  expect(usualMapApp('Mozilla/5.0 (Linux; Android 15)')).toBe('geo')
})
