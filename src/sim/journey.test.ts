import { expect, test } from 'bun:test'
import { distanceM } from '../domain/geo.ts'
import { drive, placeAt, stay } from './journey.ts'

const a = { latitude: 37.77, longitude: -122.43 }
const b = { latitude: 37.78, longitude: -122.43 }
const c = { latitude: 37.78, longitude: -122.41 }

test('a straight drive takes its distance times the detour over its speed', () => {
  const journey = drive([a, b], { speedMps: 6.5, detour: 1.3 }, 1_000)
  expect(journey.endMs - 1_000).toBeCloseTo(((distanceM(a, b) * 1.3) / 6.5) * 1_000, 6)
})

test('the speed is the same all along the way', () => {
  const journey = drive([a, b, c], { speedMps: 10, detour: 1 }, 0)
  const places = Array.from({ length: 11 }, (_, i) => placeAt(journey, (journey.endMs * i) / 10).place)
  const beforeCornerM = distanceM(a, places[3] ?? a)
  expect(beforeCornerM).toBeCloseTo((3 / 10) * (distanceM(a, b) + distanceM(b, c)), 0)
  expect(distanceM(places[8] ?? a, places[9] ?? a)).toBeCloseTo(distanceM(places[0] ?? a, places[1] ?? a), 0)
})

test('it is at its start before it begins and at its end ever after', () => {
  const journey = drive([a, b, c], { speedMps: 10, detour: 1 }, 5_000)
  expect(placeAt(journey, 0).place).toEqual(a)
  expect(placeAt(journey, journey.endMs + 1).place).toEqual(c)
  expect(placeAt(stay(b, 7), 0).place).toEqual(b)
})

test('the heading is that of the leg', () => {
  const journey = drive([a, b, c], { speedMps: 10, detour: 1 }, 0)
  expect(placeAt(journey, 1).headingDeg).toBeCloseTo(0, 6)
  expect(placeAt(journey, journey.endMs - 1).headingDeg).toBeCloseTo(90, 6)
})

test('two equal places are a journey of no time', () => {
  const journey = drive([a, a], { speedMps: 6.5, detour: 1.3 }, 100)
  expect(journey.endMs).toBe(100)
  expect(placeAt(journey, 100).place).toEqual(a)
})
