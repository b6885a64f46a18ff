/** Runs mutants against what should notice them, a few at a time, each lane in a scratch copy of its own. */
import { type Finding, fastTests, record, type Seeds, simulator, suiteOf, types } from './detectors.ts'
import type { Mutant } from './mutation.ts'
import type { Scratch } from './scratch.ts'

export interface Verdict {
  readonly mutant: Mutant
  /** Null: looked, and did not notice. Undefined: not asked. */
  readonly simulator?: Finding | null
  readonly tests?: Finding | null
  readonly record?: Finding | null
  readonly types?: Finding | null
  readonly tookMs: number
}

/** `all`: every detector is asked, to compare them. `until_caught`: the cheapest first, and no more once one has noticed. */
export type Thoroughness = 'all' | 'until_caught'

export interface RunOptions {
  readonly lanes: readonly Scratch[]
  readonly seeds: Seeds
  readonly thoroughness: Thoroughness
  readonly onVerdict: (verdict: Verdict) => void
}

export function isCaught({ simulator, tests, record, types }: Verdict): boolean {
  return [simulator, tests, record, types].some(finding => finding != null)
}

/** What noticed it, the first that was asked. */
export function findingOf({ simulator, tests, record, types }: Verdict): Finding | null {
  return simulator ?? tests ?? record ?? types ?? null
}

/** @returns the verdicts in the order of the mutants. */
export async function runMutants(mutants: readonly Mutant[], options: RunOptions): Promise<Verdict[]> {
  const verdicts = new Array<Verdict>(mutants.length)
  let next = 0
  const work = async (scratch: Scratch): Promise<void> => {
    for (let at = next++; at < mutants.length; at = next++) {
      const mutant = mutants[at]
      if (!mutant) return
      const verdict = await judge(scratch, mutant, options)
      verdicts[at] = verdict
      options.onVerdict(verdict)
    }
  }
  await Promise.all(options.lanes.map(work))
  return verdicts
}

async function judge(scratch: Scratch, mutant: Mutant, { seeds, thoroughness }: RunOptions): Promise<Verdict> {
  const beganMs = performance.now()
  const { dir } = scratch
  const suite = suiteOf(mutant.file)
  const findings = await scratch.with(mutant, async (): Promise<Omit<Verdict, 'mutant' | 'tookMs'>> => {
    if (suite) return { record: await record(dir, suite) }
    if (thoroughness === 'until_caught') return untilCaught(dir, mutant, seeds)
    // The compiler is not asked: it says nothing about a guard, only about a slip of whoever wrote the mutation down.
    return { simulator: await simulator(dir, seeds), tests: await fastTests(dir) }
  })
  return { mutant, ...findings, tookMs: Math.round(performance.now() - beganMs) }
}

/** The quickest first. */
async function untilCaught(dir: string, { file }: Mutant, seeds: Seeds): Promise<Omit<Verdict, 'mutant' | 'tookMs'>> {
  const failed = await fastTests(dir)
  if (failed) return { tests: failed }
  const seen = await simulator(dir, seeds)
  if (seen) return { tests: failed, simulator: seen }
  return { tests: failed, simulator: seen, types: await types(dir, file) }
}
