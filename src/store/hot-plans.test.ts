/**
 * The plans of what is asked all the time. A plan that reads a whole table is right in every test, and first slow in a fleet that has worked for weeks:
 * so it is looked at here. Each statement is planned for any parameters, as a session plans it that keeps the plan: for a record as it is made,
 * for tables that the server has counted and found empty, and among 20,000 orders.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Database, MigratedTemplate } from '../../test/support/migrated-template.ts'
import { dayOf } from '../actors/runtime/history-day.ts'
import { HOLD_SHARDS_SQL, MAKE_DRIVERS_SQL, RAISE_EPOCHS_SQL, READ_DRIVERS_SQL } from './activation-statements.ts'
import { COMMIT_SQL } from './commit-statement.ts'
import { COMPACT_LANE } from './compact-positions.ts'
import { ensurePartitions } from './partitions.ts'
import { connect, disconnect, type Sql } from './postgres.ts'
import { journalConnection } from './postgres-journal.ts'
import { NEWEST, ROUTE } from './records-positions.ts'
import { STRAIGHT_SQL } from './straight-commit.ts'

const JOURNAL = {
  'the straight commit': STRAIGHT_SQL,
  'the commit that judges': COMMIT_SQL,
  'shards of an activation': HOLD_SHARDS_SQL,
  'drivers that are made': MAKE_DRIVERS_SQL,
  'epochs of an activation': RAISE_EPOCHS_SQL,
  'drivers that are read': READ_DRIVERS_SQL,
}
const POSITIONS = {
  'a page of a route': ROUTE,
  'the newest position': NEWEST,
  compaction: COMPACT_LANE,
}
/** Tables, and partitions of them, that have more rows every day, or one for each driver. */
const GROWING =
  /^(orders|order_terms|drivers|assignments|journal|decisions|idempotency_keys|position_tail|positions|position_runs)(_|$)/
const NOW = new Date('2025-06-15T12:00:00Z')

let template: MigratedTemplate
let database: Database
const opened: Sql[] = []

beforeAll(async () => {
  template = await MigratedTemplate.make()
  database = await template.copy()
}, 60_000)
afterAll(async () => {
  await Promise.all(opened.map(disconnect))
  await database.drop()
  await template.drop()
})

function opening(sql: Sql): Sql {
  opened.push(sql)
  return sql
}
/** New ones each time: a session remembers what it has planned. */
const journalSession = () => opening(journalConnection(database.url, { max: 1, applicationName: 'journal' }))
const session = () => opening(connect(database.url, { max: 1, applicationName: 'gateway', statementTimeoutMs: 60_000 }))

async function planOf(sql: Sql, statement: string): Promise<string[]> {
  const rows = await sql.unsafe<Record<string, string>[]>(`explain (generic_plan) ${statement}`)
  return rows.map(row => row['QUERY PLAN'] ?? '')
}

/** Looks that read all of a table that grows: without an index, or all of an index. */
function wholeReads(lines: readonly string[]): string[] {
  return lines.filter((line, i) => {
    const [, kind, table = ''] =
      /(Seq|Index|Index Only|Bitmap Heap) Scan(?: Backward)?(?: using \S+)? on (\w+)/.exec(line) ?? []
    if (kind === undefined || !GROWING.test(table)) return false
    return kind === 'Seq' || !/(Index|Recheck) Cond:/.test(lines[i + 1] ?? '')
  })
}

/** Joins that read all that a batch brings for each row of the other side: the square of the group. */
function squares(lines: readonly string[]): string[] {
  const depthOf = (line: string) => line.search(/\S/)
  return lines.filter((line, i) => {
    if (!line.includes('Nested Loop')) return false
    const inside = lines.slice(i + 1)
    const end = inside.findIndex(next => depthOf(next) <= depthOf(line))
    const below = end === -1 ? inside : inside.slice(0, end)
    const children = below.filter(next => depthOf(next) === depthOf(line) + 6 && next.includes('->'))
    return (
      children.length === 2 &&
      /(Function|CTE) Scan|Materialize/.test(children[1] ?? '') &&
      !/one row/.test(children[1] ?? '')
    )
  })
}

