import { expect, test } from 'bun:test'
import { deliveriesDue } from './deliveries.ts'

test('of drivers who report in turn, those of the watched ones after the warm-up are due', () => {
  const run = { protocol: 'msgpack', ratePerS: 100, warmUpS: 1, drivers: 40, watchers: 10 } as const
  // The warm-up has sent 100: drivers 0 to 39 twice, then 0 to 19. 70 more are 20 to 39, 0 to 39, and 0 to 9.
  expect(deliveriesDue(run, 70)).toBe(20)
  expect(deliveriesDue({ ...run, watchers: 1_000 }, 70)).toBe(70)
  expect(deliveriesDue({ ...run, watchers: 0 }, 70)).toBe(0)
})
