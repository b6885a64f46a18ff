import { expect, test } from 'bun:test'
import { leaksIn, type Reading, slopeOf } from './leaks.ts'

const MB = 1_000_000
const readings = (sizesMb: readonly number[], handles: readonly (number | null)[]): Reading[] =>
  sizesMb.map((mb, i) => ({ residentBytes: mb * MB, handles: handles[i] ?? null }))

test('what is opened and warmed once is no leak', () => {
  expect(leaksIn(readings([260, 262, 258, 261], [61, 61, 61, 61]))).toEqual([])
  expect(leaksIn(readings([190, 262, 264, 263], [40, 61, 61, 61]))).toEqual([])
})

test('what grows with each round is', () => {
  expect(leaksIn(readings([260, 280, 300, 320], [61, 61, 61, 61]))).toEqual([
    'the process grows by 20000000 bytes a round',
  ])
  expect(leaksIn(readings([260, 260, 260, 260], [61, 82, 103, 124]))).toEqual([
    'there are 21.0 more handles each round',
  ])
})

test('two rounds say nothing, and a system that does not tell its handles has none', () => {
  expect(leaksIn(readings([260, 300], [61, 82]))).toEqual([])
  expect(leaksIn(readings([260, 260, 260], [null, null, null]))).toEqual([])
})

test('a slope is that of the line with the least squares', () => {
  expect(slopeOf([1, 3, 5, 7])).toBeCloseTo(2)
  expect(slopeOf([0, 2, 1, 3])).toBeCloseTo(0.8)
  expect(slopeOf([5])).toBe(0)
})
