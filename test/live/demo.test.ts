/** The demo leaves nothing behind, however it ends. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../support/until.ts'

const DEMO = join(import.meta.dir, '../../src/demo.ts')

let scratchOf: string

beforeAll(async () => {
  scratchOf = await mkdtemp(join(tmpdir(), 'waggle-demo-test-'))
})

afterAll(() => rm(scratchOf, { recursive: true, force: true }))

function demo(env: Record<string, string>, ...args: string[]) {
  const { WAGGLE_DATA_DIR: _, ...ours } = process.env
  return Bun.spawn([process.execPath, DEMO, ...args], {
    env: { ...ours, TMPDIR: scratchOf, PORT: '0', ...env },
    stdout: 'pipe',
    stderr: 'pipe',
  })
}

/** What it has said so far. */
function listen(stream: ReadableStream<Uint8Array>): { said: string } {
  const heard = { said: '' }
  const decoder = new TextDecoder()
  void (async () => {
    for await (const chunk of stream) heard.said += decoder.decode(chunk)
  })()
  return heard
}

const leftBehind = () => readdir(scratchOf)

test('a start that fails leaves no scratch directory', async () => {
  const child = demo({ WAGGLE_SHARDS: '0' })
  expect(await child.exited).toBe(1)
  expect(await new Response(child.stderr).text()).toContain('WAGGLE_SHARDS')
  expect(await leftBehind()).toEqual([])
}, 60_000)

test('a second Ctrl-C does not wait for the city, and the node ends in order all the same', async () => {
  const child = demo({}, '--drivers', '30', '--orders-per-hour', '3000')
  const heard = listen(child.stdout)
  await until(async () => /open · [1-9]\d* assigned/.test(heard.said), 'the city is at work', 60_000)
  expect(await leftBehind()).not.toEqual([])
  child.kill('SIGINT')
  await until(async () => heard.said.includes('goes home'), 'the first is heard', 5_000)
  child.kill('SIGINT')
  await until(async () => heard.said.includes('Stopping'), 'the second is heard', 3_000)
  expect(await child.exited).toBe(0)
  expect(await leftBehind()).toEqual([])
}, 120_000)
