/**
 * Ends the servers when their owner is gone. A killed process has no last moment, but the kernel closes its end of our
 * standard input in any case; the lock on the directory goes with it, and only who holds that may touch anything.
 */
import { existsSync } from 'node:fs'
import { EmbeddedPostgresError } from '../store/embedded/errors.ts'
import { acquireOwnerLock, type OwnerLock } from '../store/embedded/owner-lock.ts'
import { poll } from '../store/embedded/poll.ts'
import { endLeftovers, removeDir } from './leftovers.ts'
import { SERVICE_LIMITS } from './limits.ts'

const [dir, kind] = process.argv.slice(2)
if (dir === undefined || kind === undefined) throw new Error('usage: guard.ts DIR scratch|kept')
// The owner may be started from a terminal that is closed, or with Ctrl-C: we are needed after that.
for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => {})
for await (const _ of process.stdin) {
  // Nothing is ever written: the loop ends when the other end is closed.
}
// Stopped in order, a scratch directory is gone; and it must not come back as an empty one.
const lock = await poll({ forMs: SERVICE_LIMITS.guardMaxMs, everyMs: SERVICE_LIMITS.pollMs }, () =>
  existsSync(dir) ? tryLock(dir) : 'gone',
)
if (lock !== undefined && lock !== 'gone') {
  await endLeftovers(dir)
  lock.release()
  if (kind === 'scratch') await removeDir(dir)
}
process.exit(lock === undefined ? 1 : 0)

function tryLock(path: string): OwnerLock | undefined {
  try {
    return acquireOwnerLock(path)
  } catch (error) {
    if (error instanceof EmbeddedPostgresError && error.code === 'already_owned') return undefined
    throw error
  }
}
