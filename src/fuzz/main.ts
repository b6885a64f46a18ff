/** `bun run fuzz`: see HELP. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeStartError, TrialNode } from '../trial/trial-node.ts'
import { ArgsError, HELP, type Options, parseCommand } from './args.ts'
import { type FuzzReport, runFuzz } from './run.ts'

const TOKEN = 'fuzz-admin-key-0123456789'
const EXIT_FINDINGS = 1
const EXIT_NOT_RUN = 2
const FINDINGS_PRINTED_MAX = 50
/** Of the process, with what a pool may open meanwhile. */
const HANDLES_GROWTH_MAX = 100

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
    : told(options, await runFuzz({ ...options, ...options.target }))
}

async function runOnOwnNode(options: Options): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'waggle-fuzz-'))
  const env = { WAGGLE_ADMIN_KEY: TOKEN, WAGGLE_DATA_DIR: join(dir, 'data') }
  const node = TrialNode.spawn({ name: 'node', port: 0, logFile: join(dir, 'node.log'), env, atExit: 'SIGTERM' })
  try {
    const url = await node.ready()
    const handlesBefore = await handlesOf(node.pid)
    const report = await runFuzz({ ...options, url, token: TOKEN })
    const handles = (await handlesOf(node.pid)) - handlesBefore
    const leaks =
      handles > HANDLES_GROWTH_MAX
        ? [{ what: `${handles} more handles`, label: 'the node', sent: '', fault: 'all' }]
        : []
    return told(options, { ...report, findings: [...report.findings, ...leaks] }, handles)
  } finally {
    await node.end()
    await rm(dir, { recursive: true, force: true })
  }
}

/** 0 where the system does not say. */
async function handlesOf(pid: number): Promise<number> {
  const open = await readdir(`/proc/${pid}/fd`).catch(() => [])
  return open.length
}

function told({ seed }: Options, { findings, ...report }: FuzzReport, handlesGrown?: number): number {
  for (const finding of findings.slice(0, FINDINGS_PRINTED_MAX)) console.error(JSON.stringify(finding))
  const handles = handlesGrown === undefined ? {} : { handles_grown: handlesGrown }
  console.log(JSON.stringify({ seed, findings: findings.length, ...report, ...handles }))
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
