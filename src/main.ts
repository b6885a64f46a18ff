/** `bun start`: one embedded node, until it is told to stop. */
import { adminKeyFile, ConfigError, describeSettings, readConfig } from './config.ts'
import { startNode } from './node.ts'

const HELP = `Waggle: a real-time dispatch engine.

  bun start          starts a node; everything it needs comes with it

Settings, by environment (defaults in brackets):
${describeSettings()}
`

/** A stop that takes longer than this is ended hard: what is acknowledged is committed either way. */
const STOP_MAX_MS = 15_000

async function main(): Promise<void> {
  if (process.argv.slice(2).some(a => a === '--help' || a === '-h')) {
    process.stdout.write(HELP)
    return
  }
  const config = readConfig(process.env)
  const log = (sentence: string) => process.stderr.write(`waggle: ${sentence}\n`)
  const node = await startNode(config, log)
  process.stdout.write(`Waggle is ready at ${node.url} (docs at ${node.url}/docs)\n`)
  if (node.adminKeyIsNew) {
    process.stdout.write(`Admin key: ${node.adminKey}\nIt is kept in ${adminKeyFile(config.dataDir)}.\n`)
  }
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return
    stopping = true
    log(`${signal}: finishing what is under way`)
    setTimeout(() => process.exit(1), STOP_MAX_MS).unref()
    node.stop().then(
      () => process.exit(0),
      error => {
        log(`could not stop cleanly: ${String(error)}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
}

main().catch((error: unknown) => {
  const sentence = error instanceof Error ? error.message : String(error)
  process.stderr.write(`waggle: ${error instanceof ConfigError ? '' : 'could not start: '}${sentence}\n`)
  process.exit(1)
})
