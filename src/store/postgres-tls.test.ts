/** A Postgres behind TLS: who it is is checked, a lost session comes back, and what is wrong is said. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmod, chown, cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestNode, type TestNode } from '../../test/http/node.ts'
import { makeAuthority, makeServerCertificate } from '../../test/support/certificates.ts'
import { TcpProxy } from '../../test/support/tcp-proxy.ts'
import { until } from '../../test/support/until.ts'
import { discardEmbeddedPostgres, type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { connect, disconnect, failureOf, type Sql } from './postgres.ts'
import { PostgresUrlError, postgresTarget } from './postgres-url.ts'

let dir: string
let server: EmbeddedPostgres
let plain: Sql
let authority: string
let other: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waggle-postgres-tls-'))
  server = await startEmbeddedPostgres({
    dataDir: join(dir, 'data'),
    initdbSync: 'none',
    settings: { shared_buffers: '32MB' },
  })
  plain = connect(server.url, { max: 1, applicationName: 'plain' })
  const ca = makeAuthority(dir, 'authority')
  authority = ca.cert
  other = makeAuthority(dir, 'other').cert
  await encrypt(makeServerCertificate(dir, 'postgres', ca))
}, 60_000)

afterAll(async () => {
  await disconnect(plain)
  await server.stop()
  await discardEmbeddedPostgres(join(dir, 'data'))
  await rm(dir, { recursive: true, force: true })
})

/** The key must be the server's own, whoever runs it. */
async function encrypt({ cert, key }: { readonly cert: string; readonly key: string }): Promise<void> {
  const [row] = await plain<{ at: string }[]>`select current_setting('data_directory') as at`
  const at = row?.at ?? ''
  const { uid, gid } = await stat(at)
  for (const [from, name] of [
    [cert, 'server.crt'],
    [key, 'server.key'],
  ] as const) {
    await cp(from, join(at, name))
    await chmod(join(at, name), 0o600)
    await chown(join(at, name), uid, gid)
  }
  await plain`alter system set ssl = on`
  await plain`select pg_reload_conf()`
  await until(async () => (await plain<{ ssl: string }[]>`show ssl`)[0]?.ssl === 'on', 'the server offers TLS')
}

function urlWith(query: Record<string, string>): string {
  const url = new URL(server.url)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

async function isEncrypted(sql: Sql): Promise<boolean | undefined> {
  const rows = await sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`
  return rows[0]?.ssl
}

test('a session is encrypted as the URL says', async () => {
  for (const [query, encrypted] of [
    [{}, false],
    [{ sslmode: 'require' }, true],
    [{ sslmode: 'verify-full', sslrootcert: authority }, true],
  ] as const) {
    const sql = connect(urlWith(query), { max: 1, applicationName: 'test' })
    expect(await isEncrypted(sql)).toBe(encrypted)
    await disconnect(sql)
  }
})

test('a server that cannot show a certificate of that authority gets nothing from us', async () => {
  for (const query of [{ sslmode: 'verify-full', sslrootcert: other }, { sslmode: 'verify-full' }]) {
    const sql = connect(urlWith(query), { max: 1, applicationName: 'test' })
    await expect(Promise.resolve(sql`select 1`)).rejects.toThrow(/certificate|self.signed/i)
    await disconnect(sql)
  }
})

test('a line that is closed or silent before there is TLS leads to a record that is unavailable', async () => {
  const url = new URL(urlWith({ sslmode: 'require' }))
  const line = await TcpProxy.start(Number(url.port))
  url.port = `${line.port}`
  const failure = async () => {
    const sql = connect(url.href, { max: 1, applicationName: 'test', connectTimeoutMs: 200 })
    const told = await sql`select 1`.catch(failureOf)
    await disconnect(sql)
    return told
  }
  // Closed without a word; closed in the middle of the handshake; "could not fork new process".
  for (const words of ['', 'S', 'E\0\0\0\x05\0']) {
    line.refuse(Buffer.from(words, 'latin1'))
    expect(await failure(), words).toBe('unavailable')
  }
  line.accept()
  line.cut()
  expect(await failure()).toBe('unavailable')
  await line.stop()
})

test('a session that is lost under TLS comes back, and every query is settled', async () => {
  const sql = connect(urlWith({ sslmode: 'verify-full', sslrootcert: authority }), { max: 1, applicationName: 'test' })
  for (let round = 0; round < 10; round++) {
    const [session] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const asked = Promise.allSettled(Array.from({ length: 5 }, () => sql`select pg_sleep(0.02)`))
    await plain`select pg_terminate_backend(${session?.pid ?? 0})`
    await asked
    await until(
      () =>
        isEncrypted(sql).then(
          is => is === true,
          () => false,
        ),
      'the session is back',
      3_000,
    )
  }
  await disconnect(sql)
})

describe('a whole node', () => {
  let node: TestNode

  afterAll(async () => {
    await node.end()
  })

  test('works behind it, with every session encrypted', async () => {
    node = await startTestNode({}, urlWith({ sslmode: 'verify-full', sslrootcert: authority }))
    const place = { latitude: 37.77, longitude: -122.42 }
    expect((await node.call('POST', '/v1/drivers/ada/location', place)).body.status).toBe('committed')
    expect((await node.call('POST', '/v1/orders', { pickup: place, dropoff: place })).status).toBe(201)
    const sessions = await plain<{ application_name: string; ssl: boolean }[]>`
      select application_name, ssl from pg_stat_activity join pg_stat_ssl using (pid)
      where backend_type = 'client backend' and application_name <> 'plain'`
    expect(sessions.length).toBeGreaterThan(3)
    expect(sessions.filter(({ ssl }) => !ssl)).toEqual([])
  }, 30_000)
})

test.each([
  'postgres://h/d?sslmode=sometimes',
  'postgres://h/d?sslrootcert=/etc/ca.pem',
  'postgres://h/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem',
])('%p is refused', url => {
  expect(() => postgresTarget(url)).toThrow(PostgresUrlError)
})

test('what is said of TLS is not sent to the server as a setting', async () => {
  await writeFile(join(dir, 'mine.pem'), 'a certificate')
  const files = `sslcert=${join(dir, 'mine.pem')}&sslkey=${join(dir, 'mine.pem')}`
  const target = postgresTarget(`postgres://u:p@db.example:5433/waggle?sslmode=verify-full&${files}&application_name=x`)
  expect(target).toEqual({
    url: 'postgres://u:p@db.example:5433/waggle?application_name=x',
    tls: { cert: 'a certificate', key: 'a certificate', rejectUnauthorized: true, servername: 'db.example' },
  })
})
