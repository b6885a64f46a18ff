import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ApiError } from '../shared/api.ts'
import type { Page } from '../shared/views.ts'
import { call } from './call.ts'

const PAGE = 100
/** Nobody reads more rows than this, and a browser gets slow. */
export const ROWS_MAX = 5_000

export interface List<T> {
  /** Null: not read yet. */
  readonly rows: readonly T[] | null
  readonly problem: ApiError | null
  readonly hasMore: boolean
  /** There are more than can be shown. */
  readonly isCut: boolean
  readonly isReading: boolean
  more(): void
  /** From its beginning; what is shown stays until that is there. */
  reload(): void
}

interface Read<T> {
  readonly rows: readonly T[] | null
  readonly cursor: string | null
  readonly problem: ApiError | null
  readonly isReading: boolean
}

const NOTHING = { rows: null, cursor: null, problem: null, isReading: true }

/**
 * A list of the API, page by page. An answer that comes after another question was asked is dropped, else a slow first filter
 * would overwrite a quick second one.
 *
 * @param path  with its filters, without `limit` and `cursor`; null: nothing is asked.
 */
export function useList<T>(path: string | null): List<T> {
  const [read, setRead] = useState<Read<T>>(NOTHING)
  const turn = useRef(0)
  const ask = useCallback(
    async (before: readonly T[], cursor: string | null) => {
      if (path === null) return
      const mine = ++turn.current
      setRead(now => ({ ...now, isReading: true }))
      const answer = await call<Page<T>>(withPage(path, cursor)).catch(asApiError)
      if (mine !== turn.current) return
      if (answer instanceof ApiError) setRead(now => ({ ...now, problem: answer, isReading: false }))
      else setRead({ rows: [...before, ...answer.data], cursor: answer.next_cursor, problem: null, isReading: false })
    },
    [path],
  )
  useEffect(() => {
    setRead(NOTHING)
    void ask([], null)
    return () => {
      turn.current++
    }
  }, [ask])
  const { rows, cursor } = read
  const isFull = (rows?.length ?? 0) >= ROWS_MAX
  return {
    ...read,
    hasMore: cursor !== null && !isFull,
    isCut: cursor !== null && isFull,
    more: () => void ask(rows ?? [], cursor),
    reload: () => void ask([], null),
  }
}

function withPage(path: string, cursor: string | null): string {
  const query = cursor === null ? `limit=${PAGE}` : `limit=${PAGE}&cursor=${encodeURIComponent(cursor)}`
  return `${path}${path.includes('?') ? '&' : '?'}${query}`
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  throw error
}
