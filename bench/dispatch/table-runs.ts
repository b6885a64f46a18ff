/**
 * The runs that a table is made of, one JSON line each in a file that is only appended to: hours of them are not lost with
 * the process, and are not run again. A line that was cut off is a run that was not made.
 */
import { appendFile } from 'node:fs/promises'
import type { Figures } from '../bench.ts'
import { FlagError } from '../flags.ts'

export interface TableRun {
  /** Flags of the case, without where the files are, and the seed: what names a run. */
  readonly flags: string
  readonly seed: number
  readonly commit: string
  /** Then the commit says too little; null where that is not known. */
  readonly uncommitted_changes: boolean | null
  readonly figures: Figures
}

/** The state of the code that a run is of. */
export function stateOf({ commit, uncommitted_changes }: Pick<TableRun, 'commit' | 'uncommitted_changes'>): string {
  return uncommitted_changes === true ? `${commit} with changes` : commit
}

/** @throws {FlagError} runs of one state of the code and of another are no table. */
export function checkOneState(path: string, runs: readonly Pick<TableRun, 'commit' | 'uncommitted_changes'>[]): void {
  const states = [...new Set(runs.map(stateOf))]
  if (states.length > 1) throw new FlagError(`${path} would mix runs of ${states.join(' and ')}: one file per commit`)
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
    return isRun(run) ? { ...run, uncommitted_changes: run.uncommitted_changes ?? null } : null
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