async function checkPlans(sql: Sql, statements: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, statement] of Object.entries(statements)) {
    const lines = await planOf(sql, statement)
    expect(lines.length, name).toBeGreaterThan(2)
    expect(wholeReads(lines), name).toEqual([])
  }
}

async function fill(sql: Sql): Promise<void> {
  await ensurePartitions(sql, [dayOf(NOW.getTime())])
  await sql.unsafe(`
    insert into shards (shard, epoch, owner) select n, 1, 'node' from generate_series(0, 255) as n;
    insert into drivers (driver_id, home_shard, epoch) select 'drv_' || n, n % 256, 1 from generate_series(1, 3000) as n;
    insert into orders (order_id, shard, version, status, driver_id, due_at, created_at, updated_at, state)
      select 'ord_' || n, n % 256, 7, case when n % 50 = 0 then 'placed' else 'delivered' end, 'drv_' || n % 3000, at, at, at, '{}'
      from (select n, '${NOW.toISOString()}'::timestamptz - n * interval '1 s' as at from generate_series(1, 20000) as n) as each;
    insert into order_terms select order_id, '{"pickup": {}, "dropoff": {}}' from orders;
    insert into assignments (order_id, offer_id, driver_id, size, started_at, ended_at)
      select order_id, 'off_' || order_id, driver_id, 1, created_at, case when status = 'delivered' then updated_at end from orders;
    insert into journal (shard, seq, at, actor_kind, actor_id, version, type, data)
      select n % 256, n / 256 + 1, now(), 'order', 'ord_' || n, 1, 'placed', '{}' from generate_series(1, 20000) as n;
    insert into decisions (order_id, at, body) select order_id, created_at, '{}' from orders;
    insert into idempotency_keys (key, request_hash, response) select 'key_' || n, 'h', '{}' from generate_series(1, 20000) as n;
    insert into positions (driver_id, recorded_at, received_at, latitude, longitude, flags)
      select 'drv_' || n % 3000, at, at, 37, -122, 1
      from (select n, '${NOW.toISOString()}'::timestamptz - n * interval '1 s' as at from generate_series(1, 20000) as n) as each;
    insert into position_tail (lane, points, from_at, to_at, driver_id, recorded_at, lag_ms, latitude, longitude, flags)
      select n % 8, 1, at, at, array['drv_' || n % 3000], array[at], '{0}', '{37}', '{-122}', '{0}'
      from (select n, '${NOW.toISOString()}'::timestamptz + n * interval '1 ms' as at from generate_series(1, 20000) as n) as each;
    insert into position_runs (driver_id, from_at, to_at, points, recorded_at, lag_ms, latitude, longitude, flags)
      select 'drv_' || n % 3000, at, at, 1, array[at], '{0}', '{37}', '{-122}', '{0}'
      from (select n, '${NOW.toISOString()}'::timestamptz - n * interval '1 s' as at from generate_series(1, 20000) as n) as each;
    analyze`)
}

describe('hot statements look for what they want', () => {
  test('in a record that was just made', async () => {
    await checkPlans(journalSession(), JOURNAL)
  })

  test('in tables that are known to be empty', async () => {
    await session()`analyze`
    await checkPlans(journalSession(), JOURNAL)
  })

  test('among 20,000 orders, where a straight commit joins what it brings by hash or by key', async () => {
    await fill(session())
    const sql = journalSession()
    await checkPlans(sql, JOURNAL)
    const straight = await planOf(sql, STRAIGHT_SQL)
    expect(squares(straight)).toEqual([])
    // Its writes lock, in the order in which it reads.
    expect(straight.filter(line => /Bitmap/.test(line))).toEqual([])
  })

  test('also in sessions without the settings of those that commit', async () => {
    await checkPlans(session(), POSITIONS)
  })
})

test('a look without an index, and one that reads all of an index, are seen', async () => {
  const sql = session()
  for (const statement of [`select from orders where state ? 'x'`, 'select key from idempotency_keys order by key']) {
    expect(wholeReads(await planOf(sql, statement))).toHaveLength(1)
  }
})
