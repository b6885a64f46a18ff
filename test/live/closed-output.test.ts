/** Whoever reads what a command says goes away before it has ended: it ends in order, and leaves nothing running. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discardEmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { until } from '../support/until.ts'

const ROOT = join(import.meta.dir, '../..')
const READY = /Waggle is ready at (http:\S+)/

let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'waggle-closed-output-'))
})

afterAll(async () => {
  for (const name of ['node', 'silent-node']) await discardEmbeddedPostgres(join(scratch, name))
  await rm(scratch, { recursive: true, force: true })
}, 60_000)

function run(file: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const { WAGGLE_DATA_DIR: _, ...ours } = process.env
  return Bun.spawn([process.execPath, join(ROOT, file), ...args], {
    env: { ...ours, TMPDIR: scratch, PORT: '0', ...env },
    stdout: 'pipe',
    stderr: 'pipe',
  })
}

/** Whether the server of that directory was still running; ends it. */
async function isServerLeft(dataDir: string): Promise<boolean> {
  const server = await startEmbeddedPostgres({ dataDir })
  await server.stop()
  return server.adopted
}

test('a node whose output is closed finishes what is under way and takes its Postgres along', async () => {
  const dataDir = join(scratch, 'node')
  const node = run('src/main.ts', [], { WAGGLE_DATA_DIR: dataDir })
  await node.stdout.cancel()
  const said = new Response(node.stderr).text()
  expect(await node.exited).toBe(0)
  expect(await said).toContain('nobody reads the output any more: finishing what is under way')
  expect(await isServerLeft(dataDir)).toBe(false)
}, 120_000)

test('a node whose log is closed serves without one, and ends in order when it is told to', async () => {
  const dataDir = join(scratch, 'silent-node')
  const node = run('src/main.ts', [], { WAGGLE_DATA_DIR: dataDir, WAGGLE_LOG_LEVEL: 'debug' })
  await node.stderr.cancel()
  let said = ''
  void (async () => {
    for await (const chunk of node.stdout) said += new TextDecoder().decode(chunk)
  })()
  await until(async () => READY.test(said), 'it is ready', 60_000)
  const url = READY.exec(said)?.[1] ?? ''
  expect((await fetch(`${url}/health`)).status).toBe(200)
  node.kill('SIGTERM')
  expect(await node.exited).toBe(0)
  expect(await isServerLeft(dataDir)).toBe(false)
}, 120_000)

test('a demo that nobody looks at ends, and leaves nothing behind', async () => {
  const before = await readdir(scratch)
  const demo = run('src/demo.ts', ['--drivers', '10'])
  await demo.stdout.cancel()
  expect(await demo.exited).toBe(0)
  expect(await readdir(scratch)).toEqual(before)
}, 120_000)

test('a bench whose progress is not read ends as it would have, its Postgres too', async () => {
  const before = await readdir(scratch)
  const bench = run('bench/main.ts', ['commit', '--rounds', '1'])
  await bench.stderr.cancel()
  const said = new Response(bench.stdout).text()
  expect(await bench.exited).toBe(0)
  expect(await said).toContain('"bench":"commit"')
  expect(await readdir(scratch)).toEqual(before)
}, 120_000)

test('a run of the simulator says by its exit code what it could not print', async () => {
  const simulator = run('src/simulator/main.ts', ['--no-such-option'])
  await simulator.stderr.cancel()
  expect(await simulator.exited).toBe(2)
}, 60_000)
