import { expect, test } from 'bun:test'
import { compareFares } from './compare-fares.ts'

const fare = (beforeMinor: number, afterMinor: number) => ({ beforeMinor, afterMinor })

test('fares are counted by what would become of them, and their sums stand beside', () => {
  const compared = compareFares([fare(100, 150), fare(200, 180), fare(300, 300), fare(100, 110)], 4)
  expect(compared).toMatchObject({ count: 4, dearer: 2, cheaper: 1, same: 1, beforeMinor: 700, afterMinor: 740 })
})

test('a percentile is a difference that there was', () => {
  const fares = Array.from({ length: 10 }, (_, i) => fare(100, 101 + i))
  expect(compareFares(fares, 1).difference).toEqual({ p10: 1, p50: 5, p90: 9 })
})

test('of no fares there is no difference, and no example', () => {
  expect(compareFares([], 5)).toMatchObject({ count: 0, difference: null, examples: [] })
})

test('examples are the greatest rises and falls; what stays the same is none', () => {
  const fares = [fare(100, 101), fare(100, 103), fare(100, 102), fare(100, 98), fare(100, 99), fare(100, 100)]
  expect(compareFares(fares, 4).examples.map(f => f.afterMinor)).toEqual([103, 102, 99, 98])
})

test('where nothing falls all examples are rises, and the other way round', () => {
  const up = [1, 2, 3, 4, 5].map(n => fare(100, 100 + n))
  const down = [1, 2, 3, 4, 5].map(n => fare(100, 100 - n))
  expect(compareFares(up, 4).examples.map(f => f.afterMinor)).toEqual([105, 104, 103, 102])
  expect(compareFares([...down, fare(100, 101)], 4).examples.map(f => f.afterMinor)).toEqual([101, 97, 96, 95])
})
