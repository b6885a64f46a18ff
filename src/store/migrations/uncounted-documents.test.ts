/** What an `analyze` looks at. To count documents takes it long and helps no plan: those of tables to come are not counted either. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Database, MigratedTemplate } from '../../../test/support/migrated-template.ts'
import { connect, disconnect, type Sql } from '../postgres.ts'

let template: MigratedTemplate
let database: Database
let sql: Sql

beforeAll(async () => {
  template = await MigratedTemplate.make()
  database = await template.copy()
  sql = connect(database.url, { max: 1, applicationName: 'look' })
}, 60_000)
afterAll(async () => {
  await disconnect(sql)
  await database.drop()
  await template.drop()
})

async function countedDocuments(): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select a.attrelid::regclass || '.' || a.attname as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = current_schema::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped
      and a.atttypid = 'jsonb'::regtype and coalesce(a.attstattarget, -1) <> 0
    order by name`
  return rows.map(({ name }) => name)
}

test('no document of the record is counted', async () => {
  expect(await countedDocuments()).toEqual([])
})

test('of a table that orders write no column asks for more rows than the others', async () => {
  const rows = await sql<{ name: string; most: number }[]>`
    select c.relname as name, max(coalesce(a.attstattarget, 100)) as most
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = current_schema::regnamespace and a.attnum > 0 and not a.attisdropped
      and c.relname in ('orders', 'order_terms', 'journal', 'assignments', 'decisions', 'idempotency_keys', 'quotes', 'drivers')
    group by name having max(coalesce(a.attstattarget, 100)) <> 20`
  expect([...rows]).toEqual([])
})

test('what is counted is what rows are found by', async () => {
  await sql`
    insert into orders (order_id, shard, version, status, due_at, created_at, updated_at, state)
    select 'ord_' || n, n, 1, 'placed', now(), now(), now(), jsonb_build_object('n', n) from generate_series(1, 100) as n`
  await sql`insert into decisions (order_id, at, packed) select 'ord_' || n, now(), '[1]' from generate_series(1, 100) as n`
  await sql`analyze orders, decisions`
  const rows = await sql<{ name: string }[]>`
    select attname as name from pg_stats where tablename in ('orders', 'decisions') and attname in ('order_id', 'state', 'body', 'packed')
    order by tablename`
  expect(rows.map(({ name }) => name)).toEqual(['order_id', 'order_id'])
})
