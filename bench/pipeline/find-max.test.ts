import { expect, test } from 'bun:test'
import { nextStep, startSearch } from './find-max.ts'

function searched(fromPerS: number, capacityPerS: number): { foundPerS: number; tries: number } {
  let search = startSearch(fromPerS)
  let tries = 0
  while (!search.isOver) {
    search = nextStep(search, search.nextPerS <= capacityPerS)
    tries++
  }
  return { foundPerS: search.goodPerS, tries }
}

test('the highest sustained rate is found to 5 %, from below and from above, in a dozen tries', () => {
  for (const capacity of [800, 12_345, 99_000, 400_000]) {
    for (const from of [1_000, 20_000, 200_000]) {
      const { foundPerS, tries } = searched(from, capacity)
      expect(foundPerS).toBeLessThanOrEqual(capacity)
      expect(foundPerS).toBeGreaterThan(capacity / 1.06)
      expect(tries).toBeLessThan(16)
    }
  }
})

test('a system that sustains nothing ends the search with nothing', () => {
  expect(searched(5_000, 0).foundPerS).toBe(0)
})
