/** A list that is longer than one page. */
import { expect, test } from 'bun:test'
import { readPages } from '../../src/web/console/read-pages.ts'

/** As the API answers: two rows a page, the cursor of each is where the next begins. */
function listOf(length: number) {
  return async (cursor: string) => {
    const from = Number(new URLSearchParams(cursor).get('cursor') ?? 0)
    const data = Array.from({ length: Math.min(2, length - from) }, (_, i) => from + i)
    return { data, next_cursor: from + 2 < length ? String(from + 2) : null }
  }
}

test('a list is read to its end, and no further than so many pages', async () => {
  expect(await readPages(listOf(0), 3)).toEqual({ rows: [], hasMore: false })
  expect(await readPages(listOf(5), 3)).toEqual({ rows: [0, 1, 2, 3, 4], hasMore: false })
  expect(await readPages(listOf(6), 3)).toEqual({ rows: [0, 1, 2, 3, 4, 5], hasMore: false })
  expect(await readPages(listOf(7), 3)).toEqual({ rows: [0, 1, 2, 3, 4, 5], hasMore: true })
})
