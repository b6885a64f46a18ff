import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import postgres from 'postgres'
import {
  discardEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { freePort } from './free-port.ts'
import { findPostmaster, processesIn } from './postmaster.ts'

setDefaultTimeout(60_000)

const dirs: string[] = []

async function freshDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'waggle-embedded-'))
  dirs.push(dir)
  return dir
}

/** A directory with a cluster and no server, for the tests to which its age does not matter. */
async function usedDir(): Promise<string> {
  used ??= await freshDir()
  return used
}

let used: string | undefined
const running: EmbeddedPostgres[] = []

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ initdbSync: 'none', ...options })
  running.push(server)
  return server
}

async function query<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

afterAll(async () => {
  await Promise.all(running.map(server => server.stop()))
  for (const dir of dirs) await discardEmbeddedPostgres(dir)
})

test('a fresh start gives a durable server that depends on nothing of the machine, closed to others', async () => {
  const dataDir = await freshDir()
  const server = await start({ dataDir, settings: { work_mem: '5MB', 'waggle.note': "it's" } })
  expect(server.adopted).toBe(false)

  await query(server.url, async sql => {
    const rows = await sql<{ name: string; setting: string }[]>`select name, setting from pg_settings`
    const settings = new Map(rows.map(row => [row.name, row.setting]))
    expect(settings.get('fsync')).toBe('on')
    expect(settings.get('synchronous_commit')).toBe('on')
    expect(settings.get('full_page_writes')).toBe('on')
    expect(settings.get('data_checksums')).toBe('on')
    expect(settings.get('server_encoding')).toBe('UTF8')
    expect(settings.get('listen_addresses')).toBe('127.0.0.1')
    expect(settings.get('unix_socket_directories')).toBe('')
    expect(settings.get('TimeZone')).toBe('UTC')
    expect(settings.get('work_mem')).toBe('5120')
    expect([...(await sql`show waggle.note`)]).toEqual([{ 'waggle.note': "it's" }])
    const [database] = await sql`
      select datlocprovider, datlocale, datcollate from pg_database where datname = current_database()`
    expect(database).toMatchObject({ datlocprovider: 'b', datlocale: 'C.UTF-8', datcollate: 'C' })
    const methods = await sql<{ auth_method: string }[]>`select distinct auth_method from pg_hba_file_rules`
    expect(methods.map(row => row.auth_method)).toEqual(['scram-sha-256'])
  })
  expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(server.clusterDir, 'pgdata'))).mode & 0o777).toBe(0o700)

  const wrong = server.url.replace(/:[0-9a-f]+@/, ':wrong@')
  await expect(query(wrong, async sql => sql`select 1`)).rejects.toMatchObject({ code: '28P01' })
  await server.stop()
})

test('a restart keeps the data and the port; a stop leaves nothing running', async () => {
  const dataDir = await freshDir()
  const first = await start({ dataDir })
  await query(first.url, async sql => {
    await sql`create table kept (n int)`
    await sql`insert into kept select generate_series(1, 100)`
  })
  await Promise.all([first.stop(), first.stop()])
  const pgdata = join(first.clusterDir, 'pgdata')
  expect(await processesIn(pgdata)).toEqual([])
  expect(await findPostmaster(pgdata)).toBeNull()
  expect(await freePort([Number(new URL(first.url).port)])).toBe(Number(new URL(first.url).port))

  const second = await start({ dataDir })
  expect(second.adopted).toBe(false)
  expect(second.url).toBe(first.url)
  expect([...(await query(second.url, async sql => sql`select count(*)::int as n from kept`))]).toEqual([{ n: 100 }])
  await second.stop()
})

test('a taken port is given way to', async () => {
  const dataDir = await usedDir()
  const taker = createServer()
  await new Promise<void>(resolve => taker.listen(0, '127.0.0.1', resolve))
  const address = taker.address()
  const taken = address !== null && typeof address === 'object' ? address.port : 0

  const server = await start({ dataDir, port: taken })
  expect(Number(new URL(server.url).port)).not.toBe(taken)
  expect([...(await query(server.url, async sql => sql`select 1 as one`))]).toEqual([{ one: 1 }])
  await server.stop()
  await new Promise<void>(resolve => taker.close(() => resolve()))

  const wanted = await start({ dataDir, port: taken })
  expect(Number(new URL(wanted.url).port)).toBe(taken)
  await wanted.stop()
})

test('of two owners that start at once, one gets the directory and the other a sentence', async () => {
  const dataDir = await freshDir()
  const outcomes = await Promise.allSettled([
    start({ dataDir }),
    start({ dataDir: `${dataDir}/../${basename(dataDir)}` }),
  ])
  const won = outcomes.filter(outcome => outcome.status === 'fulfilled')
  const lost = outcomes.filter(outcome => outcome.status === 'rejected')
  expect([won.length, lost.length]).toEqual([1, 1])
  expect(lost[0]?.reason).toBeInstanceOf(EmbeddedPostgresError)
  expect(lost[0]?.reason).toMatchObject({ code: 'already_owned', message: expect.stringContaining(`${process.pid}`) })

  await won[0]?.value.stop()
  const next = await start({ dataDir })
  await next.stop()
})

test('a start that fails lets go of the directory and says what the server said', async () => {
  const dataDir = await usedDir()
  const failing = start({ dataDir, settings: { shared_buffers: 'much' } })
  await expect(failing).rejects.toMatchObject({
    code: 'start_failed',
    message: expect.stringContaining('shared_buffers'),
  })
  await (await start({ dataDir })).stop()
})

test('a lost password and a cluster of another version are told, and the data stays', async () => {
  const dataDir = await usedDir()
  const server = await start({ dataDir })
  await server.stop()
  const password = join(dataDir, 'postgres-password')
  const kept = await Bun.file(password).text()
  await rm(password)
  await expect(start({ dataDir })).rejects.toMatchObject({ code: 'password_lost' })
  await Bun.write(password, kept)

  await Bun.write(join(server.clusterDir, 'pgdata', 'PG_VERSION'), '17\n')
  await expect(start({ dataDir })).rejects.toMatchObject({ code: 'cluster_version' })
  await Bun.write(join(server.clusterDir, 'pgdata', 'PG_VERSION'), '18\n')
  await (await start({ dataDir })).stop()
})
