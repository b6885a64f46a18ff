import { afterAll, beforeAll, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { assertDurable, connect, disconnect, failureOf, type Sql, storeError, UnsafeServerError } from './postgres.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 2, applicationName: 'settings', statementTimeoutMs: 1_500 })
})
afterAll(async () => {
  await disconnect(sql)
  await database.drop()
})

const errorOf = (request: PromiseLike<unknown>) => Promise.resolve(request).catch((error: unknown) => error)

test('a session carries its limits and its name', async () => {
  const rows = await sql<{ name: string; setting: string }[]>`
    select name, setting from pg_settings where name in ('application_name', 'statement_timeout', 'lock_timeout',
      'idle_in_transaction_session_timeout', 'jit') order by name`

  expect(rows.map(({ name, setting }) => [name, setting])).toEqual([
    ['application_name', 'settings'],
    ['idle_in_transaction_session_timeout', '2000'],
    ['jit', 'off'],
    ['lock_timeout', '2000'],
    ['statement_timeout', '1500'],
  ])
})

test('64-bit integers are numbers where a number can hold them', async () => {
  const [row] = await sql`select 9007199254740991::bigint as safe, 9007199254740993::bigint as unsafe`

  expect(row).toEqual({ safe: 9_007_199_254_740_991, unsafe: '9007199254740993' })
})

test('errors say whether the request can have been carried out', async () => {
  const cancelled = await errorOf(sql`select set_config('statement_timeout', '20', true), pg_sleep(5)`)
  const refused = await errorOf(sql`select 1 / 0`)
  const terminated = await errorOf(sql`select pg_terminate_backend(pg_backend_pid())`)

  expect(failureOf(cancelled)).toBe('unavailable')
  expect(storeError(cancelled)).toBeInstanceOf(StoreUnavailableError)
  expect(failureOf(refused)).toBe('refused')
  expect(storeError(refused)).toBeNull()
  expect(failureOf(terminated)).toBe('lost')
  expect(storeError(terminated)).toBeInstanceOf(StoreUnavailableError)
  expect(failureOf(new TypeError('ours'))).toBeNull()
})

test('a server that acknowledges before it has written is named with the setting at fault', async () => {
  await assertDurable(sql)

  for (const value of ['off', 'local', 'remote_write']) {
    const settings = { synchronous_commit: value }
    const unsafe = connect(database.url, { max: 1, applicationName: 'unsafe', settings })
    const failure = await errorOf(assertDurable(unsafe))
    await disconnect(unsafe)

    expect(failure).toBeInstanceOf(UnsafeServerError)
    expect(String(failure)).toContain(`synchronous_commit = ${value}`)
  }
})
