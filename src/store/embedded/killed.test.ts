/** What a start finds after a kill -9 of the node, of the server, or of both. */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import {
  discardEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'
import { EMBEDDED_LIMITS } from './limits.ts'
import { poll } from './poll.ts'
import { findPostmaster, isPostmaster, type Postmaster, processesIn } from './postmaster.ts'

const NODE = join(import.meta.dir, '../../../test/support/embedded-node.ts')
setDefaultTimeout(60_000)

const WAIT = { forMs: 20_000, everyMs: 5 }
const dirs: string[] = []

async function freshDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'waggle-killed-'))
  dirs.push(dir)
  return dir
}

const running: EmbeddedPostgres[] = []
const nodes: ChildProcess[] = []

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ initdbSync: 'none', ...options })
  running.push(server)
  return server
}

function spawnNode(dataDir: string): ChildProcess {
  const node = spawn(process.execPath, [NODE, JSON.stringify({ dataDir, initdbSync: 'none' })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  nodes.push(node)
  return node
}

/** @returns the one line that the node writes once it has started. */
async function said(node: ChildProcess): Promise<{ url: string; clusterDir: string; code?: string }> {
  let text = ''
  for await (const chunk of node.stdout ?? []) {
    text += chunk
    if (text.includes('\n')) return JSON.parse(text)
  }
  throw new Error('the node ended and said nothing')
}

async function killed(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return
  const ended = new Promise(resolve => process.once('exit', resolve))
  process.kill('SIGKILL')
  await ended
}

async function runQuery<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function postmasterOf(clusterDir: string): Promise<Postmaster> {
  const found = await findPostmaster(join(clusterDir, 'pgdata'))
  if (found === null) throw new Error('no server')
  return found
}

async function killServer(clusterDir: string): Promise<Postmaster> {
  const server = await postmasterOf(clusterDir)
  process.kill(server.pid, 'SIGKILL')
  const gone = await poll(WAIT, async () =>
    (await isPostmaster(server.pid, join(clusterDir, 'pgdata'))) ? undefined : true,
  )
  expect(gone).toBe(true)
  return server
}

/** Starts a node elsewhere, commits ten rows, and kills the node. */
async function leftByKilledNode(dataDir: string): Promise<{ url: string; clusterDir: string }> {
  const node = spawnNode(dataDir)
  const left = await said(node)
  await runQuery(left.url, async sql => {
    await sql`create table kept (n int)`
    await sql`insert into kept select generate_series(1, 10)`
  })
  await killed(node)
  return left
}

async function expectKept(server: EmbeddedPostgres): Promise<void> {
  const rows = await runQuery(server.url, async sql => sql<{ n: number }[]>`select count(*)::int as n from kept`)
  expect(rows[0]?.n).toBe(10)
}

afterAll(async () => {
  await Promise.all([...nodes.map(killed), ...running.map(server => server.stop())])
  for (const dir of dirs) await discardEmbeddedPostgres(dir)
})

test('the server of a killed node is adopted, and refused to others while that node lived', async () => {
  const dataDir = await freshDir()
  const node = spawnNode(dataDir)
  const left = await said(node)
  await expect(start({ dataDir })).rejects.toMatchObject({
    code: 'already_owned',
    message: expect.stringContaining(`${node.pid}`),
  })
  const { pid } = await postmasterOf(left.clusterDir)
  await killed(node)

  const adopted = await start({ dataDir })
  expect(adopted.adopted).toBe(true)
  expect(adopted.url).toBe(left.url)
  expect((await postmasterOf(left.clusterDir)).pid).toBe(pid)
  await adopted.stop()
  expect(await findPostmaster(join(left.clusterDir, 'pgdata'))).toBeNull()
})

test('a server with other settings, or one that does not answer, is stopped and started again', async () => {
  const dataDir = await freshDir()
  const left = await leftByKilledNode(dataDir)
  const first = await postmasterOf(left.clusterDir)

  const other = await start({ dataDir, settings: { work_mem: '5MB' } })
  expect(other.adopted).toBe(false)
  const second = await postmasterOf(left.clusterDir)
  expect(second.pid).not.toBe(first.pid)
  await expectKept(other)
  await other.stop()

  const node = spawnNode(dataDir)
  await said(node)
  await killed(node)
  const third = await postmasterOf(left.clusterDir)
  process.kill(third.pid, 'SIGSTOP')
  const replaced = await start({ dataDir, limits: { ...EMBEDDED_LIMITS, answerMaxMs: 200, probeMaxMs: 200 } })
  expect(replaced.adopted).toBe(false)
  expect((await postmasterOf(left.clusterDir)).pid).not.toBe(third.pid)
  await expectKept(replaced)
  await replaced.stop()
})

test('node and server killed: the stale postmaster.pid is passed and everything committed recovers', async () => {
  const dataDir = await freshDir()
  const left = await leftByKilledNode(dataDir)
  const pidFile = join(left.clusterDir, 'pgdata/postmaster.pid')
  await killServer(left.clusterDir)

  const recovered = await start({ dataDir })
  expect(recovered.adopted).toBe(false)
  await expectKept(recovered)
  await recovered.stop()

  // The same with a pid that is somebody else's by now, who must be left alone.
  await said(spawnNode(dataDir))
  await Promise.all(nodes.map(killed))
  await killServer(left.clusterDir)
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  const lines = (await readFile(pidFile, 'utf8')).split('\n')
  await writeFile(pidFile, [`${stranger.pid}`, ...lines.slice(1)].join('\n'))

  const again = await start({ dataDir })
  expect(again.adopted).toBe(false)
  await expectKept(again)
  await again.stop()
  expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null])
  await killed(stranger)
})

