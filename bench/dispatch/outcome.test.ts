import { expect, test } from 'bun:test'
import { gini, quantile } from './outcome.ts'

test('equal shares have a Gini coefficient of 0, and one who has everything nearly 1', () => {
  expect(gini([3, 3, 3, 3])).toBe(0)
  expect(gini([0, 0, 0, 8])).toBe(0.75)
  expect(gini([0, 0])).toBe(0)
})

test('a quantile is a value that occurred', () => {
  expect(quantile([5, 1, 3], 0.9)).toBe(5)
  expect(quantile([], 0.9)).toBe(0)
})
