/**
 * `npm run test:cluster [-- --install | --install-only] [--long] [FILE…]`: the tests that need real servers. With `--install` the Debian packages
 * of those that this machine lacks come first (apt-get, as root or by sudo), with `--install-only` nothing comes after them; with `--long` tests
 * that take minutes come along. Exit codes: those of the tests; 2 where the packages cannot be had.
 */
import { ServiceError } from '../../src/services/errors.ts'
import { findProgram } from '../../src/services/find-program.ts'
import { installPackages, installServices } from '../../src/services/install.ts'
import { SERVICE_NAMES } from '../../src/services/service.ts'
import { missingServices } from '../../src/services/services.ts'
import { findPostgresTool } from '../support/postgres-tools.ts'

const EXIT_NOT_INSTALLED = 2
const INSTALLING = ['--install', '--install-only']
const FLAGS = [...INSTALLING, '--long']
const WITHOUT_LONG = ['--path-ignore-patterns', 'test/cluster/long/**']

async function main(args: readonly string[]): Promise<number> {
  if (args.some(arg => INSTALLING.includes(arg))) await installMissing()
  if (args.includes('--install-only')) return 0
  const files = args.filter(arg => !FLAGS.includes(arg))
  const which =
    files.length > 0 ? files : args.includes('--long') ? ['./test/cluster'] : ['./test/cluster', ...WITHOUT_LONG]
  const tests = Bun.spawn([process.execPath, 'test', '--timeout', '240000', ...which], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal))
  return tests.exited
}

async function installMissing(): Promise<void> {
  if (await isAnythingMissing()) await installServices(SERVICE_NAMES, say)
  // For the tests of figures and rules; its package has promtool as well.
  if ((await findProgram('prometheus')) === null) await installPackages(['prometheus'], say)
}

/** A server of Postgres comes with the packages of npm, what makes a backup of it does not. */
async function isAnythingMissing(): Promise<boolean> {
  return (await missingServices()).length > 0 || (await findPostgresTool('pg_dump')) === null
}

function say(sentence: string): void {
  process.stderr.write(`test:cluster: ${sentence}\n`)
}

process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof ServiceError)) throw error
    say(error.message)
    return EXIT_NOT_INSTALLED
  }),
)
