/** While a worker thread is being started anew the node is not ready and says why; and its figures and its log name the thread. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogEntry } from '../../src/actors/runtime/log.ts'
import { readConfig } from '../../src/config.ts'
import { type Node, startNode } from '../../src/node.ts'
import { TEST_KEY } from '../support/answer.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let dataDir: string
let node: Node
const lines: (LogEntry & { readonly sentence: string })[] = []

beforeAll(async () => {
  database = await testDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'waggle-thread-'))
  const env = { WAGGLE_WORKERS: '2', WAGGLE_SHARDS: '8', WAGGLE_ADMIN_KEY: TEST_KEY, PORT: '0' }
  const config = readConfig({ ...env, WAGGLE_POSTGRES_URL: database.url, WAGGLE_DATA_DIR: dataDir })
  node = await startNode(config, (sentence, entry) => lines.push({ sentence, ...entry }))
})

afterAll(async () => {
  await node.stop()
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
})

test('a thread that dies is seen in /ready, in /metrics and in the log, and nothing is left of it when it is back', async () => {
  expect((await fetch(`${node.url}/ready`)).status).toBe(200)
  await node.threads.crash(1)
  const seen: unknown[] = []
  await until(async () => {
    const ready = await fetch(`${node.url}/ready`)
    if (ready.status === 503) seen.push(((await ready.json()) as { missing: unknown }).missing)
    expect((await fetch(`${node.url}/health`)).status).toBe(200)
    return seen.length > 0 && ready.status === 200
  }, 'the node is not ready, and ready again')
  expect(seen.flat().every(missing => /worker threads are not up|shards are not served/.test(String(missing)))).toBe(
    true,
  )
  const died = lines.find(({ sentence }) => sentence.startsWith('worker 1 ended'))
  expect(died).toMatchObject({ level: 'error', fields: { thread: 1 } })
  const metrics = await (
    await fetch(`${node.url}/metrics`, { headers: { authorization: `Bearer ${TEST_KEY}` } })
  ).text()
  expect(metrics).toContain('waggle_worker_restarts_total 1\n')
  expect(metrics).toMatch(/^waggle_mailbox_messages\{thread="1"\} \d+$/m)
}, 30_000)
