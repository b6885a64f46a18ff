import { expect, test } from 'bun:test'
import { exponential, gaussian, randomStream, seededRandom, weightedIndex } from './random.ts'

const draws = (random: () => number, count: number) => Array.from({ length: count }, random)
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('a seed gives the draws of the reference generator', () => {
  expect(draws(seededRandom(1), 3)).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522])
})

test('streams of one seed differ from each other and repeat themselves', () => {
  expect(draws(randomStream(7, 'driver-1'), 4)).toEqual(draws(randomStream(7, 'driver-1'), 4))
  const first = Array.from({ length: 1_000 }, (_, i) => randomStream(7, `driver-${i}`)())
  expect(new Set(first).size).toBe(1_000)
  expect(mean(first)).toBeCloseTo(0.5, 1)
})

test('the deviates have their means', () => {
  const random = seededRandom(3)
  expect(mean(draws(() => exponential(random, 20), 20_000))).toBeCloseTo(20, -0.5)
  expect(mean(draws(() => gaussian(random, 5, 2), 20_000))).toBeCloseTo(5, 1)
})

test('an index is drawn in proportion to its weight, and never where the weight is 0', () => {
  const random = seededRandom(4)
  const picked = draws(() => weightedIndex(random, [1, 0, 3]), 10_000)
  expect(picked.includes(1)).toBe(false)
  expect(picked.filter(index => index === 2).length / 10_000).toBeCloseTo(0.75, 1)
})
