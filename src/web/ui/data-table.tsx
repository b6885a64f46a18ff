import type { ComponentChildren } from 'preact'

export interface Column<T> {
  readonly name: string
  readonly cell: (row: T) => ComponentChildren
  readonly isNumber?: boolean
  /** Its name is read and not shown, as above buttons. */
  readonly isQuiet?: boolean
}

interface DataTableProps<T> {
  /** Read before the table. */
  readonly caption: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
}

/** The first column names the row. On a narrow screen it scrolls sideways within itself, by keys as well. */
export function DataTable<T>({ caption, columns, rows, keyOf }: DataTableProps<T>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section class="table-scroll" aria-label={caption} tabIndex={0}>
      <table class="data-table">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, isNumber = false, isQuiet = false }) => (
              <th key={name} scope="col" class={isNumber ? 'number' : undefined}>
                {isQuiet ? <span class="unseen">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, cell, isNumber = false, isQuiet = false }, i) => {
                const kind = [isNumber ? 'number' : '', isQuiet ? 'row-acts' : ''].join(' ').trim()
                return i === 0 ? (
                  <th key={name} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} class={kind === '' ? undefined : kind}>
                    {cell(row)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
