/**
 * NATS, Redis and Postgres without Docker: real servers of this machine on free ports of 127.0.0.1, for trying a cluster and
 * for its tests.
 *
 * What can go wrong is what they leave. Each is a session of its own, so that Ctrl-C reaches us and not them and they are
 * stopped in order; a guard process outlives us if we are killed, ends them and removes the scratch directory; and should the
 * guard be killed too, the next start in a kept directory ends what it finds there before it starts its own. A lock that
 * the kernel drops with its owner says whose the directory is.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { EmbeddedPostgresError } from '../store/embedded/errors.ts'
import { acquireOwnerLock, type OwnerLock } from '../store/embedded/owner-lock.ts'
import { readIfThere } from '../store/embedded/read-if-there.ts'
import { ChildServer } from './child-server.ts'
import { ServiceError } from './errors.ts'
import { findProgram } from './find-program.ts'
import { endLeftovers, removeDir } from './leftovers.ts'
import { natsRecipe } from './nats-server.ts'
import { PostgresServer } from './postgres-server.ts'
import { redisRecipe } from './redis-server.ts'
import { SERVICE_NAMES, type Service, type ServiceName } from './service.ts'

export interface ServicesOptions {
  /** Default: all. */
  readonly only?: readonly ServiceName[]
  /** Kept when they stop, and found again by the next start. Default: a scratch directory that goes with them. */
  readonly dir?: string
  /** Further lines of the configuration of NATS. */
  readonly natsConfig?: string
  readonly log?: (sentence: string) => void
}

export interface Services {
  readonly dir: string
  /** Of those that were started. */
  readonly urls: Readonly<Partial<Record<ServiceName, string>>>
  /** @throws {ServiceError} where it was not started. */
  url(name: ServiceName): string
  /** Stopped in order and started again: same port, same data. */
  restart(name: ServiceName): Promise<void>
  /** As `kill -9`; `restart` brings it back. */
  kill(name: ServiceName): Promise<void>
  pause(name: ServiceName): Promise<void>
  resume(name: ServiceName): Promise<void>
  /** In the opposite order of their start. @throws {AggregateError} after all were tried. */
  stop(): Promise<void>
}

const PORTS = 'ports.json'

/**
 * @throws {ServiceError} `not_installed` before anything is started; later ones after what was started is stopped again.
 * @throws {EmbeddedPostgresError} what keeps Postgres from starting.
 */
export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const names = SERVICE_NAMES.filter(name => options.only?.includes(name) ?? true)
  const programs = await programsFor(names)
  const isScratch = options.dir === undefined
  const dir = await ownDir(options.dir)
  const lock = lockDir(dir)
  const guard = startGuard(dir, isScratch)
  const running: Service[] = []
  try {
    await endLeftovers(dir)
    const ports = await knownPorts(dir)
    const { natsConfig = '', log = () => undefined } = options
    for (const name of names) running.push(await startOne(name, { dir, programs, ports, natsConfig, log }))
    await writeFile(join(dir, PORTS), `${JSON.stringify({ ...ports, ...portsOf(running) })}\n`)
  } catch (error) {
    await end(running, { dir, isScratch, lock, guard })
    throw error
  }
  return servicesOf(running, { dir, isScratch, lock, guard })
}

/** @returns those that this machine does not have. Postgres is always there: its binaries come with the packages. */
export async function missingServices(names: readonly ServiceName[] = SERVICE_NAMES): Promise<ServiceName[]> {
  const missing: ServiceName[] = []
  for (const name of names) if (name !== 'postgres' && (await findProgram(PROGRAMS[name])) === null) missing.push(name)
  return missing
}

const PROGRAMS = { nats: 'nats-server', redis: 'redis-server' } as const

type Programs = Readonly<Partial<Record<'nats' | 'redis', string>>>

async function programsFor(names: readonly ServiceName[]): Promise<Programs> {
  const found: Partial<Record<'nats' | 'redis', string>> = {}
  for (const name of names) {
    if (name === 'postgres') continue
    const program = await findProgram(PROGRAMS[name])
    if (program === null) {
      throw new ServiceError(
        'not_installed',
        `${PROGRAMS[name]} is neither in the PATH nor in the usual places. Install it, or on Debian and Ubuntu let "bun run services --install" do it.`,
      )
    }
    found[name] = program
  }
  return found
}

