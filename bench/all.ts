/**
 * Every bench after the other, each in a process of its own, and one document of it all. A bench without a result is said so and
 * takes no other down.
 */
import { join } from 'node:path'
import { documented, leftOut, type Ran } from './all/document.ts'
import type { RunFigures } from './all/marks.ts'
import { PLAN, type PlannedRun, type Size } from './all/plan.ts'
import { type Bench, NoResultError } from './bench.ts'
import { choiceFlag, FlagError, readFlags } from './flags.ts'

const ROOT = join(import.meta.dir, '..')
const OUT: Record<Size, string> = {
  full: join('docs', 'benchmarks.md'),
  // Figures of seconds say nothing: they must not stand where somebody looks for those of minutes.
  tiny: join('.waggle', 'benchmarks-tiny.md'),
}
/** The longest, a past of 100 million rows, is not among them. */
const RUN_MAX_MS = 20 * 60_000

export const allBench: Bench = {
  name: 'all',
  question: 'All of them, written to docs/benchmarks.md.',
  help: `bun run bench all -- [flags]: every bench after the other; in the document the sections of those that
were run are written anew, all else stays

  --size S      full, or tiny: seconds each, for whether they run at all (full)
  --only A,B    those only: ${PLAN.map(run => run.id).join(', ')}
  --out FILE    (${OUT.full}; ${OUT.tiny} where the size is tiny)

Left out:
${leftOut()}
`,
  run: async (argv, progress) => {
    const values = readFlags(argv, ['size', 'only', 'out'])
    const size = choiceFlag<Size>(values, 'size', 'full', ['full', 'tiny'])
    const runs = chosen(values.only)
    const ran: Ran[] = []
    const out = Bun.file(values.out ?? join(ROOT, OUT[size]))
    const before = (await out.exists()) ? await out.text() : ''
    for (const run of runs) {
      progress(`${run.id}: bench ${run.bench} ${run.argv[size]}`)
      ran.push(await inItsOwnProcess(run, size))
      // After each: whoever interrupts it keeps what has been measured so far.
      await Bun.write(out, documented(before, ran, size))
    }
    const failed = ran.filter(one => one.figures === null)
    if (failed.length === ran.length)
      throw new NoResultError(failed.map(one => `${one.run.id}: ${one.reason}`).join('; '))
    return {
      figures: { size, runs: ran.length, without_result: failed.map(one => one.run.id) },
      postgresVersion: null,
    }
  },
}

/** @throws {FlagError} */
function chosen(only: string | undefined): readonly PlannedRun[] {
  if (only === undefined) return PLAN
  return only.split(',').map(id => {
    const run = PLAN.find(candidate => candidate.id === id)
    if (run === undefined) throw new FlagError(`--only: there is no "${id}"`)
    return run
  })
}

async function inItsOwnProcess(run: PlannedRun, size: Size): Promise<Ran> {
  const flags = run.argv[size].split(' ').filter(flag => flag !== '')
  const main = join(import.meta.dir, 'main.ts')
  const child = Bun.spawn([process.execPath, main, run.bench, ...flags, '--json'], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const giveUp = setTimeout(() => child.kill('SIGTERM'), RUN_MAX_MS)
  const [text, trouble] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  clearTimeout(giveUp)
  if ((await child.exited) === 0) return { run, figures: JSON.parse(text.trim()) as RunFigures, reason: '' }
  return { run, figures: null, reason: trouble.trim().split('\n').at(-1) ?? 'it has ended without a word' }
}
