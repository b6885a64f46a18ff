/**
 * The tables of docs/mutations.md, read back. A run of all guards takes an hour, and a machine that others use has none to spare: it may be
 * made in parts, so a row stays as it is until a run has put its guard to the test again, and the figures above a table are those of its rows.
 */

export interface PageRow {
  readonly guard: string
  readonly caughtBy: readonly string[]
  readonly isHang: boolean
  /** As it stands there. */
  readonly text: string
}

export const NOBODY = '**nobody**'
export const HANG = 'hang'

const CAUGHT_BY = 2

export function rowOf(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`
}

/** Of each guard its row. */
export function rowsIn(text: string): Map<string, PageRow> {
  const rows = text.split('\n').filter(line => /^\| (?!guard \|)/.test(line))
  return new Map(rows.map(readRow).map(row => [row.guard, row]))
}

export function readRow(text: string): PageRow {
  const cells = text.slice(2, -2).split(' | ').map(plain)
  const caughtBy = cells[CAUGHT_BY] ?? NOBODY
  return {
    guard: cells[0] ?? '',
    caughtBy: caughtBy === NOBODY ? [] : caughtBy.split(', '),
    isHang: cells.at(-1) === HANG,
    text,
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function plain(text: string): string {
  return text.replaceAll('\\|', '|').replaceAll('&lt;', '<')
}
