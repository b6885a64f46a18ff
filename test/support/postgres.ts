/**
 * A real Postgres for tests: one embedded server per test process, started at the first use and shared by all test
 * files; one fresh database per test that asks. With fsync and synchronous_commit on, as a node demands it;
 * only initdb does not wait for the disk.
 *
 * Servers do not leak: a guard process removes the server when this process ends, however it ends; should
 * the guard be killed too, the next run finds the directory without an owner and removes it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, dropDatabase, urlOfDatabase } from '../../src/store/embedded/databases.ts'
import { discardEmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { codeOf, EmbeddedPostgresError } from '../../src/store/embedded/errors.ts'

const PREFIX = 'waggle-test-postgres-'

/** A run that has made its directory owns it within this time. */
const SETTLED_MS = 60_000

let server: Promise<{ readonly url: string; readonly dataDir: string }> | undefined
/** Kept reachable: a collected child would lose its pipe, and that is what it waits for. */
let guard: ChildProcess | undefined
let databases = 0

/** @returns the URL of the shared server's `waggle` database, whose user may do everything. */
export async function testPostgres(): Promise<string> {
  server ??= start()
  return (await server).url
}

/** Where the shared server's data lies. */
export async function testPostgresDir(): Promise<string> {
  server ??= start()
  return (await server).dataDir
}

/**
 * A database of one's own.
 *
 * @param template  to copy, such as a migrated one that `testDatabase` made; nobody may be connected to it.
 */
export async function testDatabase(template?: string): Promise<{ name: string; url: string; drop(): Promise<void> }> {
  const adminUrl = await testPostgres()
  const name = `test_${++databases}`
  await createDatabase(adminUrl, name, template)
  return { name, url: urlOfDatabase(adminUrl, name), drop: () => dropDatabase(adminUrl, name) }
}

async function start() {
  await sweep()
  const dataDir = await mkdtemp(join(tmpdir(), PREFIX))
  guard = spawn(process.execPath, [join(import.meta.dir, 'postgres-guard.ts'), dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  const { url } = await startEmbeddedPostgres({
    dataDir,
    initdbSync: 'none',
    // Small beside the load of other tests.
    settings: { shared_buffers: '64MB', max_wal_size: '512MB', min_wal_size: '32MB' },
  })
  return { url, dataDir }
}

/** What an earlier run left because its guard was killed with it. */
async function sweep(): Promise<void> {
  const left = (await readdir(tmpdir())).filter(name => name.startsWith(PREFIX))
  for (const name of left) {
    try {
      if (Date.now() - (await stat(join(tmpdir(), name))).mtimeMs < SETTLED_MS) continue
      await discardEmbeddedPostgres(join(tmpdir(), name))
    } catch (error) {
      // Another test run's, alive; or another user's; or its guard was quicker.
      if (!(error instanceof EmbeddedPostgresError) && codeOf(error) !== 'ENOENT') throw error
    }
  }
}
