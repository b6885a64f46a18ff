import { expect, test } from 'bun:test'
import { lineOf, type PageSize, tooLarge } from './page-sizes.ts'

const size = (page: string, brBytes: number): PageSize => {
  const bytes = { raw: 3 * brBytes, br: brBytes }
  return { page, first: bytes, whole: bytes, ours: bytes }
}

test('a page is too large beyond its budget, and one without a budget never is', () => {
  expect(tooLarge([size('tracking', 150_000), size('console', 900_000)])).toEqual([])
  expect(tooLarge([size('tracking', 150_001)])).toEqual([
    'the page "tracking" is 150 KB by brotli besides the map library; it may be 150 KB',
  ])
})

test('a line has what a page waits for, all of it, and our part', () => {
  expect(lineOf(size('courier', 4_200))).toBe(
    'courier: first 13 KB raw, 4.2 KB brotli · with what comes later 13 KB raw, 4.2 KB brotli · besides the map library 13 KB raw, 4.2 KB brotli',
  )
})
