/** `bun start`: one embedded node, until it is told to stop. */
import { type Log, type LogSink, logTo } from './actors/runtime/log.ts'
import { onClosed, WITHOUT_READERS } from './closed-output.ts'
import { ConfigError } from './config/config-error.ts'
import { describeSettings } from './config/settings.ts'
import { unknownSettings } from './config/unknown-settings.ts'
import { adminKeyFile, readConfig } from './config.ts'
import { type Node, startNode } from './node.ts'
import { secretsIn } from './secrets/log-secrets.ts'
import { openLog } from './telemetry/open-log.ts'
import { VERSION } from './version.ts'

const HELP = `Waggle: a real-time dispatch engine.

  bun start          starts a node; everything it needs comes with it

Settings, by environment (defaults in brackets):
${describeSettings()}
`

/** A stop that takes longer than this is ended hard: what is acknowledged is committed either way. */
const STOP_MAX_MS = 15_000

async function main(sink: LogSink): Promise<void> {
  const told = Promise.withResolvers<string>()
  onClosed(process.stdout, () => told.resolve(WITHOUT_READERS))
  // Its log is lost, and said in no other place; couriers and customers are served all the same.
  onClosed(process.stderr, () => undefined)
  if (process.argv.slice(2).some(a => a === '--help' || a === '-h')) {
    process.stdout.write(HELP)
    return
  }
  const unknown = process.argv.slice(2)[0]
  if (unknown !== undefined) throw new ConfigError(`unknown argument "${unknown}"; try --help`)
  for (const sentence of unknownSettings(process.env)) logTo(sink).warn(sentence)
  const config = readConfig(process.env)
  const log = logTo(sink, config.logLevel)
  // From here on a signal ends the node in order, whether or not it has come up yet.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => told.resolve(signal))
  const starting = startNode(config, sink)
  // Where the start fails, `starting` says so below.
  told.promise.then(why => stop(why, starting, log)).catch(() => undefined)
  const node = await starting
  process.stdout.write(`Waggle is ready at ${node.url} (docs at ${node.url}/docs)\n`)
  if (node.adminKeyIsNew) {
    process.stdout.write(`Admin key: ${node.adminKey}\nIt is kept in ${adminKeyFile(config.dataDir)}.\n`)
  }
}

async function stop(why: string, starting: Promise<Node>, log: Log): Promise<void> {
  log(`${why}: finishing what is under way`)
  setTimeout(() => process.exit(1), STOP_MAX_MS).unref()
  const node = await starting
  try {
    await node.stop()
    process.exit(0)
  } catch (error) {
    log.error(`could not stop cleanly: ${String(error)}`)
    process.exit(1)
  }
}

const node = process.env.WAGGLE_NODE
const sink = openLog({
  fields: { service: 'waggle', version: VERSION, ...(node ? { node } : {}) },
  secrets: secretsIn(process.env),
})

main(sink).catch((error: unknown) => {
  const sentence = error instanceof Error ? error.message : String(error)
  logTo(sink).error(`${error instanceof ConfigError ? '' : 'could not start: '}${sentence}`)
  process.exit(1)
})