interface StartContext {
  readonly dir: string
  readonly programs: Programs
  readonly ports: Ports
  readonly natsConfig: string
  readonly log: (sentence: string) => void
}

function startOne(name: ServiceName, { dir, programs, ports, natsConfig, log }: StartContext): Promise<Service> {
  const own = join(dir, name)
  const preferred = ports[name] ?? null
  switch (name) {
    case 'nats':
      return ChildServer.start(natsRecipe(programs.nats ?? PROGRAMS.nats, own, natsConfig), preferred)
    case 'redis':
      return ChildServer.start(redisRecipe(programs.redis ?? PROGRAMS.redis, own), preferred)
    case 'postgres':
      return PostgresServer.start({ dir: own, preferredPort: preferred, log })
  }
}

interface Held {
  readonly dir: string
  readonly isScratch: boolean
  readonly lock: OwnerLock
  readonly guard: ChildProcess
}

function servicesOf(running: readonly Service[], held: Held): Services {
  const named = (name: ServiceName): Service => {
    const service = running.find(s => s.name === name)
    if (service === undefined)
      throw new ServiceError('start_failed', `${name} is not among the services that were started.`)
    return service
  }
  let stopping: Promise<void> | null = null
  return {
    dir: held.dir,
    urls: Object.fromEntries(running.map(s => [s.name, s.url])),
    url: name => named(name).url,
    async restart(name) {
      await named(name).stop()
      await named(name).start()
    },
    kill: name => named(name).kill(),
    pause: name => named(name).pause(),
    resume: name => named(name).resume(),
    stop() {
      stopping ??= end(running, held)
      return stopping
    },
  }
}

/** What could not be stopped is left to the guard, which looks again once the lock is free. */
async function end(running: readonly Service[], { dir, isScratch, lock, guard }: Held): Promise<void> {
  const failures: unknown[] = []
  for (const service of [...running].reverse()) await service.stop().catch((error: unknown) => failures.push(error))
  if (failures.length === 0) await dismiss(guard)
  if (failures.length === 0 && isScratch) await removeDir(dir)
  lock.release()
  guard.stdin?.end()
  if (failures.length > 0) throw new AggregateError(failures, `could not stop everything: ${failures.join('; ')}`)
}

/** There is nothing left to guard; it would look through the directory once more while whoever has that back removes it. */
async function dismiss(guard: ChildProcess): Promise<void> {
  if (guard.pid === undefined || guard.exitCode !== null || guard.signalCode !== null) return
  const gone = once(guard, 'exit')
  guard.ref()
  guard.kill('SIGKILL')
  await gone
}

async function ownDir(wanted: string | undefined): Promise<string> {
  if (wanted === undefined) return realpath(await mkdtemp(join(tmpdir(), 'waggle-services-')))
  await mkdir(wanted, { recursive: true })
  return realpath(resolve(wanted))
}

function lockDir(dir: string): OwnerLock {
  try {
    return acquireOwnerLock(dir)
  } catch (error) {
    if (!(error instanceof EmbeddedPostgresError) || error.code !== 'already_owned') throw error
    throw new ServiceError(
      'dir_in_use',
      `Other services run in ${dir}. Stop them, or give these a directory of their own.`,
      {
        cause: error,
      },
    )
  }
}

function startGuard(dir: string, isScratch: boolean): ChildProcess {
  const guard = spawn(process.execPath, [join(import.meta.dir, 'guard.ts'), dir, isScratch ? 'scratch' : 'kept'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  return guard
}

type Ports = Readonly<Partial<Record<ServiceName, number>>>

/** A damaged file costs the old ports, no more. */
async function knownPorts(dir: string): Promise<Ports> {
  const found: Partial<Record<ServiceName, number>> = {}
  const text = (await readIfThere(join(dir, PORTS))) ?? ''
  for (const name of SERVICE_NAMES) {
    const port = Number(new RegExp(`"${name}":(\\d{1,5})\\b`).exec(text)?.[1] ?? 0)
    if (port > 0) found[name] = port
  }
  return found
}

function portsOf(running: readonly Service[]): Ports {
  return Object.fromEntries(running.map(({ name, url }) => [name, Number(new URL(url).port)]))
}
