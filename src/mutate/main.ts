/** `bun run mutate`: see `args.ts`. */
import { join } from 'node:path'
import { ArgsError, HELP, type MutateOptions, readArgs } from './args.ts'
import { fastTests, record, simulator, suiteOf } from './detectors.ts'
import { writeDocument } from './document.ts'
import { generateMutants } from './generate.ts'
import { ALL_GUARDS, EDGE_GUARDS, GUARDS } from './guards.ts'
import { type Mutant, mutantOf } from './mutation.ts'
import { progressLine, summary } from './report.ts'
import { isCaught, runMutants, type Thoroughness, type Verdict } from './run.ts'
import { Scratch } from './scratch.ts'

const ROOT = join(import.meta.dir, '../..')

/** What is not mutated must pass, or nothing that fails afterwards means anything. */
class BaselineError extends Error {
  override readonly name = 'BaselineError'
}

async function main(): Promise<number> {
  const options = readArgs(process.argv.slice(2))
  if (!options) {
    console.log(HELP)
    return 0
  }
  const first = await Scratch.of(ROOT)
  const lanes = [first]
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const lane of lanes) lane.removeNow()
      process.exit(130)
    })
  }
  try {
    while (lanes.length < options.lanes) lanes.push(await Scratch.of(first.dir))
    return await run(options, lanes, first)
  } finally {
    for (const lane of lanes) await lane.remove()
  }
}

async function run(options: MutateOptions, lanes: readonly Scratch[], source: Scratch): Promise<number> {
  const picked = options.hand || options.edge ? await handPicked(options, source) : []
  const sampled = await generateMutants(source.dir, options.generated, options.seed)
  await checkBaseline(source, [...picked, ...sampled.mutants], options)
  const hand = await judge(picked, 'all', options, lanes)
  const generated = await judge(sampled.mutants, 'until_caught', options, lanes)
  const figures = summary({ hand, generated, sampled, guards: ALL_GUARDS })
  if (options.write) await writeDocument(ROOT, figures, options)
  console.log(JSON.stringify(figures))
  return hand.every(isCaught) ? 0 : 1
}

async function checkBaseline(
  { dir }: Scratch,
  mutants: readonly Mutant[],
  { seed, seedsMax }: MutateOptions,
): Promise<void> {
  const suites = new Set(mutants.map(({ file }) => suiteOf(file)).filter(suite => suite !== null))
  const detectors = [
    () => simulator(dir, { first: seed, count: seedsMax }),
    () => fastTests(dir),
    ...[...suites].map(suite => () => record(dir, suite)),
  ]
  for (const detect of detectors) {
    const broken = await detect()
    if (broken) throw new BaselineError(`without any mutation the ${broken.detector} fails: ${JSON.stringify(broken)}`)
  }
}

function handPicked(options: MutateOptions, source: Scratch): Promise<Mutant[]> {
  const { only, part } = options
  const wanted = (options.edge ? EDGE_GUARDS : GUARDS)
    .filter(guard => only === null || only.some(text => guard.id.includes(text)))
    .filter((_, i) => part === null || i % part.of === part.n - 1)
  return Promise.all(wanted.map(async guard => mutantOf(guard, await source.text(guard.file))))
}

function judge(
  mutants: readonly Mutant[],
  thoroughness: Thoroughness,
  { seed, seedsMax, json }: MutateOptions,
  lanes: readonly Scratch[],
): Promise<Verdict[]> {
  return runMutants(mutants, {
    lanes,
    thoroughness,
    seeds: { first: seed, count: seedsMax },
    onVerdict: verdict => {
      if (!json) console.error(progressLine(verdict))
    },
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof ArgsError || error instanceof BaselineError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
