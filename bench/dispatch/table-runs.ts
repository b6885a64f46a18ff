/**
 * The runs that a table is made of, one JSON line each in a file that is only appended to: hours of them are not lost with
 * the process, and are not run again. A line that was cut off is a run that was not made.
 */
import { appendFile } from 'node:fs/promises'
import type { Figures } from '../bench.ts'

export interface TableRun {
  /** Flags of the case, without where the files are, and the seed: what names a run. */
  readonly flags: string
  readonly seed: number
  readonly commit: string
  readonly figures: Figures
}

/** @returns nothing where there is no such file. */
export async function readRuns(path: string): Promise<TableRun[]> {
  const file = Bun.file(path)
  if (!(await file.exists())) return []
  const lines = (await file.text()).split('\n')
  return lines.flatMap(line => parseRun(line) ?? [])
}

function parseRun(line: string): TableRun | null {
  try {
    const run: unknown = JSON.parse(line)
    return isRun(run) ? run : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function isRun(value: unknown): value is TableRun {
  if (typeof value !== 'object' || value === null) return false
  const { flags, seed, commit, figures } = value as Partial<Record<keyof TableRun, unknown>>
  const isNamed = typeof flags === 'string' && typeof seed === 'number' && typeof commit === 'string'
  return isNamed && typeof figures === 'object' && figures !== null
}

/** In a line of its own, also where the one before was cut off. */
export async function appendRun(path: string, run: TableRun): Promise<void> {
  const text = await readTail(path)
  await appendFile(path, `${text === '' || text.endsWith('\n') ? '' : '\n'}${JSON.stringify(run)}\n`)
}

async function readTail(path: string): Promise<string> {
  const file = Bun.file(path)
  return (await file.exists()) ? file.slice(Math.max(0, file.size - 1)).text() : ''
}
