/**
 * Where a data directory's cluster lies.
 *
 * Usually inside, in `postgres/`. As root, with the data directory under a home closed to others, the server's
 * user could not get there: then it lies in a shared place and `postgres-location` in the data directory names it.
 * That name carries a random part and is written before initdb: a data directory that was wiped and made
 * again begins afresh instead of finding the cluster of its former life.
 *
 * Inside a cluster's home only `pgdata` and `log` belong to the server's user. The rest is ours, so that we
 * never write, as root, into a directory that another user can rearrange.
 */
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { codeOf, EmbeddedPostgresError, USE_OWN_SERVER } from './errors.ts'
import { IS_ROOT, makeOwnedDir, syncDir, writeOwnedFile } from './owned-files.ts'
import { readIfThere } from './read-if-there.ts'
import { runTool, type ServerUser } from './run-tool.ts'
import { canEnter, inFirstSharedPlace } from './shared-place.ts'

export interface Cluster {
  readonly home: string
  /** What Postgres calls the data directory. */
  readonly pgdata: string
  readonly logDir: string
  readonly configFile: string
  /** What the server says before its log is open. */
  readonly startLog: string
}

/** The superuser of each embedded cluster. */
export const SUPERUSER = 'waggle'

const POINTER = 'postgres-location'
const PASSWORD = 'postgres-password'

function clusterAt(home: string): Cluster {
  return {
    home,
    pgdata: join(home, 'pgdata'),
    logDir: join(home, 'log'),
    configFile: join(home, 'waggle.conf'),
    startLog: join(home, 'start.log'),
  }
}

/**
 * Makes the data directory.
 *
 * @returns its real path: two spellings of one directory are one owner.
 */
export async function prepareDataDir(dataDir: string): Promise<string> {
  try {
    if ((await mkdir(dataDir, { recursive: true, mode: 0o700 })) !== undefined) await chmod(dataDir, 0o700)
    return await realpath(dataDir)
  } catch (error) {
    throw new EmbeddedPostgresError('data_dir_unusable', `The data directory ${dataDir} cannot be made or read.`, {
      cause: error,
    })
  }
}

/**
 * @returns the home that the data directory already has, or null.
 * @throws {EmbeddedPostgresError} `cluster_missing`: a new cluster in its place would hide that the record is gone.
 */
export async function findCluster(dataDir: string): Promise<Cluster | null> {
  const inside = clusterAt(join(dataDir, 'postgres'))
  const pointer = (await readIfThere(join(dataDir, POINTER)))?.trim()
  if (pointer === undefined) return (await isDirectory(inside.home)) ? inside : null
  if (await isDirectory(pointer)) return clusterAt(pointer)
  throw new EmbeddedPostgresError(
    'cluster_missing',
    `${join(dataDir, POINTER)} says that the database is in ${pointer}, and it is not there. Put it back, or remove the file to start with an empty database.`,
  )
}

/**
 * Makes the home of a new cluster where `user` can reach it.
 *
 * @throws {EmbeddedPostgresError} `data_dir_unusable` where no place can be had.
 */
export async function placeCluster(
  dataDir: string,
  user: ServerUser | null,
  sharedDirs: readonly string[],
): Promise<Cluster> {
  if (user === null || (await openTo(user, dataDir))) {
    const home = join(dataDir, 'postgres')
    await makeOwnedDir(home, user === null ? 0o700 : 0o711)
    return clusterAt(home)
  }
  const name = `${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}-${randomBytes(4).toString('hex')}`
  const placed = await inFirstSharedPlace(sharedDirs, user, async dir => {
    const home = join(dir, 'clusters', name)
    await makeOwnedDir(join(dir, 'clusters'), 0o711)
    await makeOwnedDir(home, 0o711)
    return (await canEnter(user, home)) ? home : null
  })
  if ('result' in placed) {
    await writeOwnedFile(join(dataDir, POINTER), `${placed.result}\n`, 0o644)
    return clusterAt(placed.result)
  }
  throw new EmbeddedPostgresError(
    'data_dir_unusable',
    `Postgres refuses to run as root, and the user it would run as (uid ${user.uid}) may not enter ${dataDir}, nor can the database lie elsewhere (${placed.refusals.join('; ')}). Use a data directory that others may enter (WAGGLE_DATA_DIR), or start the node as an ordinary user. ${USE_OWN_SERVER}`,
  )
}

/** The directories' modes may have changed since the cluster was made. @throws {EmbeddedPostgresError} `data_dir_unusable` */
export async function keepReachable(dataDir: string, cluster: Cluster, user: ServerUser | null): Promise<void> {
  if (user === null || (await canEnter(user, cluster.home))) return
  if ((await openTo(user, dataDir)) && (await canEnter(user, cluster.home))) return
  throw new EmbeddedPostgresError(
    'data_dir_unusable',
    `The user that the Postgres server runs as (uid ${user.uid}) may no longer enter ${cluster.home}. Let others enter each directory above it (chmod o+x).`,
  )
}

