/**
 * Indexes of a step that are made before it, beside those who write.
 *
 * `create index` keeps every writer out until it is done, which takes minutes on a table of millions of rows, and other nodes are at work
 * while one is upgraded. `create index concurrently` keeps nobody out, but is no part of a transaction: it may leave an index that
 * is not valid, and two nodes may come at once. So it is made here, under a lock of its own, before the step, which then finds it there
 * and does the rest. What a crash has left is dropped and made anew. On an empty table the step makes it itself.
 *
 * Whoever waits for the lock asks for it again and again and never waits inside a statement: a build waits for every statement that
 * began before it, and the two would wait for each other.
 */
import { InvariantError } from '../../actors/runtime/errors.ts'
import type { Querying, Sql } from '../postgres.ts'
import type { Migration } from './list.ts'

/** Any number will do, as long as nothing else in the database locks it. */
const LOCK_KEY = 7_092_415_332
const LOCK_AGAIN_MS = 250
/** An index over hundreds of millions of rows, and the longest transaction that it waits for. */
export const BUILD_MAX_MS = 3_600_000

interface IndexStatement {
  readonly name: string
  readonly table: string
  /** `orders (driver_id) where …` */
  readonly on: string
  /** As it stands in the text of the step. */
  readonly text: string
}

/** @throws {InvariantError} where a step names an index that it does not make by a statement of its own. */
export function indexesAhead({ id, sql, ahead = [] }: Migration): IndexStatement[] {
  return ahead.map(name => {
    const match = new RegExp(`^create index ${name} on ((\\w+) [^;]+);$`, 'm').exec(sql)
    if (match === null) throw new InvariantError(`The migration ${id} does not make the index ${name}.`)
    const [text, on = '', table = ''] = match
    return { name, table, on, text }
  })
}

/** The step without what is there already. */
export async function withoutBuilt(tx: Querying, migration: Migration): Promise<string> {
  let text = migration.sql
  for (const index of indexesAhead(migration)) {
    if ((await stateOf(tx, index.name)) === 'valid') text = text.replace(index.text, '')
  }
  return text
}

/** Whether something of that step is to be made before it. */
export async function isBuildDue(sql: Querying, migration: Migration): Promise<boolean> {
  for (const index of indexesAhead(migration)) if (await isDue(sql, index)) return true
  return false
}

/**
 * Makes them where their tables have rows. Repeatable; of several nodes one does it, the others return once it has.
 *
 * @param sql  with `max: 1`, so that lock and work share their session.
 */
export async function buildAhead(sql: Sql, migration: Migration): Promise<void> {
  if (sql.options.max !== 1) throw new InvariantError('Building an index ahead needs one session: connect with max 1')
  while (!(await isLocked(sql))) await Bun.sleep(LOCK_AGAIN_MS)
  try {
    // A build waits for transactions of before as for locks.
    await sql.unsafe(`set statement_timeout = ${BUILD_MAX_MS}; set lock_timeout = 0`)
    for (const index of indexesAhead(migration)) if (await isDue(sql, index)) await build(sql, index)
  } finally {
    await sql.unsafe('reset statement_timeout; reset lock_timeout')
    await sql`select pg_advisory_unlock(${LOCK_KEY}::bigint)`
  }
}

async function isLocked(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ taken: boolean }[]>`select pg_try_advisory_lock(${LOCK_KEY}::bigint) as taken`
  return row?.taken === true
}

async function build(sql: Sql, { name, on }: IndexStatement): Promise<void> {
  if ((await stateOf(sql, name)) === 'invalid') await sql.unsafe(`drop index concurrently ${name}`)
  await sql.unsafe(`create index concurrently ${name} on ${on}`)
}

async function isDue(sql: Querying, { name, table }: IndexStatement): Promise<boolean> {
  const state = await stateOf(sql, name)
  if (state !== 'missing') return state === 'invalid'
  const [row] = await sql<{ any: boolean }[]>`select exists (select from ${sql(table)}) as any`
  return row?.any === true
}

async function stateOf(sql: Querying, name: string): Promise<'missing' | 'invalid' | 'valid'> {
  const [row] = await sql<{ isValid: boolean }[]>`
    select indisvalid as "isValid" from pg_index where indexrelid = to_regclass(${name})`
  if (row === undefined) return 'missing'
  return row.isValid ? 'valid' : 'invalid'
}
