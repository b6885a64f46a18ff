import { expect, test } from 'bun:test'
import { Histogram } from './histogram.ts'
import { exponential, seededRandom } from './random.ts'

function exactQuantile(values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(q * sorted.length) - 1] ?? 0
}

test('quantiles are within one per cent of the exact ones', () => {
  const random = seededRandom(1)
  const values = Array.from({ length: 50_000 }, () => exponential(random, 7))
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)

  for (const q of [0.01, 0.5, 0.9, 0.99, 0.999]) {
    const exact = exactQuantile(values, q)
    expect(Math.abs(histogram.quantile(q) - exact) / exact).toBeLessThan(0.0101)
  }
  expect(histogram.maxMs).toBe(Math.max(...values))
})

test('two merged histograms are the histogram of all their events', () => {
  const whole = new Histogram()
  const [left, right] = [new Histogram(), new Histogram()]
  for (let i = 1; i <= 1_000; i++) {
    whole.record(i)
    const half = i % 3 === 0 ? left : right
    half.record(i)
  }
  left.merge(right)

  expect(left.count).toBe(1_000)
  expect([0.1, 0.5, 0.99].map(q => left.quantile(q))).toEqual([0.1, 0.5, 0.99].map(q => whole.quantile(q)))
  expect(left.meanMs).toBeCloseTo(500.5, 6)
})

test('a weight counts as that many events', () => {
  const histogram = new Histogram()
  histogram.record(1, 99)
  histogram.record(1_000)
  expect(histogram.quantile(0.99)).toBeCloseTo(1, 1)
  expect(histogram.quantile(1)).toBeGreaterThan(980)
})

test('an empty histogram answers 0, values beyond the ends are kept, and NaN is refused', () => {
  const histogram = new Histogram()
  expect(histogram.quantile(0.99)).toBe(0)
  histogram.record(-5)
  histogram.record(1e9)
  expect(histogram.count).toBe(2)
  expect(histogram.maxMs).toBe(1e9)
  expect(() => histogram.record(Number.NaN)).toThrow(RangeError)
})
