import { expect, test } from 'bun:test'
import { soakBench } from './soak.ts'

test('six seconds in samples: all of it acknowledged and stored, none twice, and each sample says how it was', async () => {
  const { figures } = await soakBench.run('--minutes 0.1 --rate 300 --drivers 100 --watchers 5'.split(' '), () => {})
  expect(figures).toMatchObject({ sent: 1_800, acked: 1_800, lost: 0, repeated: 0, unanswered: 0, refused: {} })
  expect(figures.stored_total).toBe(figures.acked_total)
  const samples = figures.samples as { acked_per_s: number; ack_p99_ms: number; rss_mb: number }[]
  expect(samples.length).toBeGreaterThanOrEqual(28)
  expect(samples.every(({ ack_p99_ms, rss_mb }) => ack_p99_ms > 0 && rss_mb > 0)).toBe(true)
  expect(figures.rss_last_of_second).toBeGreaterThan(0)
  expect(figures.ack_p99_second_of_first).toBeGreaterThan(0)
}, 90_000)