/** The data directory is ours, so it may be opened; the directories above it are not. */
async function openTo(user: ServerUser, dataDir: string): Promise<boolean> {
  if (await canEnter(user, dataDir)) return true
  const { mode } = await stat(dataDir)
  await chmod(dataDir, (mode & 0o777) | 0o011)
  if (await canEnter(user, dataDir)) return true
  await chmod(dataDir, mode & 0o777)
  return false
}

/**
 * @returns the superuser's password, made at first.
 * @throws {EmbeddedPostgresError} `password_lost`
 */
export async function clusterPassword(dataDir: string, cluster: Cluster): Promise<string> {
  const path = join(dataDir, PASSWORD)
  const known = (await readIfThere(path))?.trim()
  if (known !== undefined && /^[0-9a-f]{32,}$/.test(known)) return known
  if (await isInitialised(cluster)) {
    throw new EmbeddedPostgresError(
      'password_lost',
      `${path} is missing or damaged, and the database in ${cluster.pgdata} cannot be opened without the password it held. Put it back from a backup.`,
    )
  }
  const password = randomBytes(24).toString('hex')
  await writeOwnedFile(path, `${password}\n`, 0o600)
  return password
}

export async function isInitialised(cluster: Cluster): Promise<boolean> {
  return (await readIfThere(join(cluster.pgdata, 'PG_VERSION'))) !== undefined
}

/** @throws {EmbeddedPostgresError} `cluster_version` */
export async function checkVersion(cluster: Cluster, binaries: Binaries): Promise<void> {
  const major = (await readIfThere(join(cluster.pgdata, 'PG_VERSION')))?.trim()
  if (major === binaries.major) return
  throw new EmbeddedPostgresError(
    'cluster_version',
    `The database in ${cluster.pgdata} was made by Postgres ${major}; this is Postgres ${binaries.major}. Dump it with the version of Waggle that made it and restore it here, or choose another data directory (WAGGLE_DATA_DIR).`,
  )
}

/** Sorting that depends on no library of the machine; before it, plain bytes. */
const BUILTIN_LOCALE_SINCE = 17
const BUILTIN_LOCALE = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']

export interface InitdbOptions {
  readonly cluster: Cluster
  readonly user: ServerUser | null
  readonly binaries: Binaries
  readonly password: string
  readonly sync: 'full' | 'none'
  readonly maxMs: number
}

/**
 * Makes the cluster, all or nothing: initdb works in a directory beside, whose rename is the last step, so a
 * node killed in the middle leaves nothing that looks like a cluster.
 *
 * @throws {EmbeddedPostgresError} `initdb_failed`
 */
export async function initCluster({ cluster, user, binaries, password, sync, maxMs }: InitdbOptions): Promise<void> {
  await removeUnfinished(cluster)
  const fresh = `${cluster.pgdata}.new-${randomBytes(4).toString('hex')}`
  const passwordFile = `${fresh}.password`
  try {
    await makeOwnedDir(fresh, 0o700)
    await writeOwnedFile(passwordFile, `${password}\n`, 0o600)
    if (user !== null) for (const path of [fresh, passwordFile]) await chown(path, user.uid, user.gid)
    const args = [
      `--pgdata=${fresh}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      ...(Number(binaries.major) >= BUILTIN_LOCALE_SINCE ? BUILTIN_LOCALE : []),
      '--data-checksums',
      '--no-instructions',
      ...(sync === 'none' ? ['--no-sync'] : []),
    ]
    const { ok, output } = await runTool(binaries.initdb, args, { user, maxMs })
    if (!ok)
      throw new EmbeddedPostgresError('initdb_failed', `The database in ${cluster.home} cannot be made: ${output}`)
    await rename(fresh, cluster.pgdata)
    await syncDir(cluster.home)
  } finally {
    await rm(passwordFile, { force: true })
    await rm(fresh, { recursive: true, force: true })
  }
}

async function removeUnfinished(cluster: Cluster): Promise<void> {
  for (const name of await readdir(cluster.home)) {
    if (name.startsWith('pgdata.new-')) await rm(join(cluster.home, name), { recursive: true, force: true })
  }
}

/** The directory that the server's log collector writes to. */
export async function prepareLogDir(cluster: Cluster, user: ServerUser | null): Promise<void> {
  await makeOwnedDir(cluster.logDir, 0o700)
  if (user !== null && IS_ROOT) await chown(cluster.logDir, user.uid, user.gid)
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
