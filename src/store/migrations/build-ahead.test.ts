/** Indexes that are made before their step: beside those who write, once, and again after a crash. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { testDatabase } from '../../../test/support/postgres.ts'
import { until } from '../../../test/support/until.ts'
import { connect, disconnect, type Sql } from '../postgres.ts'
import { indexesAhead } from './build-ahead.ts'
import { MIGRATIONS, type Migration } from './list.ts'
import { migrate } from './migrate.ts'

const TABLE: Migration = { id: '0001-things', sql: 'create table things (id int, name text);' }
const INDEX: Migration = {
  id: '0002-by-name',
  sql: `-- Those with a name.
create index things_by_name on things (name) where name is not null;
alter table things add column size int;`,
  ahead: ['things_by_name'],
}
const BOTH = [TABLE, INDEX]

let database: Awaited<ReturnType<typeof testDatabase>>
let sessions: Sql[]
let sql: Sql

beforeEach(async () => {
  database = await testDatabase()
  sessions = []
  sql = open()
  await migrate(sql, [TABLE])
})

afterEach(async () => {
  await Promise.all(sessions.map(disconnect))
  await database.drop()
})

function open(): Sql {
  const session = connect(database.url, { max: 1, applicationName: 'migrate' })
  sessions.push(session)
  return session
}

const rows = () => sql`insert into things select n, 'thing ' || n from generate_series(1, 100) as n`
const indexes = async () => [
  ...(await sql`select c.relname as name, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = 'things'::regclass`),
]
const VALID = [{ name: 'things_by_name', valid: true }]

test('who writes goes on while an index is built, and the step is applied after it', async () => {
  await rows()
  const [slow, other] = [open(), open()]
  const gate = Promise.withResolvers<void>()
  const began = Promise.withResolvers<void>()
  const writing = slow.begin(async tx => {
    await tx`insert into things values (101, 'slow')`
    began.resolve()
    await gate.promise
  })
  await began.promise
  const upgrading = migrate(open(), BOTH)
  const isBuilding = async () =>
    (await other`select from pg_stat_progress_create_index where relid = 'things'::regclass`).count > 0
  await until(isBuilding, 'the index is being built')
  // An ordinary build would keep this one waiting behind the transaction that it waits for itself.
  await other.unsafe(`set lock_timeout = 500; insert into things values (102, 'quick')`)
  gate.resolve()
  await writing
  expect(await upgrading).toEqual([INDEX.id])
  expect(await indexes()).toEqual(VALID)
  expect([...(await sql`select size from things limit 1`)]).toEqual([{ size: null }])
})

test('nodes that start together build it once between them', async () => {
  await rows()
  const done = await Promise.all([1, 2, 3].map(() => migrate(open(), BOTH)))
  expect(done.flat()).toEqual([INDEX.id])
  expect(await indexes()).toEqual(VALID)
})

test('what a build that was broken off has left is dropped and built anew', async () => {
  await rows()
  await sql`insert into things values (1, 'thing 1')`
  const broken = sql.unsafe('create unique index concurrently things_by_name on things (name)')
  expect(await broken.catch((error: unknown) => error)).toBeInstanceOf(Error)
  expect(await indexes()).toEqual([{ name: 'things_by_name', valid: false }])
  expect(await migrate(sql, BOTH)).toEqual([INDEX.id])
  expect(await indexes()).toEqual(VALID)
})

test('one that an operator has made ahead is kept; on an empty table the step makes it', async () => {
  expect(await migrate(open(), BOTH)).toEqual([INDEX.id])
  expect(await indexes()).toEqual(VALID)
  await sql`drop table things`
  await sql`delete from schema_migrations`
  await migrate(sql, [TABLE])
  await rows()
  await sql`create index things_by_name on things (name) where name is not null`
  expect(await migrate(sql, BOTH)).toEqual([INDEX.id])
  expect(await indexes()).toEqual(VALID)
})

test('a database that has the step already notices nothing', async () => {
  const { ahead: _, ...before } = INDEX
  await rows()
  expect(await migrate(sql, [TABLE, before])).toEqual([INDEX.id])
  expect(await migrate(sql, BOTH)).toEqual([])
})

test('a session keeps its own limits after a build', async () => {
  await rows()
  const limits = async () => [
    ...(await sql`select name, setting from pg_settings
    where name in ('statement_timeout', 'lock_timeout') order by name`),
  ]
  const before = await limits()
  await migrate(sql, BOTH)
  expect(await limits()).toEqual(before)
})

test('every index that a migration names is one that it makes', () => {
  expect(MIGRATIONS.flatMap(indexesAhead).map(({ name, table }) => `${table} ${name}`)).toEqual([
    'orders orders_promised',
    'assignments assignments_ended',
  ])
  expect(() => indexesAhead({ ...INDEX, ahead: ['things_by_size'] })).toThrow('does not make the index things_by_size')
})
