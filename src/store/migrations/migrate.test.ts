import { afterEach, beforeEach, expect, test } from 'bun:test'
import { testDatabase } from '../../../test/support/postgres.ts'
import { connect, disconnect, type Sql } from '../postgres.ts'
import { MIGRATIONS, type Migration } from './list.ts'
import { MigrationError, migrate } from './migrate.ts'

const FIRST: Migration = { id: '0001-first', sql: 'create table first (id int); insert into first values (1);' }
const SECOND: Migration = { id: '0002-second', sql: 'alter table first add column name text;' }
const BROKEN: Migration = { id: '0002-broken', sql: 'create table half (id int); select 1 / 0;' }

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql
beforeEach(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 4, applicationName: 'migrate' })
})
afterEach(async () => {
  await disconnect(sql)
  await database.drop()
})

const errorOf = (done: Promise<unknown>) => done.catch((error: unknown) => error)

test('every migration of this version applies, once', async () => {
  expect(await migrate(sql)).toEqual(MIGRATIONS.map(({ id }) => id))
  expect(await migrate(sql)).toEqual([])
})

test('nodes that start together apply each step once between them', async () => {
  const done = await Promise.all([1, 2, 3, 4].map(() => migrate(sql, [FIRST, SECOND])))

  expect(done.flat().sort()).toEqual([FIRST.id, SECOND.id])
  expect([...(await sql`select id from first`)]).toEqual([{ id: 1 }])
})

test('a later version applies what it adds', async () => {
  await migrate(sql, [FIRST])

  expect(await migrate(sql, [FIRST, SECOND])).toEqual([SECOND.id])
})

test('a step that fails leaves nothing of itself, and the ones before it stay', async () => {
  expect(await errorOf(migrate(sql, [FIRST, BROKEN]))).toBeInstanceOf(Error)

  expect([...(await sql`select to_regclass('half') as half, to_regclass('first') is not null as first`)]).toEqual([
    { half: null, first: true },
  ])
  expect(await migrate(sql, [FIRST, SECOND])).toEqual([SECOND.id])
})

test('a migration that has changed since it was applied is refused; other line ends are no change', async () => {
  const text = 'create table a (id int);\ncreate table b (id int);\n'
  await migrate(sql, [{ id: FIRST.id, sql: text }])

  expect(await migrate(sql, [{ id: FIRST.id, sql: text.replaceAll('\n', '\r\n') }])).toEqual([])
  const failure = await errorOf(migrate(sql, [{ id: FIRST.id, sql: `${text} -- edited` }]))
  expect(failure).toBeInstanceOf(MigrationError)
  expect(String(failure)).toContain('0001-first has changed')
})

test('a database of a newer version is refused, and so is one that lacks a step in the middle', async () => {
  await migrate(sql, [FIRST, SECOND])

  const newer = await errorOf(migrate(sql, [FIRST]))
  expect(newer).toBeInstanceOf(MigrationError)
  expect(String(newer)).toContain('0002-second')

  const between: Migration = { id: '0001-zero', sql: 'select 1' }
  expect(await errorOf(migrate(sql, [FIRST, between]))).toBeInstanceOf(MigrationError)
  await sql`delete from schema_migrations where id = ${FIRST.id}`
  expect(String(await errorOf(migrate(sql, [FIRST, SECOND])))).toContain('0001-first is missing')
})

test('names that give no order are refused', async () => {
  expect(await errorOf(migrate(sql, [SECOND, FIRST]))).toBeInstanceOf(MigrationError)
  expect(await errorOf(migrate(sql, [{ id: 'first', sql: 'select 1' }]))).toBeInstanceOf(MigrationError)
})
