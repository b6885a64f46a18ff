/** What a mutant may be noticed by, each a run of its own in the scratch copy. */
import { join } from 'node:path'
import { runChild } from './child.ts'

/** `simulator`: seeds of the real engine under virtual time · `tests`: the fast ones · `record`: a real Postgres · `types`: the compiler. */
export type DetectorName = 'simulator' | 'tests' | 'record' | 'types'

export interface Finding {
  readonly detector: DetectorName
  /** `hang`: it never came to an end, or ate the memory. */
  readonly how: 'violation' | 'crash' | 'hang' | 'failed test' | 'type error'
  /** Of the simulator: how many seeds were run until one failed, and which. */
  readonly seeds: number | null
  readonly seed: number | null
  readonly what: string
}

export interface Seeds {
  readonly first: number
  readonly count: number
}

const SEED_MAX_MS = 20_000
const SIMULATOR_MAX_MS = 240_000
const TESTS_MAX_MS = 60_000
/** A test that says nothing for so long spins: the slowest takes a few seconds, beside others. */
const TEST_SILENCE_MAX_MS = 20_000
const RECORD_MAX_MS = 240_000
const TYPES_MAX_MS = 60_000

/** Of one test, on a machine that does other things, too: what is late for that is not the mutant's doing. */
const TEST_MAX_MS = 60_000
/** What the runner calls a hook. */
const HOOK = '(unnamed)'
const RECORD_TRIES_MAX = 4

/** The suites that hold an adapter to its port. */
const JOURNAL_SUITE = [
  'src/store/straight-commit.test.ts',
  'src/store/one-active-assignment.test.ts',
  'src/store/postgres-journal.test.ts',
]
const LOCATIONS_SUITE = ['src/store/postgres-location-log.test.ts']
const PRICES_SUITE = ['src/store/postgres-price-log.test.ts']
const PRICES = /^src\/store\/(postgres-price-log\.ts|rulesets\.ts|migrations\/0004)/
const LOCATIONS = /^src\/store\/(postgres-location-log\.ts|position-rows\.ts|pack-positions\.ts|migrations\/00(02|22))/

/** Of what is around the engine, by the file's path: the first that fits. */
const EDGE_SUITES: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^src\/http\/access\/own-mode/,
    ['src/domain/mode.test.ts', 'test/http/test-mode.test.ts', 'test/http/test-mode-walls.test.ts'],
  ],
  [
    /^src\/http\/access\//,
    ['src/http/access/', 'test/http/access.test.ts', 'test/http/own.test.ts', 'test/http/socket-access.test.ts'],
  ],
  [/^src\/http\/service-area/, ['test/http/zones.test.ts']],
  [/^src\/webhooks\//, ['src/webhooks/']],
  [/^src\/store\/(record-guard|silence-watch)/, ['src/store/record-guard.test.ts', 'src/store/silence-watch.test.ts']],
  [/^src\/store\/forget-orders/, ['src/store/forget-orders.test.ts']],
]

export type Suite = readonly string[]

/** @returns null where the file is not the business of a real record. */
export function suiteOf(file: string): Suite | null {
  const edge = EDGE_SUITES.find(([files]) => files.test(file))
  if (edge) return edge[1]
  if (!file.startsWith('src/store/')) return null
  if (PRICES.test(file)) return PRICES_SUITE
  return LOCATIONS.test(file) ? LOCATIONS_SUITE : JOURNAL_SUITE
}

export async function simulator(dir: string, seeds: Seeds): Promise<Finding | null> {
  const argv = [join(dir, 'src/mutate/probe.ts'), String(seeds.first), String(seeds.count)]
  const end = await runChild(argv, { cwd: dir, silenceMaxMs: SEED_MAX_MS, ageMaxMs: SIMULATOR_MAX_MS })
  const lines = end.output.split('\n').filter(line => line.startsWith('{'))
  const last = lines.map(readLine).findLast(line => line !== null)
  if (end.kind === 'ended' && last?.passed !== undefined) return null
  const seed = last?.failed ?? last?.seed ?? null
  const how = end.kind === 'hang' ? 'hang' : last?.failed === undefined ? 'crash' : 'violation'
  const what = last?.what ?? (how === 'hang' ? 'no end' : firstError(end.output))
  return { detector: 'simulator', how, seed, seeds: seed === null ? 0 : seed - seeds.first + 1, what }
}

interface ProbeLine {
  readonly seed?: number
  readonly failed?: number
  readonly passed?: number
  readonly what?: string
}

/** The process may have been killed in the middle of a line. */
function readLine(line: string): ProbeLine | null {
  try {
    return JSON.parse(line) as ProbeLine
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Without the simulator's own test, which is the other detector; with the scenarios of what others have complained about. */
export async function fastTests(dir: string): Promise<Finding | null> {
  const files = ['src/{actors,domain}/**/*.test.ts', 'test/named/*.test.ts'].flatMap(glob => [
    ...new Bun.Glob(glob).scanSync(dir),
  ])
  const quick = files.filter(file => !file.endsWith('.fuzz.test.ts')).sort()
  return bunTest(dir, 'tests', [`--timeout=${TEST_MAX_MS}`, ...quick], TESTS_MAX_MS)
}

/**
 * Some of these tests look at deadlines of a real server, and a machine that does other things can make them late: what
 * fails counts once it has failed twice. A hook that fails says that the server did not start in time, and nothing else.
 */
export async function record(dir: string, suite: Suite): Promise<Finding | null> {
  let first: Finding | null = null
  for (let tries = 1; tries <= RECORD_TRIES_MAX; tries++) {
    const finding = await bunTest(dir, 'record', [`--timeout=${TEST_MAX_MS}`, ...suite], RECORD_MAX_MS)
    if (finding === null || first?.what === finding.what) return finding
    if (finding.what !== HOOK) first = finding
  }
  return first
}

async function bunTest(
  dir: string,
  detector: DetectorName,
  filesAndOptions: readonly string[],
  ageMaxMs: number,
): Promise<Finding | null> {
  const argv = ['test', '--bail', ...filesAndOptions]
  const silenceMaxMs = detector === 'tests' ? TEST_SILENCE_MAX_MS : ageMaxMs
  const end = await runChild(argv, { cwd: dir, silenceMaxMs, ageMaxMs })
  if (end.kind === 'hang') return { detector, how: 'hang', seed: null, seeds: null, what: 'no end' }
  if (end.code === 0) return null
  const failed = end.output.match(/^\(fail\) (.*?)(?: \[[\d.]+ms\])?$/m)?.[1]
  const how = failed ? 'failed test' : 'crash'
  return { detector, how, seed: null, seeds: null, what: failed ?? firstError(end.output) }
}

/** The last resort: what does not compile is never committed. */
export async function types(dir: string, file: string): Promise<Finding | null> {
  const tsc = join(dir, 'node_modules/typescript/bin/tsc')
  const argv = [tsc, '--noEmit', '-p', dir]
  const end = await runChild(argv, { cwd: dir, silenceMaxMs: TYPES_MAX_MS, ageMaxMs: TYPES_MAX_MS })
  // Elsewhere in the sources somebody may be at work: only what the mutant itself broke counts.
  const broken = end.output.split('\n').find(line => line.startsWith(`${file}(`))
  return broken ? { detector: 'types', how: 'type error', seed: null, seeds: null, what: broken } : null
}

function firstError(output: string): string {
  return (
    output
      .match(/^.*\b\w*(?:[eE]rror|Violation)\b.*$/m)?.[0]
      ?.trim()
      .slice(0, 200) ?? 'ended without a word'
  )
}
