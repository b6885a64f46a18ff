/**
 * Removes the test server when the test process is gone. A test process has no reliable last moment (it may be killed,
 * and the test runner calls no exit handlers), but the kernel closes its end of our standard input in any case.
 */
import { discardEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { EmbeddedPostgresError } from '../../src/store/embedded/errors.ts'
import { poll } from '../../src/store/embedded/poll.ts'

const [dataDir] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('usage: postgres-guard.ts DATA_DIR')
for await (const _ of process.stdin) {
  // Nothing is ever written: the loop ends when the other end is closed.
}
// Descriptors close one after the other as a process ends: the pipe may go a moment before the owner's lock.
const done = await poll({ forMs: 30_000, everyMs: 20 }, async () => {
  try {
    await discardEmbeddedPostgres(dataDir)
    return true
  } catch (error) {
    if (error instanceof EmbeddedPostgresError && error.code === 'already_owned') return undefined
    throw error
  }
})
process.exit(done ? 0 : 1)
