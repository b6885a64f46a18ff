import { expect, test } from 'bun:test'
import { meanMbOf, mostMbOf } from './memory-watch.ts'

const samples = Array.from({ length: 11 }, (_, i) => ({ atMs: 1_000 + i * 100, mb: i * 10 }))

test('memory is compared by the mean of a stretch of the time', () => {
  expect(meanMbOf(samples, 0.1, 0.2)).toBe(15)
  expect(meanMbOf(samples, 0.9, 1)).toBe(95)
  expect(mostMbOf(samples)).toBe(100)
})

test('where nothing was seen nothing is claimed', () => {
  expect(meanMbOf([], 0, 1)).toBeNull()
  expect(mostMbOf([])).toBeNull()
})
