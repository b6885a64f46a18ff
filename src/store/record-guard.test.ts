/** A record that is silent without closing a connection, behind a line that can be cut. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import postgres from 'postgres'
import { testDatabase } from '../../test/support/postgres.ts'
import { TcpProxy } from '../../test/support/tcp-proxy.ts'
import { until } from '../../test/support/until.ts'
import { connect, disconnect, failureOf, type Sql } from './postgres.ts'
import { RecordGuard } from './record-guard.ts'

/** With what a server is given above it: 2 s. */
const LIMITS = { statementTimeoutMs: 500, connectTimeoutMs: 500 }
const ANSWER_MAX_MS = 2_000
/** On a machine that has other things to do. */
const SLACK_MS = 1_500

let database: Awaited<ReturnType<typeof testDatabase>>
let line: TcpProxy
let direct: Sql

beforeAll(async () => {
  database = await testDatabase()
  line = await TcpProxy.start(Number(new URL(database.url).port))
  direct = connect(database.url, { max: 1, applicationName: 'direct' })
}, 60_000)
afterAll(async () => {
  await disconnect(direct)
  await line.stop()
  await database.drop()
})
beforeEach(async () => {
  line.accept()
  await direct`drop table if exists kept`
})

function throughLine(max: number, applicationName: string, limits: Partial<typeof LIMITS> = {}): Sql {
  const url = new URL(database.url)
  url.port = `${line.port}`
  return connect(url.href, { max, applicationName, ...LIMITS, ...limits })
}

const errorOf = (request: PromiseLike<unknown>) => Promise.resolve(request).catch((error: unknown) => error)

/** The words with which Postgres ends a session, or does not begin one. */
function fatal(said: string): Uint8Array {
  const fields = `SFATAL\0VFATAL\0C${said.slice(0, 5)}\0M${said.slice(6)}\0\0`
  const words = Buffer.alloc(5 + fields.length)
  words.write('E')
  words.writeUInt32BE(4 + fields.length, 1)
  words.write(fields, 5)
  return words
}

/** As a postmaster says it that cannot begin a process: in the words of an older protocol. */
const NO_PROCESS = Buffer.from('Ecould not fork new process for connection: Resource temporarily unavailable\n\0')

/** @returns what the question failed with, and after which time. */
async function asked(question: PromiseLike<unknown>): Promise<{ failure: unknown; tookMs: number }> {
  const startMs = performance.now()
  const error = await errorOf(question)
  return { failure: failureOf(error), tookMs: performance.now() - startMs }
}

async function sessions(applicationName: string): Promise<number> {
  const [row] = await direct<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity where application_name = ${applicationName}`
  return row?.count ?? 0
}

async function asleep(applicationName: string): Promise<number> {
  const [row] = await direct<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity where application_name = ${applicationName} and wait_event = 'PgSleep'`
  return row?.count ?? 0
}

test('whoever asks a silent record is answered in time, those after it at once, and all goes on by itself', async () => {
  const sql = throughLine(2, 'silent')
  await Promise.all([1, 2].map(() => sql`select 1`))

  line.cut()
  // More than there are connections, so some wait in the driver.
  const first = await Promise.all(Array.from({ length: 20 }, () => asked(sql`select pg_sleep(0)`)))
  for (const { failure, tookMs } of first) {
    expect(['lost', 'unavailable']).toContain(failure as string)
    expect(tookMs).toBeLessThan(ANSWER_MAX_MS + SLACK_MS)
  }
  for (let i = 0; i < 50; i++) {
    const { failure, tookMs } = await asked(sql`select 1`)
    expect(failure).toBe('unavailable')
    expect(tookMs).toBeLessThan(100)
  }
  expect((await asked(sql.begin(tx => tx`select 1`))).tookMs).toBeLessThan(100)

  line.heal()
  await until(async () => failureOf(await errorOf(sql`select 1`)) === null, 'the record is asked again', 5_000)
  const answers = await Promise.all(Array.from({ length: 20 }, () => sql<{ n: number }[]>`select 1 as n`))
  expect(answers.map(([row]) => row?.n)).toEqual(Array(20).fill(1))
  expect(await sessions('silent')).toBe(2)
  await disconnect(sql)
}, 30_000)

test('who waits behind others for longer than the deadline is answered, and a transaction that begins after that does nothing', async () => {
  await direct`create table kept (n int)`
  const sql = throughLine(1, 'behind')
  const before = sql.begin(async tx => {
    // Each well below the time-out of a statement.
    for (let n = 0; n < 48; n++) await tx`select pg_sleep(0.1)`
  })
  const [question, late] = await Promise.all([
    asked(sql`select 1`),
    asked(sql.begin(tx => tx`insert into kept values (1)`)),
  ])
  expect(question.failure).toBe('lost')
  expect(late.failure).toBe('unavailable')
  for (const { tookMs } of [question, late]) expect(tookMs).toBeLessThan(ANSWER_MAX_MS + SLACK_MS)
  await before
  await sql.begin(tx => tx`insert into kept values (2)`)
  expect((await direct<{ n: number }[]>`select n from kept`).map(row => row.n)).toEqual([2])
  await disconnect(sql)
}, 30_000)

test('a connection that falls silent in the middle of a transaction is ended, and what it held is free', async () => {
  await direct`create table kept (n int)`
  const sql = throughLine(1, 'held')
  const outcome = asked(
    sql.begin(async tx => {
      await tx`insert into kept values (1)`
      line.cut()
      await tx`insert into kept values (2)`
    }),
  )
  expect(await outcome).toMatchObject({ failure: 'lost' })
  line.heal()
  await until(async () => failureOf(await errorOf(sql`truncate kept`)) === null, 'the table is free', 10_000)
  await disconnect(sql)
}, 30_000)

