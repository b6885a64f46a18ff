/**
 * The record dies under a running node: live tracking goes on, nothing is acknowledged, new orders get 503 with
 * Retry-After, and once it is back everything goes on without a restart.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discardEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { NodeProcess } from '../support/node-process.ts'
import { until } from '../support/until.ts'

const SF = { latitude: 37.775, longitude: -122.418 }
const DROPOFF = { latitude: 37.79, longitude: -122.4 }

let dataDir: string
let node: NodeProcess

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waggle-pg-'))
  node = await NodeProcess.start({ WAGGLE_DATA_DIR: dataDir })
}, 60_000)

afterAll(async () => {
  await node.stop()
  await discardEmbeddedPostgres(dataDir)
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

/** Of the server as it runs now: it may have been started anew. */
async function serverPid(): Promise<number> {
  const file = join(dataDir, 'postgres', 'pgdata', 'postmaster.pid')
  return Number((await readFile(file, 'utf8')).split('\n')[0])
}

function report(step: number): Promise<{ status: number }> {
  const at = { ...SF, latitude: SF.latitude + step * 0.00001 }
  return node.ask('POST', '/v1/drivers/steady/location', at)
}

function book(): Promise<{ status: number; retryAfter: string | null }> {
  return fetch(`${node.url}/v1/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer test-key-0123456789abcdef`, 'content-type': 'application/json' },
    body: JSON.stringify({ pickup: SF, dropoff: DROPOFF }),
  }).then(r => ({ status: r.status, retryAfter: r.headers.get('retry-after') }))
}

test('while the record does not answer, tracking goes on and bookings get 503; then all goes on without a restart', async () => {
  expect((await report(0)).status).toBe(202)
  const socket = node.socket('/v1/live')
  const seen: number[] = []
  await new Promise(resolve => socket.addEventListener('open', resolve))
  socket.addEventListener('message', event => {
    const message = JSON.parse(String(event.data))
    if (message.type === 'location') seen.push(message.data.latitude)
  })
  socket.send(JSON.stringify({ type: 'subscribe', topics: ['driver:steady'] }))
  expect((await report(1)).status).toBe(202)
  await until(() => seen.length >= 1, 'the driver is seen to move')

  const pid = await serverPid()
  process.kill(pid, 'SIGSTOP')
  for (const child of await childrenOf(pid)) process.kill(child, 'SIGSTOP')
  const acknowledged: number[] = []
  const pending = [2, 3, 4].map(step => report(step).then(a => acknowledged.push(a.status)))
  const refused = await book()
  await until(() => seen.length >= 4, 'the driver is still seen to move')
  expect(refused.status).toBe(503)
  expect(Number(refused.retryAfter)).toBeGreaterThan(0)
  expect(acknowledged.filter(status => status === 202)).toEqual([])
  expect(await node.ask('GET', '/ready')).toMatchObject({
    status: 503,
    body: { code: 'not_ready', detail: 'the record does not answer', missing: ['the record does not answer'] },
  })
  await until(async () => (await node.said()).includes('not ready: the record does not answer: '), 'the log says why')

  for (const child of await childrenOf(pid)) process.kill(child, 'SIGCONT')
  process.kill(pid, 'SIGCONT')
  await Promise.all(pending)
  await until(async () => (await book()).status === 201, 'bookings are taken again', 20_000)
  await until(async () => (await report(5)).status === 202, 'positions are acknowledged again', 20_000)
  expect((await node.ask('GET', '/ready')).status).toBe(200)
  await until(async () => (await node.said()).includes('the record answers again'), 'the log says that it is over')
  socket.close()
}, 60_000)

test('a killed server is started again, and everything goes on', async () => {
  process.kill(await serverPid(), 'SIGKILL')
  await until(async () => (await book()).status === 201, 'bookings are taken again', 30_000)
  await until(async () => (await report(6)).status === 202, 'positions are acknowledged again', 30_000)
  await until(async () => (await node.ask('GET', '/ready')).status === 200, 'the node is ready again', 30_000)
}, 60_000)

async function childrenOf(pid: number): Promise<number[]> {
  const listed = Bun.spawnSync(['ps', '-o', 'pid=', '--ppid', String(pid)]).stdout.toString()
  return listed.split('\n').map(Number).filter(Boolean)
}
