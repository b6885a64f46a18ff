import { expect, test } from 'bun:test'
import { historyBench } from './history.ts'

test('each route and each current position out of a generated past is answered, and a day of it can be dropped', async () => {
  const flags = '--rows 6000 --drivers 10 --days 3 --rate 50 --seconds 1'
  const { figures } = await historyBench.run(flags.split(' '), () => {})
  expect(figures).toMatchObject({ rows: 6_000, days_dropped: 1, route: { sent: 50, answered: 50, failed: 0 } })
  expect(figures.current).toMatchObject({ sent: 50, answered: 50, failed: 0 })
  expect(figures.row_bytes).toBeGreaterThan(50)
  // Of a phone that reports every five seconds, as long as a node leaves them in the tail: one minute to two.
  expect(figures.positions_per_run).toBeGreaterThan(10)
  expect(figures.positions_per_run).toBeLessThan(26)
}, 90_000)
