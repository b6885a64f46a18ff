import { expect, test } from 'bun:test'
import { createCity, SAN_FRANCISCO } from './city.ts'
import { noDemand, recordedDemand, startsFromTrips, syntheticDemand } from './demand.ts'

const place = (latitude: number) => ({ latitude, longitude: -122 })
const trips = Array.from({ length: 10 }, (_, i) => ({ ts: 1_000 + 10 * i, pickup: place(i), dropoff: place(50 + i) }))
const city = createCity(1, SAN_FRANCISCO)
const evening = { city, seed: 1, ordersPerHour: 3_600, startHour: 18, speedup: 1, durationS: 600 }

test('recorded trips come at their own time, faster by the speedup', () => {
  const requests = [...toIterable(recordedDemand(trips, 990, 10))]
  expect(requests.slice(0, 2)).toEqual([
    { index: 0, afterMs: 1_000, pickup: place(0), dropoff: place(50) },
    { index: 1, afterMs: 2_000, pickup: place(1), dropoff: place(51) },
  ])
  expect(requests.length).toBe(10)
})

test('synthetic demand has the rate that was asked for, and is the same for the same seed', () => {
  const requests = [...toIterable(syntheticDemand(evening))]
  expect(Math.abs(requests.length - 600)).toBeLessThan(90)
  expect(requests.map(request => request.afterMs)).toEqual(
    [...requests.map(request => request.afterMs)].sort((a, b) => a - b),
  )
  expect([...toIterable(syntheticDemand(evening))]).toEqual(requests)
})

test('a faster world asks for as much more in the same real time', () => {
  const requests = [...toIterable(syntheticDemand({ ...evening, speedup: 5, durationS: 120 }))]
  expect(Math.abs(requests.length - 600)).toBeLessThan(90)
})

test('the fleet starts where the yardstick lets it start', () => {
  // Its first draws for seed 1 are 0.627, 0.0027, 0.527, 0.981.
  expect(startsFromTrips(trips, 4, 1)).toEqual([place(6), place(0), place(5), place(9)])
  expect(startsFromTrips([], 4, 1)).toEqual([])
})

test('no demand is none', () => {
  expect(noDemand().next().done).toBe(true)
})

function toIterable<T>(iterator: Iterator<T, undefined>): Iterable<T> {
  return { [Symbol.iterator]: () => iterator }
}
