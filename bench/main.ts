/** `bun run bench <name> -- [flags]`: one bench; its last line is JSON. Exit codes: 0 a result, 1 none, 2 bad flags. */
import { onClosed } from '../src/closed-output.ts'
import { RecordingError } from '../src/sim/replay.ts'
import { allBench } from './all.ts'
import { type Bench, type Figures, NoResultError } from './bench.ts'
import { BENCHES } from './benches.ts'
import { environment } from './environment.ts'
import { FlagError } from './flags.ts'

const KNOWN: readonly Bench[] = [allBench, ...BENCHES]

const EXIT_NO_RESULT = 1
const EXIT_USAGE = 2

const HELP = `bun run bench <name> -- [flags] [--json]

${KNOWN.map(bench => `  ${bench.name.padEnd(14)} ${bench.question}`).join('\n')}

The last line is JSON; with --json it is the only one. Flags of a bench: bun run bench <name> -- --help
`

interface Call {
  readonly bench: Bench | null
  readonly output: 'json' | 'readable'
  readonly wantsHelp: boolean
  readonly argv: readonly string[]
}

/** @throws {FlagError} a bench that there is not. */
export function readCall(argv: readonly string[]): Call {
  // npm hands its own `--` on, and bun run does so too, wherever it stands.
  const given = argv.filter(arg => arg !== '--')
  const [first, ...rest] = given
  const wantsHelp = given.includes('--help') || given.includes('-h')
  const isNamed = first !== undefined && !first.startsWith('-')
  const bench = isNamed ? (KNOWN.find(candidate => candidate.name === first) ?? null) : null
  if (isNamed && bench === null) throw new FlagError(`there is no bench "${first}"`)
  if (bench === null && !wantsHelp) throw new FlagError('which bench?')
  const output = given.includes('--json') ? 'json' : 'readable'
  return { bench, output, wantsHelp, argv: rest.filter(arg => arg !== '--json') }
}

async function main(argv: readonly string[]): Promise<number> {
  const { bench, output, wantsHelp, argv: flags } = readCall(argv)
  if (bench === null || wantsHelp) {
    process.stdout.write(bench?.help ?? HELP)
    return 0
  }
  const progress = output === 'json' ? () => {} : (sentence: string) => process.stderr.write(`${sentence}\n`)
  const { figures, postgresVersion } = await bench.run(flags, progress)
  const line = { bench: bench.name, ...figures, ...environment(postgresVersion) }
  if (output === 'readable') process.stdout.write(`${readable(figures)}\n`)
  process.stdout.write(`${JSON.stringify(line)}\n`)
  return 0
}

function readable(figures: Figures): string {
  const names = Object.keys(figures)
  const width = Math.max(...names.map(name => name.length))
  return names.map(name => `${name.padEnd(width)}  ${JSON.stringify(figures[name])}`).join('\n')
}

function explain(error: unknown): number {
  if (error instanceof FlagError || error instanceof RecordingError) {
    process.stderr.write(`${error.message}\nSee: bun run bench -- --help\n`)
    return EXIT_USAGE
  }
  if (error instanceof NoResultError) {
    process.stderr.write(`no result: ${error.message}\n`)
    return EXIT_NO_RESULT
  }
  throw error
}

if (import.meta.main) {
  // A bench that is not read any more ends as it would have, and takes along the servers that it has started.
  for (const output of [process.stdout, process.stderr]) onClosed(output, () => undefined)
  process.exit(await main(process.argv.slice(2)).catch(explain))
}
