/** A list of the API, page by page, as far as it is read. */
import type { Page } from '../shared/views.ts'

export interface Pages<T> {
  readonly rows: readonly T[]
  /** There are more than were read. */
  readonly hasMore: boolean
}

/** @param read  asks for the page behind `cursor`, which goes at the end of the query; of the first one it is empty. */
export async function readPages<T>(read: (cursor: string) => Promise<Page<T>>, pagesMax: number): Promise<Pages<T>> {
  const rows: T[] = []
  let cursor = ''
  for (let i = 0; i < pagesMax; i++) {
    const page = await read(cursor)
    rows.push(...page.data)
    if (page.next_cursor === null) return { rows, hasMore: false }
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`
  }
  return { rows, hasMore: true }
}
