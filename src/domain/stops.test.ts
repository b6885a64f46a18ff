import { expect, test } from 'bun:test'
import { jobS, leavesPickupAtMs } from './stops.ts'

const STOPS = { pickupS: 240, dropoffS: 120 }

test('an order keeps its driver for the way and for both stops', () => {
  expect(jobS(600, STOPS)).toBe(960)
  expect(jobS(600, { pickupS: 0, dropoffS: 0 })).toBe(600)
})

test('a stop begins once there is something to fetch', () => {
  expect(leavesPickupAtMs({ arrivesAtMs: 1_000_000, readyAtMs: null }, STOPS)).toBe(1_240_000)
  expect(leavesPickupAtMs({ arrivesAtMs: 1_000_000, readyAtMs: 900_000 }, STOPS)).toBe(1_240_000)
  expect(leavesPickupAtMs({ arrivesAtMs: 1_000_000, readyAtMs: 1_500_000 }, STOPS)).toBe(1_740_000)
})
