import { expect, test } from 'bun:test'
import { routeDistanceM, travelTimeS } from './eta.ts'
import { distanceM } from './geo.ts'

const FERRY_BUILDING = { latitude: 37.7955, longitude: -122.3937 }
const OCEAN_BEACH = { latitude: 37.7594, longitude: -122.5107 }

test('across San Francisco: 11 km as the crow flies, 14 km by road, 37 minutes', () => {
  expect(Math.round(distanceM(FERRY_BUILDING, OCEAN_BEACH) / 1000)).toBe(11)
  expect(Math.round(routeDistanceM(FERRY_BUILDING, OCEAN_BEACH) / 1000)).toBe(14)
  expect(Math.round(travelTimeS(FERRY_BUILDING, OCEAN_BEACH) / 60)).toBe(37)
})

test('the model sets speed and detour', () => {
  const straight = { speedMps: 10, detour: 1 }
  expect(routeDistanceM(FERRY_BUILDING, OCEAN_BEACH, straight)).toBe(distanceM(FERRY_BUILDING, OCEAN_BEACH))
  expect(travelTimeS(FERRY_BUILDING, OCEAN_BEACH, straight)).toBe(distanceM(FERRY_BUILDING, OCEAN_BEACH) / 10)
})

test('no way takes no time', () => {
  expect(travelTimeS(OCEAN_BEACH, OCEAN_BEACH)).toBe(0)
})
