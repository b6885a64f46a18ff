import { expect, test } from 'bun:test'
import { liveBench } from './live.ts'

test('each watcher gets each message, and nothing is missing silently, not even for one who reads nothing', async () => {
  const flags = '--watchers 5 --rate 100 --drivers 50 --seconds 1 --warm-up 0.2 --rounds 1'
  const { figures } = await liveBench.run(flags.split(' '), () => {})
  const whole = { due: 600, delivered: 600, missed_silently: 0 }
  expect(figures).toMatchObject(whole)
  expect(figures.with_a_slow_reader).toMatchObject({ ...whole, slow_reader_missed_silently: 0 })
  expect(figures.delivery_p99_ms).toBeGreaterThan(0)
}, 90_000)