test.skipIf(process.platform !== 'linux')(
  'a backend that outlives its killed server is ended, not joined by a second server',
  async () => {
    const dataDir = await freshDir()
    const left = await leftByKilledNode(dataDir)
    const pgdata = join(left.clusterDir, 'pgdata')
    const busy = postgres(left.url, { max: 1, onnotice: () => {} })
    const [{ pid } = { pid: 0 }] = await busy<{ pid: number }[]>`select pg_backend_pid() as pid`
    // Computes without a pause, so it does not notice that its parent is gone.
    const computing = busy`select count(*) from generate_series(1, 1000000000) a where a % 7 = 8`.then(
      () => 'answered',
      () => 'cut off',
    )
    await runQuery(left.url, sql =>
      poll(WAIT, async () =>
        (await sql`select from pg_stat_activity where pid = ${pid} and state = 'active'`).length > 0 ? true : undefined,
      ),
    )
    await killServer(left.clusterDir)
    expect(await processesIn(pgdata)).toContain(pid)

    const server = await start({ dataDir })
    expect(await processesIn(pgdata)).not.toContain(pid)
    expect(await computing).toBe('cut off')
    await expectKept(server)
    await busy.end({ timeout: 0 })
    await server.stop()
  },
)

test('a server killed under its node comes back on the same URL by itself', async () => {
  const dataDir = await freshDir()
  const lines: string[] = []
  const server = await start({ dataDir, limits: { watchMs: 20 }, log: line => lines.push(line) })
  await runQuery(server.url, async sql => {
    await sql`create table kept (n int)`
    await sql`insert into kept select generate_series(1, 10)`
  })
  const before = await killServer(server.clusterDir)
  const after = await poll(WAIT, async () => {
    const found = await findPostmaster(join(server.clusterDir, 'pgdata'))
    return found?.status === 'ready' && found.pid !== before.pid ? found : undefined
  })
  expect(after?.port).toBe(before.port)
  await expectKept(server)
  await server.stop()
  expect(lines.some(line => line.includes('is gone'))).toBe(true)
})

test('a node killed while its server starts leaves a start that works', async () => {
  const dataDir = await freshDir()
  await (await start({ dataDir })).stop()
  const pgdata = join(dataDir, 'postgres/pgdata')
  // Each round lets the server come a little further.
  const moments: readonly (() => Promise<boolean>)[] = [
    () => Bun.file(join(dataDir, 'owner.pid')).exists(),
    async () => (await findPostmaster(pgdata)) !== null,
    async () => typeof (await findPostmaster(pgdata))?.port === 'number',
    async () => (await findPostmaster(pgdata))?.status === 'ready',
  ]
  for (const reached of moments) {
    const node = spawnNode(dataDir)
    expect(await poll(WAIT, async () => ((await reached()) ? true : undefined))).toBe(true)
    await killed(node)

    const server = await start({ dataDir })
    await runQuery(server.url, async sql => sql`select 1`)
    await server.stop()
  }
})

test('a node killed in initdb leaves nothing that looks like a database', async () => {
  const dataDir = await freshDir()
  const node = spawnNode(dataDir)
  const home = join(dataDir, 'postgres')
  const glob = new Bun.Glob('pgdata.new-*/PG_VERSION')
  const begun = await poll(WAIT, async () => {
    if (!(await Bun.file(join(dataDir, 'postgres-password')).exists())) return undefined
    return (await Array.fromAsync(glob.scan(home))).length > 0 ? true : undefined
  })
  expect(begun).toBe(true)
  await killed(node)

  const server = await start({ dataDir })
  expect(server.adopted).toBe(false)
  await runQuery(server.url, async sql => sql`select 1`)
  await server.stop()
})
