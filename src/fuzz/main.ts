/** `bun run fuzz`: see HELP. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeStartError, TrialNode } from '../trial/trial-node.ts'
import { ArgsError, HELP, type Options, parseCommand } from './args.ts'
import { readHealth } from './health.ts'
import { leaksIn, type Reading } from './leaks.ts'
import { type FuzzPlan, type FuzzReport, runFuzz } from './run.ts'

const TOKEN = 'fuzz-admin-key-0123456789'
const EXIT_FINDINGS = 1
const EXIT_NOT_RUN = 2
const FINDINGS_PRINTED_MAX = 50
/** A node ends a connection that nobody uses after 20 s. */
const QUIET_MS = 25_000

async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommand(argv, Math.floor(Math.random() * 2 ** 31))
  if (command.kind === 'help') {
    console.log(HELP)
    return 0
  }
  const { options } = command
  console.error(`seed ${options.seed}`)
  return options.target === null
    ? runOnOwnNode(options)
    : told(options, await runRounds(options, options.target, () => null))
}

async function runOnOwnNode(options: Options): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'waggle-fuzz-'))
  const env = { WAGGLE_ADMIN_KEY: TOKEN, WAGGLE_DATA_DIR: join(dir, 'data') }
  const node = TrialNode.spawn({ name: 'node', port: 0, logFile: join(dir, 'node.log'), env, atExit: 'SIGTERM' })
  try {
    const url = await node.ready()
    return told(options, await runRounds(options, { url, token: TOKEN }, () => handlesOf(node.pid)))
  } finally {
    await node.end()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Null where the system does not say. */
async function handlesOf(pid: number): Promise<number | null> {
  return await readdir(`/proc/${pid}/fd`).then(
    open => open.length,
    () => null,
  )
}

interface Rounds {
  readonly reports: readonly FuzzReport[]
  readonly readings: readonly Reading[]
}

/** One after the other at the same node, each with a seed of its own. */
async function runRounds(
  options: Options,
  target: Pick<FuzzPlan, 'url' | 'token'>,
  handles: () => Promise<number | null> | null,
): Promise<Rounds> {
  const reports: FuzzReport[] = []
  const readings: Reading[] = []
  for (let round = 0; round < options.rounds; round++) {
    const report = await runFuzz({ ...options, ...target, seed: options.seed + round })
    reports.push(report)
    // What it holds when all is quiet: garbage is collected, and a client's connections, which are kept alive, have ended.
    if (options.rounds > 1) await Bun.sleep(QUIET_MS)
    const { residentBytes } = await readHealth(target.url, target.token)
    readings.push({ residentBytes, handles: await handles() })
  }
  return { reports, readings }
}

function told({ seed }: Options, { reports, readings }: Rounds): number {
  const leaks = leaksIn(readings).map(what => ({ what, label: 'the node', sent: '', fault: 'all' }))
  const findings = [...reports.flatMap(report => report.findings), ...leaks]
  for (const finding of findings.slice(0, FINDINGS_PRINTED_MAX)) console.error(JSON.stringify(finding))
  const rounds = reports.map(({ findings: _, ...report }, i) => ({ ...report, quiet: readings[i] ?? null }))
  console.log(JSON.stringify({ seed, findings: findings.length, rounds }))
  return findings.length === 0 ? 0 : EXIT_FINDINGS
}

function explain(error: unknown): number {
  if (error instanceof ArgsError) console.error(`${error.message}\nSee: bun run fuzz -- --help`)
  else if (error instanceof NodeStartError) console.error(error.message)
  else throw error
  return EXIT_NOT_RUN
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_NOT_RUN))
process.exit(await main(process.argv.slice(2)).catch(explain))
