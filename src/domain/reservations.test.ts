import { expect, test } from 'bun:test'
import { travelTimeS } from './eta.ts'
import type { OrderId } from './ids.ts'
import { lateFor, overlaps, type Reservation } from './reservations.ts'

const NO_STOPS = { pickupS: 0, dropoffS: 0 }
const HERE = { latitude: 37.775, longitude: -122.418 }
const THERE = { latitude: 37.8, longitude: -122.418 }
const WAY_MS = travelTimeS(THERE, HERE) * 1_000

const at = (atMs: number): Reservation => ({
  orderId: 'ord_1' as OrderId,
  pickup: HERE,
  dropoff: THERE,
  driveS: 600,
  atMs,
})
const job = { arrivesAtMs: 0, readyAtMs: null, driveS: 600, dropoff: THERE }

test('a job makes late by its own time, its stops, and the way from its end', () => {
  const inTimeMs = 600_000 + WAY_MS
  expect(lateFor([at(inTimeMs)], job, NO_STOPS)).toBeNull()
  expect(lateFor([at(inTimeMs - 1)], job, NO_STOPS)).toEqual(at(inTimeMs - 1))
  expect(lateFor([at(inTimeMs)], job, { pickupS: 1, dropoffS: 0 })).not.toBeNull()
  expect(lateFor([at(inTimeMs)], job, { pickupS: 0, dropoffS: 1 })).not.toBeNull()
  expect(lateFor([at(inTimeMs)], { ...job, readyAtMs: 1 }, NO_STOPS)).not.toBeNull()
})

test('what is wanted already cannot wait for anything', () => {
  expect(lateFor([at(-1)], job, NO_STOPS)).not.toBeNull()
  expect(lateFor([], job, NO_STOPS)).toBeNull()
})

test('two orders of one driver overlap unless one ends in time for the other, whichever comes first', () => {
  const apartMs = 600_000 + WAY_MS
  for (const [a, b, is] of [
    [0, apartMs, false],
    [apartMs, 0, false],
    [0, apartMs - 1, true],
    [5, 5, true],
  ] as const) {
    expect([a, b, overlaps(at(a), at(b), NO_STOPS)]).toEqual([a, b, is])
  }
})