test('more questions than may wait are refused before they are sent, and counted down as the others are answered', async () => {
  const client = postgres(database.url, { max: 1, onnotice: () => undefined }) as unknown as Sql
  const guard = new RecordGuard({ answerMaxMs: 5_000, waitingMax: 3 })
  const sql = guard.over(client)
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map(n => asked(n === 5 ? sql.begin(tx => tx`select 1`) : sql`select ${n}::int, pg_sleep(0.05)`)),
  )
  // The transaction begins at once, the others in the next moment.
  expect(answers.map(({ failure }) => failure)).toEqual([null, null, 'unavailable', 'unavailable', null])
  expect(guard.waiting).toBe(0)
  expect(guard.isOpen).toBe(false)
  await sql`select 1`
  await sql.end()
})

test('a refusal of the server is an answer: it opens no circuit', async () => {
  const client = postgres(database.url, { max: 1, onnotice: () => undefined }) as unknown as Sql
  const guard = new RecordGuard({ answerMaxMs: 5_000, waitingMax: 10 })
  const sql = guard.over(client)
  expect(failureOf(await errorOf(sql`select 1 / 0`))).toBe('refused')
  guard.silent()
  expect(guard.isOpen).toBe(false)
  await sql.end()
})

test.each([
  ['a question', (sql: Sql) => sql`select 1`],
  ['a transaction', (sql: Sql) => sql.begin(tx => tx`select 1`)],
] as const)(
  '%s that comes first after a session was ended is answered, not told of that end, and nothing lost is sent again',
  async (_, ask) => {
    await direct`create table kept (n int)`
    // So that it is surely under way when its session is ended.
    const sql = throughLine(1, 'ended', { statementTimeoutMs: 20_000 })
    await sql`select 1`
    for (const refusal of [
      null,
      null,
      '57P03 the database system is shutting down',
      '53300 sorry, too many clients already',
    ]) {
      const underWay = errorOf(sql`insert into kept select 1 from pg_sleep(10)`)
      const isEnded = async () => {
        const [row] = await direct`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ended' and wait_event = 'PgSleep'`
        return row !== undefined
      }
      await until(isEnded, 'the session is ended', 5_000)
      expect(failureOf(await underWay)).toBe('lost')
      if (refusal !== null) line.refuse(fatal(refusal), 1)
      await ask(sql)
    }
    expect(await sql`select n from kept`).toHaveLength(0)
    await disconnect(sql)
  },
  30_000,
)

describe('a record that takes no connection', () => {
  const STARTING = fatal('57P03 the database system is starting up')
  const REFUSED_MS = 5_000
  /** So long an answer counts as a sign of life, and some. */
  const ALIVE_MS = 1_500
  const PROBE_EVERY_MS = 500
  const CONNECTIONS = 4

  test.each([
    ['is starting', STARTING],
    ['is full', fatal('53300 sorry, too many clients already')],
    ['cannot begin a process', NO_PROCESS],
    ['closes without a word', new Uint8Array()],
  ])(
    'because it %s is tried at the pace of the probe, whoever asks is told at once, and it is asked when it serves',
    async (_, words) => {
      const sql = throughLine(CONNECTIONS, 'starting')
      // A session that ends under a question with parameters leaves the driver with most.
      const underWay = Array.from({ length: CONNECTIONS }, () => errorOf(sql`select ${1}::int, pg_sleep(1)`))
      await until(async () => (await asleep('starting')) === CONNECTIONS, 'all are under way', 5_000)
      line.refuse(words)
      line.drop()
      expect((await Promise.all(underWay)).map(failureOf)).toEqual(Array(CONNECTIONS).fill('lost'))

      const startMs = performance.now()
      const questions: Promise<{ failure: unknown; tookMs: number }>[] = []
      let soFar = 0
      while (performance.now() - startMs < REFUSED_MS) {
        questions.push(asked(questions.length % 2 === 0 ? sql`select ${1}::int` : sql.begin(tx => tx`select 1`)))
        await Bun.sleep(5)
        if (performance.now() - startMs < ALIVE_MS) soFar = line.connections
      }
      expect(line.connections - soFar).toBeLessThanOrEqual((REFUSED_MS - ALIVE_MS) / PROBE_EVERY_MS + 1)
      for (const { failure, tookMs } of await Promise.all(questions)) {
        expect(failure).toBe('unavailable')
        expect(tookMs).toBeLessThan(ALIVE_MS + SLACK_MS)
      }

      line.accept()
      await until(
        async () => failureOf(await errorOf(sql`select 1`)) === null,
        'it is asked again',
        2 * PROBE_EVERY_MS + SLACK_MS,
      )
      const all = await Promise.all(Array.from({ length: 20 }, () => errorOf(sql`select ${1}::int`)))
      expect(all.map(failureOf)).toEqual(Array(20).fill(null))
      await disconnect(sql)
    },
    30_000,
  )
})

test('names, fragments and documents go into a question as ever', async () => {
  const sql = connect(database.url, { max: 1, applicationName: 'fragments' })
  await sql`create table kept (n int, body jsonb)`
  await sql`insert into ${sql('kept')} ${sql([{ n: 1, body: sql.json({ a: 1 }) as never }])}`
  const where = sql`where n = ${1}`
  const rows = await sql<{ n: number; body: unknown }[]>`select ${sql.unsafe('n')}, body from kept ${where}`
  expect(rows.map(row => ({ ...row }))).toEqual([{ n: 1, body: { a: 1 } }])
  await disconnect(sql)
})
