/** Lists: `limit` and `cursor` in, `data` and `next_cursor` out. */
import { BrokenCursorError, type Page, type PageRequest } from '../store/cursor.ts'
import { invalidField } from './problem.ts'

const LIMIT_DEFAULT = 50

export function pageRequest(query: { limit?: number; cursor?: string }, limitDefault = LIMIT_DEFAULT): PageRequest {
  return { limit: query.limit ?? limitDefault, cursor: query.cursor ?? null }
}

/** @throws {Refusal} `invalid` where the cursor is none of ours. */
export async function pageFrom<T>(read: Promise<Page<T>>): Promise<Page<T>> {
  try {
    return await read
  } catch (error) {
    if (error instanceof BrokenCursorError) throw invalidField('/cursor', error.message)
    throw error
  }
}

export function renderPage<T, V>(page: Page<T>, render: (row: T) => V): { data: V[]; next_cursor: string | null } {
  return { data: page.data.map(render), next_cursor: page.nextCursor }
}
