import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { testDatabase } from '../../test/support/postgres.ts'
import { migrate } from './migrations/migrate.ts'
import { connect, type Sql } from './postgres.ts'
import { TailLanes } from './tail-lanes.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let sql: Sql

beforeAll(async () => {
  database = await testDatabase()
  sql = connect(database.url, { max: 1, applicationName: 'test' })
  await migrate(sql)
}, 30_000)

beforeEach(async () => {
  await sql`truncate position_tail`
})

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await database.drop()
})

/** @returns the row's number. */
async function put(lane: number, positions: number, agoMs = 0): Promise<number> {
  const [row] = await sql<{ id: number }[]>`
    insert into position_tail (lane, points, stored_at, from_at, to_at, driver_id, recorded_at, lag_ms, latitude, longitude, flags)
    select ${lane}, count(*), clock_timestamp() - ${agoMs} * interval '1 ms', now(), now(), array_agg('a'::text), array_agg(now()), array_agg(3),
      array_agg(1::float8), array_agg(2::float8), array_agg(0::smallint)
    from generate_series(1, ${positions}::int) as n returning id`
  return row?.id ?? -1
}

async function seen(lanes: TailLanes): Promise<Record<number, number>> {
  return Object.fromEntries((await lanes.look(sql)).map(({ lane, positions }) => [lane, positions]))
}

test('an empty tail has no lanes', async () => {
  expect(await seen(new TailLanes())).toEqual({})
})

test('what came since the last look is added to what was there', async () => {
  const lanes = new TailLanes()
  await put(1, 10)
  await put(6, 3)
  expect(await seen(lanes)).toEqual({ 1: 10, 6: 3 })
  expect(await seen(lanes)).toEqual({ 1: 10, 6: 3 })
  await put(1, 5)
  await put(1, 7)
  expect(await seen(lanes)).toEqual({ 1: 22, 6: 3 })
})

test('a lane that was compacted meanwhile, by whomever, is counted anew', async () => {
  const lanes = new TailLanes()
  await put(2, 10)
  await put(2, 20)
  const kept = await put(2, 30)
  await put(3, 4)
  expect(await seen(lanes)).toEqual({ 2: 60, 3: 4 })
  await sql`delete from position_tail where lane = 2 and id < ${kept}`
  await put(2, 1)
  expect(await seen(lanes)).toEqual({ 2: 31, 3: 4 })
  await sql`delete from position_tail where lane = 2`
  expect(await seen(lanes)).toEqual({ 3: 4 })
  await put(2, 8)
  expect(await seen(lanes)).toEqual({ 2: 8, 3: 4 })
})

test('the oldest come first, each as old as its oldest row', async () => {
  await put(0, 1, 1_000)
  await put(5, 1, 60_000)
  await put(5, 1, 10)
  const looked = await new TailLanes().look(sql)
  expect(looked.map(({ lane }) => lane)).toEqual([5, 0])
  expect(looked[0]?.ageMs).toBeGreaterThanOrEqual(60_000)
  expect(looked[1]?.ageMs).toBeWithin(1_000, 30_000)
})

test('a look goes along the key, also in a session that first looked when there was nothing', async () => {
  const lanes = new TailLanes()
  await lanes.look(sql)
  await sql`
    insert into position_tail (lane, points, from_at, to_at, driver_id, recorded_at, lag_ms, latitude, longitude, flags)
    select n % 8, 1, now(), now(), array['a'], array[now()], array[3], array[1::float8], array[2::float8], array[0::smallint]
    from generate_series(1, 20_000) as n`
  await lanes.look(sql)
  await put(4, 9)
  const read = async () => {
    const [row] = await sql<{ rows: number }[]>`
      select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
      from pg_stat_xact_user_tables where relname = 'position_tail'`
    return row?.rows ?? 0
  }
  await sql.unsafe('begin')
  const before = await read()
  expect((await seen(lanes))[4]).toBe(2_509)
  expect((await read()) - before).toBeLessThan(100)
  await sql.unsafe('rollback')
})
