import { expect, test } from 'bun:test'
import { matchingBench } from './matching.ts'

/** The marks are 20 ms and 100 ms on a quiet machine; tests run beside others. */
const SLACK = 6

test('a warm solver blocks its thread for milliseconds, also for a dense matrix and for a very large batch', async () => {
  const { figures } = await matchingBench.run(['--rounds', '3'], () => {})
  expect(Number(figures.dense_500_p50_ms)).toBeLessThan(20 * SLACK)
  expect(Number(figures.sparse_2000_p50_ms)).toBeLessThan(100 * SLACK)
}, 120_000)
