import { ArgsError, type Command, HELP, parseCommand } from './args.ts'
import { describeFigures } from './figures.ts'
import { FleetError } from './fleet.ts'
import { NodeUnreachableError } from './node-version.ts'
import { RecordingError } from './replay.ts'
import { runWorld } from './world.ts'

/** `bun run sim`: see HELP. Exit codes: 0 done, 1 violations or no node, 2 bad options. */
const EXIT_FAILED = 1
const EXIT_USAGE = 2

async function main(argv: readonly string[]): Promise<number> {
  const command = await parseCommand(argv, process.env)
  if (command.kind === 'help') {
    console.log(HELP)
    return 0
  }
  return run(command)
}

async function run({ options, output }: Command & { kind: 'run' }): Promise<number> {
  const interrupt = new AbortController()
  const onInterrupt = () => {
    // Whoever asks twice means now.
    if (interrupt.signal.aborted) process.exit(EXIT_FAILED)
    console.error('interrupted: finishing')
    interrupt.abort()
  }
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onInterrupt)
  const hooks = output === 'json' ? {} : { onSecond: showFigures }
  const report = await runWorld(options, { ...hooks, signal: interrupt.signal })
  console.log(JSON.stringify(report))
  return report.violations_count === 0 ? 0 : EXIT_FAILED
}

function showFigures(figures: Parameters<typeof describeFigures>[0]): void {
  console.error(describeFigures(figures))
}

function explain(error: unknown): number {
  if (error instanceof ArgsError || error instanceof RecordingError) {
    console.error(`${error.message}\nSee: bun run sim -- --help`)
    return EXIT_USAGE
  }
  if (error instanceof NodeUnreachableError || error instanceof FleetError) {
    console.error(error.message)
    return EXIT_FAILED
  }
  throw error
}

process.exit(await main(process.argv.slice(2)).catch(explain))
