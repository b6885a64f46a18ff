/**
 * The record stands still without closing a connection: stopped, or behind a network that swallows everything. Whoever reads gets 503
 * in time, bookings are refused, and when it goes on nothing that was acknowledged is missing and no connection is left over.
 */
import { expect, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discardEmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'
import { TEST_KEY } from '../support/answer.ts'
import { NodeProcess } from '../support/node-process.ts'
import { testDatabase } from '../support/postgres.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const SF = { latitude: 37.775, longitude: -122.418 }
const DROPOFF = { latitude: 37.79, longitude: -122.4 }
/** The server's own time-out of a statement and some: 5.5 s, and what the machine may take besides. */
const FIRST_ANSWER_MAX_MS = 7_500
/** Once it is known that the record is silent. */
const LATER_ANSWER_MAX_MS = 1_000
const STILL_MS = 12_000

/** A node, and its record that can be made to stand still. */
interface Rig {
  readonly node: NodeProcess
  readonly recordUrl: string
  still(): Promise<void>
  on(): Promise<void>
  end(): Promise<void>
}

async function stopped(): Promise<Rig> {
  const dataDir = await mkdtemp(join(tmpdir(), 'waggle-silent-'))
  const record = await startEmbeddedPostgres({ dataDir })
  const node = await NodeProcess.start({ WAGGLE_DATA_DIR: dataDir, WAGGLE_POSTGRES_URL: record.url })
  const pid = Number((await readFile(join(record.clusterDir, 'pgdata', 'postmaster.pid'), 'utf8')).split('\n')[0])
  const still: number[] = []
  return {
    node,
    recordUrl: record.url,
    async still() {
      still.push(pid, ...childrenOf(pid))
      for (const each of still) process.kill(each, 'SIGSTOP')
    },
    async on() {
      for (const each of still.splice(0).reverse()) process.kill(each, 'SIGCONT')
    },
    async end() {
      await node.stop()
      await record.stop()
      await discardEmbeddedPostgres(dataDir)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function swallowed(): Promise<Rig> {
  const dataDir = await mkdtemp(join(tmpdir(), 'waggle-silent-'))
  const database = await testDatabase()
  const url = new URL(database.url)
  const line = await TcpProxy.start(Number(url.port))
  url.port = `${line.port}`
  const node = await NodeProcess.start({ WAGGLE_DATA_DIR: dataDir, WAGGLE_POSTGRES_URL: url.href })
  return {
    node,
    recordUrl: database.url,
    still: async () => line.cut(),
    on: async () => line.heal(),
    async end() {
      await node.stop()
      await line.stop()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const READS = ['/v1/drivers', '/v1/orders', '/v1/zones', '/v1/vehicles', '/v1/keys', '/v1/webhooks'] as const

/** Whoever asks, and what was acknowledged to it. */
function callerOf(rig: Rig) {
  const acknowledged: string[] = []

  async function ask(method: string, path: string, body?: unknown) {
    const startMs = performance.now()
    const response = await fetch(`${rig.node.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${TEST_KEY}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const { status, headers } = response
    const answer = (await response.json()) as { code?: string; order_id?: string; missing?: string[] }
    return { status, retryAfter: headers.get('retry-after'), answer, tookMs: performance.now() - startMs }
  }

  async function book() {
    const booked = await ask('POST', '/v1/orders', { pickup: SF, dropoff: DROPOFF })
    if (booked.status === 201 && booked.answer.order_id) acknowledged.push(booked.answer.order_id)
    return booked
  }

  return { ask, book, acknowledged }
}

async function sessionsOf(record: Sql): Promise<number> {
  const [row] = await record<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name like 'waggle %' and application_name <> 'waggle partitions'`
  return row?.count ?? 0
}

/** Reads get 503 in time, bookings are refused, and nothing that was acknowledged is missing afterwards. */
async function outlivesSilence(rig: Rig, record: Sql): Promise<void> {
  const { ask, book, acknowledged } = callerOf(rig)
  for (let i = 0; i < 5; i++) expect((await book()).status).toBe(201)
  // Every connection of the pool is open.
  for (let i = 0; i < 5; i++) await Promise.all(READS.map(path => ask('GET', path)))
  const before = await sessionsOf(record)

  await rig.still()
  const stillAtMs = performance.now()
  const [booked, ...reads] = await Promise.all([book(), ...[...READS, ...READS].map(path => ask('GET', path))])
  for (const { status, retryAfter, tookMs } of [booked, ...reads]) {
    expect(status).toBe(503)
    expect(Number(retryAfter)).toBeGreaterThan(0)
    expect(tookMs).toBeLessThan(FIRST_ANSWER_MAX_MS)
  }
  for (const path of READS) {
    const { status, tookMs, answer } = await ask('GET', path)
    expect([path, status, answer.code]).toEqual([path, 503, 'record_unavailable'])
    expect(tookMs).toBeLessThan(LATER_ANSWER_MAX_MS)
  }
  expect((await book()).status).toBe(503)
  expect(await ask('GET', '/ready')).toMatchObject({
    status: 503,
    answer: { code: 'not_ready', missing: ['the record does not answer'] },
  })
  expect((await fetch(`${rig.node.url}/health`)).status).toBe(200)
  // Long enough for connections to be given up and tried again.
  await Bun.sleep(Math.max(0, STILL_MS - (performance.now() - stillAtMs)))

  await rig.on()
  await until(async () => (await ask('GET', '/ready')).status === 200, 'the node is ready again', 20_000)
  await until(async () => (await book()).status === 201, 'bookings are taken again', 20_000)
  for (const path of READS) expect([path, (await ask('GET', path)).status]).toEqual([path, 200])
  for (const orderId of acknowledged) expect((await ask('GET', `/v1/orders/${orderId}`)).status).toBe(200)
  // Those that were given up end when they are read again; new ones took their places.
  await until(async () => (await sessionsOf(record)) <= before, 'no connection is left over', 20_000)
}

// At once, since both wait most of the time.
test.concurrent.each([
  { name: 'a record that is stopped', start: stopped },
  { name: 'a record behind a network that swallows everything', start: swallowed },
])(
  '$name: reads get 503 in time, bookings are refused, and nothing acknowledged is missing afterwards',
  async ({ start }) => {
    const rig = await start()
    const record = connect(rig.recordUrl, { max: 1, applicationName: 'test' })
    try {
      await outlivesSilence(rig, record)
    } finally {
      await rig.on()
      await disconnect(record)
      await rig.end()
    }
  },
  180_000,
)

function childrenOf(pid: number): number[] {
  const listed = Bun.spawnSync(['ps', '-o', 'pid=', '--ppid', String(pid)]).stdout.toString()
  return listed.split('\n').map(Number).filter(Boolean)
}
