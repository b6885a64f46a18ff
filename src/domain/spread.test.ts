import { expect, test } from 'bun:test'
import { boundedSteps, durationStep, durationSteps, quantile } from './spread.ts'

test('nothing has no quantile', () => {
  expect(quantile([], 0.5)).toBeNull()
  expect(quantile(boundedSteps([1, 2], [0, 0, 0]), 0.99)).toBeNull()
})

test('a quantile lies in its step as far as its share of it', () => {
  const steps = boundedSteps([10, 20], [10, 10, 0])
  expect(quantile(steps, 0.25)).toBe(5)
  expect(quantile(steps, 0.5)).toBe(10)
  expect(quantile(steps, 0.75)).toBe(15)
  expect(quantile(steps, 1)).toBe(20)
})

test('what is above all bounds counts as of the last', () => {
  expect(quantile(boundedSteps([10, 20], [0, 0, 4]), 0.99)).toBe(20)
})

test('quantiles of durations are good to a few percent, from a second to a day', () => {
  for (const durationS of [1, 7, 72, 600, 86_400]) {
    const median = quantile(durationSteps([[durationStep(durationS), 9]]), 0.5)
    expect(Math.abs((median ?? 0) - durationS) / durationS).toBeLessThan(0.03)
  }
})

test('steps may come in any order, and those of two minutes add up', () => {
  const both = durationSteps([
    [durationStep(100), 1],
    [durationStep(10), 1],
  ])
  expect(quantile(both, 0.5)).toBeLessThan(11)
  expect(quantile(both, 1)).toBeGreaterThan(95)
})
