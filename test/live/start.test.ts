/** What stops a start, and what it says; and what ends it. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { NodeProcess } from '../support/node-process.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let dataDir: string

beforeAll(async () => {
  database = await testDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'waggle-start-'))
}, 60_000)

afterAll(async () => {
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

function start(env: Record<string, string> = {}): Promise<NodeProcess> {
  return NodeProcess.start({ WAGGLE_POSTGRES_URL: database.url, WAGGLE_DATA_DIR: dataDir, ...env })
}

/** For new sessions of this database. */
async function synchronousCommit(value: 'on' | 'off'): Promise<void> {
  const sql = connect(database.url, { max: 1, applicationName: 'test' })
  await sql.unsafe(`alter database "${database.name}" set synchronous_commit = ${value}`)
  await disconnect(sql)
}

test('a record that may lose what it acknowledges stops the start, unless told otherwise', async () => {
  await synchronousCommit('off')
  await expect(start()).rejects.toThrow('synchronous_commit')
  const node = await start({ WAGGLE_UNSAFE: 'true' })
  expect((await node.ask('GET', '/ready')).body).toMatchObject({ status: 'ready', unsafe: true })
  await node.stop()
  await synchronousCommit('on')
}, 60_000)

test('a deployment keeps its number of shards', async () => {
  const node = await start()
  expect((await node.ask('GET', '/ready')).body).toMatchObject({ unsafe: false, shards_served: 256 })
  expect(await node.stop()).toBe(0)
  await expect(start({ WAGGLE_SHARDS: '64' })).rejects.toThrow('WAGGLE_SHARDS=256')
}, 60_000)

test('a name that looks like a setting and is none is told, and stops nothing', async () => {
  const main = join(import.meta.dir, '../../src/main.ts')
  const env = { ...process.env, WAGGLE_OFFER_TTL: '5', WAGGLE_DATA_DIR: dataDir, PORT: 'none' }
  const { stderr, exitCode } = Bun.spawnSync([process.execPath, main], { env })
  const lines = stderr
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ['warn', 'WAGGLE_OFFER_TTL is no setting and is ignored; the nearest one is WAGGLE_OFFER_TTL_S.'],
    ['error', 'PORT must be a whole number from 0 to 65535, not "none".'],
  ])
  expect(exitCode).toBe(1)
})

test('a kept admin key that is none stops the start', async () => {
  const file = join(dataDir, 'admin-key')
  await Bun.write(file, 'short')
  await expect(start({ WAGGLE_ADMIN_KEY: '' })).rejects.toThrow('is none: 16 to 256 printable characters')
  await rm(file)
}, 60_000)

test('a bad setting and a taken port stop the start with a sentence', async () => {
  await expect(start({ WAGGLE_OFFERS: 'three' })).rejects.toThrow('WAGGLE_OFFERS must be one or broadcast:k')
  const taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('mine') })
  await expect(start({ PORT: String(taken.port) })).rejects.toThrow(`port ${taken.port}`)
  await taken.stop(true)
}, 60_000)

test('whoever ends `npm start`, as a supervisor does, ends the node', async () => {
  const env = { ...process.env, WAGGLE_POSTGRES_URL: database.url, WAGGLE_DATA_DIR: dataDir, PORT: '0' }
  // A group of its own, so that nothing of it is left where this fails.
  const npm = spawn('npm', ['start'], { cwd: join(import.meta.dir, '../..'), env, detached: true })
  try {
    let said = ''
    npm.stdout.on('data', (text: Buffer) => {
      said += text
    })
    await until(() => said.includes('Waggle is ready at'), 'it is ready', 30_000)
    const url = /ready at (\S+)/.exec(said)?.[1] ?? ''
    const isUp = () =>
      fetch(`${url}/health`).then(
        () => true,
        () => false,
      )
    expect(await isUp()).toBe(true)
    const ended = once(npm, 'exit')
    npm.kill('SIGTERM')
    await ended
    await until(async () => !(await isUp()), 'the node has ended', 15_000)
  } finally {
    endGroup(npm.pid ?? 0)
  }
}, 60_000)

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch (error) {
    // All of them have ended.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
