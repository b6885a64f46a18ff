import type { ComponentChildren } from 'preact'
import { Trouble } from './trouble.tsx'
import { type List, ROWS_MAX } from './use-list.ts'

interface ListBodyProps<T> {
  readonly list: List<T>
  /** What stands there while there is nothing. */
  readonly empty: ComponentChildren
  readonly children: (rows: readonly T[]) => ComponentChildren
}

/** A list in each of its states: being read, refused, empty, there, with more to come. */
export function ListBody<T>({ list, empty, children }: ListBodyProps<T>) {
  const { rows, problem, hasMore, isCut, isReading } = list
  if (rows === null) {
    return problem === null ? <p class="reading">Reading …</p> : <Trouble problem={problem} onRetry={list.reload} />
  }
  return (
    <>
      {problem !== null && <Trouble problem={problem} onRetry={list.reload} />}
      {rows.length === 0 ? empty : children(rows)}
      {isCut && <p class="more-rows">There are more than these {ROWS_MAX.toLocaleString()}.</p>}
      {hasMore && (
        <p class="more-rows">
          <button type="button" disabled={isReading} onClick={list.more}>
            {isReading ? 'Reading …' : 'Show more'}
          </button>
        </p>
      )}
    </>
  )
}
