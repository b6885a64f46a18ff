import { expect, test } from 'bun:test'
import { deliveriesDue, watchedDrivers } from './deliveries.ts'

test('who is watched is spread over those who report in turn, and at no pace of their own', () => {
  const drivers = watchedDrivers({ drivers: 10_000, watchers: 50 })
  expect(drivers.map(driver => Math.floor(driver / 200))).toEqual(Array.from({ length: 50 }, (_, i) => i))
  for (const connections of [2, 4]) {
    const ways = drivers.map(driver => driver % connections)
    expect(new Set(ways).size).toBe(connections)
  }
  expect(watchedDrivers({ drivers: 3, watchers: 50 })).toEqual([0, 1, 2])
  expect(watchedDrivers({ drivers: 3, watchers: 0 })).toEqual([])
})

test('of drivers who report in turn, those of the watched ones after the warm-up are due', () => {
  const run = { protocol: 'msgpack', ratePerS: 100, warmUpS: 1, drivers: 40, watchers: 10 } as const
  // The warm-up has sent 100: drivers 0 to 39 twice, then 0 to 19. 60 more are 20 to 39, and 0 to 39; one of each four is watched.
  expect(deliveriesDue(run, 60)).toBe(5 + 10)
  expect(deliveriesDue({ ...run, watchers: 1_000 }, 70)).toBe(70)
  expect(deliveriesDue({ ...run, watchers: 0 }, 70)).toBe(0)
})
