import { expect, test } from 'bun:test'
import { Histogram } from './histogram.ts'

test('a bound counts what is at it, and what is above all bounds has a place', () => {
  const histogram = new Histogram([1, 2, 5])
  for (const value of [0, 1, 1.5, 5, 6]) histogram.observe(value)
  histogram.observe(2, 10)
  expect(histogram.figures).toEqual({ bounds: [1, 2, 5], counts: [2, 11, 1, 1], sum: 33.5 })
})

test('a clock that was set back counts as no time at all', () => {
  const histogram = new Histogram([0.001])
  histogram.observeMs(-500)
  expect(histogram.figures).toEqual({ bounds: [0.001], counts: [1, 0], sum: 0 })
})
