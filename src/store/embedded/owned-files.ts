/**
 * Files that root makes in a directory of somebody else belong to that somebody: a node started once with
 * sudo must not lock its user out of the data directory.
 */
import { randomBytes } from 'node:crypto'
import { chmod, lchown, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from './errors.ts'

export const IS_ROOT = process.geteuid?.() === 0

/** Makes the directory (not its parents) unless it exists; `mode` holds whatever the umask says. */
export async function makeOwnedDir(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    throw error
  }
  await chmod(path, mode)
  await giveToOwnerOfDir(path)
}

/** Replaces the file in one step and durably: a reader, or a start after a crash, sees the old text or the new. */
export async function writeOwnedFile(path: string, text: string, mode: number): Promise<void> {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(fresh, 'wx', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await giveToOwnerOfDir(fresh)
  await rename(fresh, path)
  await syncDir(dirname(path))
}

async function giveToOwnerOfDir(path: string): Promise<void> {
  if (!IS_ROOT) return
  const { uid, gid } = await stat(join(path, '..'))
  await lchown(path, uid, gid)
}

/** A rename is durable once its directory is. */
export async function syncDir(path: string): Promise<void> {
  const dir = await open(path, 'r')
  try {
    await dir.sync()
  } finally {
    await dir.close()
  }
}
