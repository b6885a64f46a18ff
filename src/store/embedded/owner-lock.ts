/**
 * Who owns a data directory: at most one live node.
 *
 * The lock is SQLite's exclusive lock on an empty file, that is an fcntl lock of the kernel, taken through the
 * library that Bun carries. The kernel drops it when its process ends, however it ends, so there is no stale
 * lock to judge: a file with a pid and a start time needs a judgement, and two nodes that judge at once both
 * win. An advisory lock in Postgres would come too late (it cannot guard initdb and the start) and would go
 * silently whenever the server restarts. Children do not inherit fcntl locks, so the server that outlives
 * its node does not keep the directory owned.
 *
 * What would break it: another descriptor on the lock file closed in this process (fcntl locks go with any
 * of them). SQLite defers such closes for its own, and nobody else opens the file; the pid for the sentence
 * stands in a file of its own.
 */
import { Database } from 'bun:sqlite'
import { chmodSync, existsSync, lchownSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, EmbeddedPostgresError } from './errors.ts'
import { IS_ROOT } from './owned-files.ts'

export interface OwnerLock {
  release(): void
}

/** Keeps the handles reachable: a collected handle would release its lock behind the owner's back. */
const held = new Set<Database>()

/** @throws {EmbeddedPostgresError} `already_owned`, or `data_dir_unusable` where the file cannot be locked. */
export function acquireOwnerLock(dir: string): OwnerLock {
  const lockFile = join(dir, 'owner.lock')
  const pidFile = join(dir, 'owner.pid')
  const db = lockExclusively(dir, lockFile, pidFile)
  held.add(db)
  // A file of a killed owner may belong to another user: take its place instead of writing into it.
  rmSync(pidFile, { force: true })
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o644, flag: 'wx' })
  if (IS_ROOT) {
    const { uid, gid } = statSync(dir)
    for (const path of [lockFile, pidFile]) lchownSync(path, uid, gid)
  }

  return {
    release() {
      if (!held.delete(db)) return
      rmSync(pidFile, { force: true })
      db.close()
    },
  }
}

function lockExclusively(dir: string, lockFile: string, pidFile: string): Database {
  let db: Database | undefined
  try {
    const isNew = !existsSync(lockFile)
    db = new Database(lockFile, { create: true, readwrite: true })
    if (isNew) chmodSync(lockFile, 0o600)
    db.run('begin exclusive')
    return db
  } catch (error) {
    db?.close()
    if (codeOf(error)?.startsWith('SQLITE_BUSY')) {
      throw new EmbeddedPostgresError(
        'already_owned',
        `Another Waggle node${ownerText(pidFile)} runs on ${dir}. Stop it, or give this one a data directory of its own (WAGGLE_DATA_DIR).`,
        { cause: error },
      )
    }
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `${lockFile} cannot be locked: the directory must be writable and on a file system with locks.`,
      { cause: error },
    )
  }
}

function ownerText(pidFile: string): string {
  try {
    return ` (process ${Number.parseInt(readFileSync(pidFile, 'utf8'), 10)})`
  } catch {
    return '' // The owner has locked and not yet written its pid: the sentence does without.
  }
}
