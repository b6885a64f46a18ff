/** Where servers lie that were installed in the usual ways; Debian keeps some outside the PATH of ordinary users. */
import { access, constants, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { codeOf } from '../store/embedded/errors.ts'

const USUAL_DIRS = [
  '/usr/sbin',
  '/usr/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
]

/** Each holds one directory per version of Postgres. */
const POSTGRES_PARENTS = [
  { dir: '/usr/lib/postgresql', name: /^(\d+)$/ },
  { dir: '/usr', name: /^pgsql-(\d+)$/ },
  { dir: '/opt/homebrew/opt', name: /^postgresql@(\d+)$/ },
  { dir: '/usr/local/opt', name: /^postgresql@(\d+)$/ },
]

/** @returns its path, or null where this machine does not have it. */
export async function findProgram(name: string, path: string = process.env.PATH ?? ''): Promise<string | null> {
  return firstWith(name, [...pathDirs(path), ...USUAL_DIRS])
}

/** @returns directories that hold `postgres` and `initdb`: that of the PATH first, then the newest version. */
export async function findPostgresDirs(path: string = process.env.PATH ?? ''): Promise<string[]> {
  const versions: { readonly dir: string; readonly major: number }[] = []
  for (const { dir, name } of POSTGRES_PARENTS) {
    for (const entry of await namesIn(dir)) {
      const major = name.exec(entry)?.[1]
      if (major !== undefined) versions.push({ dir: join(dir, entry, 'bin'), major: Number(major) })
    }
  }
  versions.sort((a, b) => b.major - a.major)
  const found: string[] = []
  for (const dir of [...pathDirs(path), ...versions.map(v => v.dir), ...USUAL_DIRS]) {
    if (found.includes(dir)) continue
    if ((await firstWith('postgres', [dir])) !== null && (await firstWith('initdb', [dir])) !== null) found.push(dir)
  }
  return found
}

/** Without the `node_modules/.bin` that a package script has in front: no server of this machine lies there. */
function pathDirs(path: string): string[] {
  return path.split(delimiter).filter(dir => dir.startsWith('/') && !dir.includes('/node_modules/'))
}

async function firstWith(name: string, dirs: readonly string[]): Promise<string | null> {
  for (const dir of dirs) {
    const path = join(dir, name)
    try {
      await access(path, constants.X_OK)
      return path
    } catch (error) {
      if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error
    }
  }
  return null
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(codeOf(error) ?? '')) return []
    throw error
  }
}
