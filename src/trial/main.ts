/** `bun run cluster`: several nodes and their servers on this machine, until told to stop. */

import { ServiceError } from '../services/errors.ts'
import { installServices } from '../services/install.ts'
import { SERVICE_NAMES } from '../services/service.ts'
import { TrialCluster } from './trial-cluster.ts'
import { NodeStartError } from './trial-node.ts'

const HELP = `bun run cluster -- [--nodes N] [--port P] [--dir DIR] [--install]

Starts NATS, Redis and Postgres and N nodes on them, all on 127.0.0.1; runs until SIGINT or SIGTERM.

  --nodes N    how many nodes, 1 to 9 (3)
  --port P     of the first node; the others take the next ones (3000)
  --dir DIR    keeps the data there; without it a scratch directory goes with the servers
  --install    first installs the Debian packages of the servers (apt-get, as root or by sudo)

WAGGLE_ADMIN_KEY is the key of all nodes; one is made where it is not set. Other settings of the environment are not passed on.
`

const NODES_MAX = 9
const EXIT_FAILED = 1
const EXIT_USAGE = 2

class UsageError extends Error {}

interface Arguments {
  readonly nodes: number
  readonly port: number
  readonly dir: string | null
  readonly install: boolean
}

function readArguments(argv: readonly string[]): Arguments | 'help' {
  let [nodes, port, dir, install] = [3, 3000, null as string | null, false]
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i] ?? ''
    switch (name) {
      case '--help':
      case '-h':
        return 'help'
      case '--nodes':
        nodes = whole(name, argv[++i], 1, NODES_MAX)
        break
      case '--port':
        port = whole(name, argv[++i], 1, 65_535 - NODES_MAX)
        break
      case '--dir':
        dir = argv[++i] ?? usage(`${name} wants a directory`)
        break
      case '--install':
        install = true
        break
      default:
        usage(`unknown option "${name}"; try --help`)
    }
  }
  return { nodes, port, dir, install }
}

function whole(name: string, text: string | undefined, min: number, max: number): number {
  const value = /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : usage(`${name} must be a whole number from ${min} to ${max}`)
}

function usage(sentence: string): never {
  throw new UsageError(sentence)
}

/** Whoever read what we say is gone: a write that fails unheard would end us there and then. */
const NOT_READ = 'nobody reads the output any more'

const log = (sentence: string): void => {
  process.stderr.write(`cluster: ${sentence}\n`)
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2))
  if (args === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const told = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => told.resolve(signal))
  for (const output of [process.stdout, process.stderr]) output.on('error', () => told.resolve(NOT_READ))
  if (args.install) await installServices(SERVICE_NAMES, log)
  const adminKey = process.env.WAGGLE_ADMIN_KEY ?? `wag_${crypto.randomUUID().replaceAll('-', '')}`
  const cluster = await TrialCluster.start({
    nodes: args.nodes,
    firstPort: args.port,
    adminKey,
    log,
    ...(args.dir === null ? {} : { dir: args.dir }),
  })
  for (const node of cluster.nodes) process.stdout.write(`${node.name} is ready at ${node.url}\n`)
  process.stdout.write(`Admin key: ${adminKey}\n`)
  log(`${await told.promise}: stopping`)
  await cluster.stop()
  return 0
}

main().then(
  code => process.exit(code),
  (error: unknown) => {
    const isKnown = error instanceof UsageError || error instanceof ServiceError || error instanceof NodeStartError
    log(isKnown || !(error instanceof Error) ? (error as Error).message : (error.stack ?? error.message))
    process.exit(error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED)
  },
)
