/** The Debian packages of the servers that this machine lacks. */
import { spawn } from 'node:child_process'
import { IS_ROOT } from '../store/embedded/owned-files.ts'
import { runTool } from '../store/embedded/run-tool.ts'
import { ServiceError } from './errors.ts'
import { findPostgresDirs, findProgram } from './find-program.ts'
import type { ServiceName } from './service.ts'
import { missingServices } from './services.ts'

const PACKAGES: Readonly<Record<ServiceName, string>> = {
  nats: 'nats-server',
  redis: 'redis-server',
  postgres: 'postgresql',
}

/**
 * Installs what is missing, and nothing where nothing is.
 *
 * @throws {ServiceError} `install_failed` with what to do instead.
 */
export async function installServices(names: readonly ServiceName[], log: (sentence: string) => void): Promise<void> {
  await installPackages(
    (await toInstall(names)).map(name => PACKAGES[name]),
    log,
  )
}

/**
 * Other packages of Debian.
 *
 * @throws {ServiceError} `install_failed` with what to do instead.
 */
export async function installPackages(packages: readonly string[], log: (sentence: string) => void): Promise<void> {
  if (packages.length === 0) return log('everything is installed')
  const list = packages.join(', ')
  const aptGet = await findProgram('apt-get')
  if (aptGet === null) {
    throw new ServiceError(
      'install_failed',
      `This machine has no apt-get. Install ${list} in its own way (on macOS: brew install nats-server redis prometheus) and leave out --install.`,
    )
  }
  const asRoot = await asRootBy()
  if (asRoot === null) {
    throw new ServiceError(
      'install_failed',
      `To install ${list} apt-get needs root, and sudo is not here or asks for a password: sudo apt-get install ${packages.join(' ')}`,
    )
  }
  log(`installing ${list}`)
  const aptGetWith = (...args: readonly string[]) => run([...asRoot, ...QUIETLY, aptGet, ...args])
  await aptGetWith('update', '-qq')
  await aptGetWith('install', '-y', '-qq', '--no-install-recommends', ...packages)
}

/** Sudo passes no environment on. */
const QUIETLY = ['env', 'DEBIAN_FRONTEND=noninteractive'] as const
const SUDO_MAX_MS = 5_000

/** @returns what makes a command run as root, or null where nothing does without a question. */
async function asRootBy(): Promise<readonly string[] | null> {
  if (IS_ROOT) return []
  const sudo = await findProgram('sudo')
  if (sudo === null) return null
  const { ok } = await runTool(sudo, ['-n', 'true'], { user: null, maxMs: SUDO_MAX_MS })
  return ok ? [sudo, '-n'] : null
}

async function toInstall(names: readonly ServiceName[]): Promise<ServiceName[]> {
  const missing = await missingServices(names)
  const lacksPostgres = names.includes('postgres') && (await findPostgresDirs()).length === 0
  return lacksPostgres ? [...missing, 'postgres'] : missing
}

/** Its words go to standard error: standard output is for the URLs. */
function run([program = '', ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2] })
    const fail = (why: string, cause?: unknown) =>
      reject(new ServiceError('install_failed', `${program} ${args.join(' ')} ${why}; see above.`, { cause }))
    child.once('error', error => fail('could not be run', error))
    child.once('close', (code, signal) => (code === 0 ? resolve() : fail(`ended with ${code ?? signal}`)))
  })
}
