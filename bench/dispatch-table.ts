/**
 * The table of docs/dispatch-quality.md: files, fleets and policies, each over several seeds. All of it takes hours on a small
 * machine, so every run is a line in a file: started again with the same file it goes on, and `--print` makes the table of
 * what is there. All cases are run with one seed first, then with a few more, so that the table is whole early and only
 * its intervals become narrower.
 *
 * A file belongs to one state of the code: what is in it is not run again, and what is of another state is refused.
 */
import { join } from 'node:path'
import type { Bench, BenchResult } from './bench.ts'
import { TABLE_CASES, type TableCase } from './dispatch/table-cases.ts'
import { tableOf } from './dispatch/table-rows.ts'
import { appendRun, checkOneState, readRuns, stateOf } from './dispatch/table-runs.ts'
import { dispatchBench } from './dispatch.ts'
import { environment } from './environment.ts'
import { FlagError, numberFlag, readFlags, requiredFlag } from './flags.ts'

const SEEDS_MAX = 100
/** How many seeds every case has before any has more. */
const ROUNDS = [1, 3]

export const dispatchTableBench: Bench = {
  name: 'dispatch-table',
  question: 'The table of docs/dispatch-quality.md: files, fleets and policies over seeds',
  help: `bun run bench dispatch-table -- --out FILE [--data DIR] [--seeds N] [--only TEXT]: appends a line per run, goes on where it was
bun run bench dispatch-table -- --print FILE [--only TEXT]: the table of the runs that are there

  --out FILE    a line of JSON per run; those in it are not run again
  --print FILE  runs nothing
  --data DIR    where the recordings are (WAGGLE_DATA, else ../shared/data)
  --seeds N     from 1 to N (10)
  --only TEXT   only cases whose "city | policy" contains it
`,
  run: runTable,
}

type Progress = (sentence: string) => void

async function runTable(argv: readonly string[], progress: Progress): Promise<BenchResult> {
  const values = readFlags(argv, ['out', 'print', 'data', 'seeds', 'only'])
  const { only = '', print } = values
  const cases = TABLE_CASES.filter(({ city, policy }) => `${city} | ${policy}`.includes(only))
  if (cases.length === 0) throw new FlagError(`--only "${only}" is in no case`)
  const path = print ?? requiredFlag(values, 'out')
  if (print === undefined) {
    const dir = values.data ?? process.env.WAGGLE_DATA ?? join(import.meta.dir, '../../shared/data')
    const seeds = numberFlag(values, 'seeds', 10, { min: 1, max: SEEDS_MAX, whole: true })
    await runMissing({ cases, seeds, dir, path }, progress)
  }
  const runs = await readRuns(path)
  checkOneState(path, runs)
  process.stdout.write(`${tableOf(cases, runs).join('\n')}\n`)
  const commits = [...new Set(runs.map(stateOf))]
  return { figures: { cases: cases.length, runs: runs.length, commits }, postgresVersion: null }
}

interface Missing {
  readonly cases: readonly TableCase[]
  readonly seeds: number
  readonly dir: string
  readonly path: string
}

async function runMissing({ cases, seeds, dir, path }: Missing, progress: Progress): Promise<void> {
  const { commit, uncommitted_changes } = environment(null)
  const present = { commit: String(commit), uncommitted_changes: uncommitted_changes === true }
  const before = await readRuns(path)
  checkOneState(path, [...before, present])
  const done = new Set(before.map(({ flags, seed }) => `${flags} ${seed}`))
  for (const { city, policy, flags, seed } of inRounds(cases, seeds)) {
    if (done.has(`${flags} ${seed}`)) continue
    progress(`${city} | ${policy} | seed ${seed}`)
    const { figures } = await dispatchBench.run([...withPaths(flags, dir), '--seed', String(seed)], () => {})
    await appendRun(path, { flags, seed, ...present, figures })
  }
}

type Run = TableCase & { readonly seed: number }

export function inRounds(cases: readonly TableCase[], seeds: number): Run[] {
  const ends = [...ROUNDS.filter(end => end < seeds), seeds]
  return ends.flatMap((end, round) => {
    const from = (ends[round - 1] ?? 0) + 1
    return cases.flatMap(one => {
      const last = one.seeds === 'first' ? Math.min(1, end) : end
      return Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => ({ ...one, seed: from + i }))
    })
  })
}

/** Recordings are in the folder of data, rulesets in the docs. */
function withPaths(flags: string, dir: string): string[] {
  const docs = join(import.meta.dir, '../docs')
  const pathOf = (flag: string) => {
    if (flag.endsWith('.gz')) return join(dir, flag)
    return flag.endsWith('.json') ? join(docs, flag) : flag
  }
  return flags.split(' ').map(pathOf)
}
