/** Arrays go to a real server and come back as they were. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { testDatabase } from '../../test/support/postgres.ts'
import { connect, disconnect, failureOf, type Sql } from './postgres.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 1, applicationName: 'arrays' })
})
afterAll(async () => {
  await disconnect(sql)
  await database.drop()
})

async function echoed(type: string, values: readonly unknown[]): Promise<unknown> {
  const rows = await sql.unsafe<{ back: unknown }[]>(`select $1::${type}[] as back`, [values as never])
  return rows[0]?.back
}

test('text of any kind', async () => {
  const nasty = ['', ' ', 'a,b', '{}', '"', '\\', '\\"', "it's", 'NULL', 'null', 'two\nlines', 'ß 蜂 🐝', null]
  expect(await echoed('text', nasty)).toEqual(nasty)
  expect(await echoed('text', [])).toEqual([])
  const texts = fc.array(fc.option(fc.string({ unit: 'grapheme' }).filter(text => !text.includes('\0'))))
  await fc.assert(
    fc.asyncProperty(texts, async values => {
      expect(await echoed('text', values)).toEqual(values)
    }),
  )
})

test('numbers, and integers of 64 bits as those of a column', async () => {
  expect(await echoed('smallint', [-32_768, 0, null])).toEqual([-32_768, 0, null])
  expect(await echoed('integer', [2 ** 31 - 1, -1])).toEqual([2 ** 31 - 1, -1])
  expect(await echoed('bigint', [2 ** 53 - 1, '9007199254740993'])).toEqual([2 ** 53 - 1, '9007199254740993'])
  expect(await echoed('real', [0.5, null])).toEqual([0.5, null])
  expect(await echoed('float8', [0.1, -1e300, Number.POSITIVE_INFINITY])).toEqual([
    0.1,
    -1e300,
    Number.POSITIVE_INFINITY,
  ])
})

test('instants and names', async () => {
  const instant = new Date(1_700_000_000_123)
  expect(await echoed('timestamptz', [instant.toISOString(), null])).toEqual([instant, null])
  const rows = await sql<{ n: number }[]>`
    select count(*)::int as n from pg_class where relname = any(${['pg_class', 'pg_type']})`
  expect(rows[0]?.n).toBe(2)
})

test('an element that is undefined is a mistake of the caller, and a type that is not known here is refused', async () => {
  expect(await echoed('text', ['a', undefined]).catch((error: unknown) => error)).toBeInstanceOf(TypeError)
  expect(failureOf(await echoed('boolean', ['t', 'f']).catch((error: unknown) => error))).toBe('refused')
})
