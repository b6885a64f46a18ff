/** `bun run services`: the servers of a cluster on this machine, until told to stop. */
import { EmbeddedPostgresError } from '../store/embedded/errors.ts'
import { ArgumentError, type Arguments, readArguments } from './args.ts'
import { ServiceError } from './errors.ts'
import { installServices } from './install.ts'
import { SERVICE_NAMES, type ServiceName } from './service.ts'
import { type Services, startServices } from './services.ts'

const HELP = `bun run services [--install] [--dir DIR] [--only nats,redis,postgres] [--json]

Starts nats-server (with JetStream), redis-server and Postgres on free ports of 127.0.0.1, prints their URLs as settings of a
node, and runs until SIGINT or SIGTERM. Postgres is the one that comes with the packages where the machine has none.

  --install   first installs the Debian packages of what is missing (apt-get, as root or by sudo)
  --dir DIR   keeps data and ports there; without it a scratch directory goes with the servers
  --only …    only these
  --json      also prints one JSON line, the last
`

const VARIABLES: Readonly<Record<ServiceName, string>> = {
  nats: 'WAGGLE_NATS_URL',
  redis: 'WAGGLE_REDIS_URL',
  postgres: 'WAGGLE_POSTGRES_URL',
}

const EXIT_FAILED = 1
const EXIT_USAGE = 2

/** Whoever read what we say is gone: a write that fails unheard would end us there and then. */
const NOT_READ = 'nobody reads the output any more'

const log = (sentence: string): void => {
  process.stderr.write(`services: ${sentence}\n`)
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2))
  if (args.kind === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  // From here on a signal stops what there is, whether or not all of it has come up yet.
  const told = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => told.resolve(signal))
  for (const output of [process.stdout, process.stderr]) output.on('error', () => told.resolve(NOT_READ))
  if (args.install === 'first') await installServices(args.only, log)
  const services = await startServices({ only: args.only, log, ...(args.dir === null ? {} : { dir: args.dir }) })
  print(services, args)
  log(`${await told.promise}: stopping`)
  await services.stop()
  return 0
}

function print({ urls, dir }: Services, { output }: Arguments): void {
  const settings = SERVICE_NAMES.flatMap(name =>
    urls[name] === undefined ? [] : [[VARIABLES[name], urls[name]] as const],
  )
  for (const [name, url] of settings) process.stdout.write(`${name}=${url}\n`)
  if (output === 'lines_and_json') process.stdout.write(`${JSON.stringify({ ...Object.fromEntries(settings), dir })}\n`)
}

function explain(error: unknown): number {
  const known =
    error instanceof ServiceError || error instanceof EmbeddedPostgresError || error instanceof ArgumentError
  log(known ? error.message : String(error instanceof Error ? (error.stack ?? error) : error))
  return error instanceof ArgumentError ? EXIT_USAGE : EXIT_FAILED
}

process.exit(await main().catch(explain))
