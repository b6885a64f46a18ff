import { expect, test } from 'bun:test'
import { ordersBench } from './orders.ts'

test('each order lives its whole life, and the record has it so', async () => {
  const flags = '--rate 20 --drivers 60 --seconds 2 --warm-up 0.5 --window 100'
  const { figures } = await ordersBench.run(flags.split(' '), () => {})
  expect(figures).toMatchObject({ asked: 40, delivered: 40, not_delivered: 0, refused: {}, lost: 0, repeated: 0 })
  // Half a second before, over the first half of which the rate rises: 7.5.
  expect(figures).toMatchObject({ acked_total: 48, stored_total: 48, fsync: 'on', synchronous_commit: 'on' })
  expect(figures.ack_p99_ms).toBeGreaterThan(0)
}, 90_000)
