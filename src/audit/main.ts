/** `bun run audit`: see HELP. */
import { ServiceError } from '../services/errors.ts'
import { EmbeddedPostgresError } from '../store/embedded/errors.ts'
import { NodeStartError } from '../trial/trial-node.ts'
import { ArgsError, type AuditOptions, HELP, parseCommand } from './args.ts'
import { NotRecoveredError, runAudit } from './run.ts'

const EXIT_VIOLATIONS = 1
const EXIT_NO_AUDIT = 2

async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommand(argv)
  if (command.kind === 'help') {
    console.log(HELP)
    return 0
  }
  return run(command.options)
}

async function run(options: AuditOptions): Promise<number> {
  const progress = options.output === 'json' ? () => {} : (line: string) => console.error(line)
  const { report, findings, keptDataDir } = await runAudit(options, progress)
  console.log(JSON.stringify(report))
  const { unexpected, nodes_died: died, unclean_stops: unclean } = report
  if (Object.keys(unexpected).length + died + unclean > 0) {
    const odd = { unexpected, nodes_died: died, unclean_stops: unclean }
    console.error(`no acknowledgement is broken by it, but look at ${JSON.stringify(odd)}`)
  }
  if (findings.total === 0) return 0
  for (const finding of findings.listed) console.error(JSON.stringify(finding))
  console.error(`${findings.total} violations with --seed ${options.seed}; the data is kept in ${keptDataDir}`)
  return EXIT_VIOLATIONS
}

function explain(error: unknown): number {
  if (error instanceof ArgsError) console.error(`${error.message}\nSee: bun run audit -- --help`)
  else if (error instanceof EmbeddedPostgresError || error instanceof ServiceError || error instanceof NodeStartError)
    console.error(error.message)
  else if (error instanceof NotRecoveredError) {
    console.error(error.message)
    return EXIT_VIOLATIONS
  } else throw error
  return EXIT_NO_AUDIT
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error(`${signal}: ended before the record was compared; the data directory stays as it is`)
    process.exit(EXIT_NO_AUDIT)
  })
}
process.exit(await main(process.argv.slice(2)).catch(explain))
