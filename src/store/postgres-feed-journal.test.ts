import { beforeEach, expect, test } from 'bun:test'
import { orderTurn } from '../../test/conformance/journal-fixtures.ts'
import { databasePerTest } from '../../test/support/database-per-test.ts'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { ShardId } from '../domain/ids.ts'
import type { Sql } from './postgres.ts'
import { feedConnection, PostgresFeedJournal } from './postgres-feed-journal.ts'
import { journalConnection, PostgresJournal } from './postgres-journal.ts'

const [A, B, NEVER_OWNED] = [3 as ShardId, 8 as ShardId, 9 as ShardId]

const database = databasePerTest()
let commits: Sql
let sql: Sql
let record: PostgresJournal
let feed: PostgresFeedJournal

beforeEach(async () => {
  commits = database.closing(journalConnection(database.url, { max: 2, applicationName: 'test' }))
  record = new PostgresJournal(commits)
  sql = database.closing(feedConnection(database.url))
  feed = new PostgresFeedJournal(sql)
  await record.takeShards([A, B], 'test')
})

async function commit(shard: ShardId, name: string, events: readonly string[]): Promise<void> {
  expect(await record.commit([orderTurn(name, { shard, events })])).toEqual(['committed'])
}

test('progress tells the end of each journal and how far it is published; a shard that nobody ever had is left out', async () => {
  await commit(A, 'one', ['placed', 'due'])
  await feed.saveWatermarks(new Map([[A, 1]]))

  expect(await feed.progress([A, B, NEVER_OWNED])).toEqual([
    { shard: A, head: 2, watermark: 1 },
    { shard: B, head: 0, watermark: 0 },
  ])
  expect(await feed.progress([])).toEqual([])
})

test('events are read per shard from their position on, oldest first, and no more than wanted', async () => {
  await commit(A, 'one', ['placed', 'due', 'expired'])
  await commit(B, 'two', ['placed', 'cancelled'])
  const entries = await feed.read([
    { shard: B, afterSeq: 0, max: 10 },
    { shard: A, afterSeq: 1, max: 1 },
  ])

  expect(entries.map(({ shard, seq, type, version }) => ({ shard, seq, type, version }))).toEqual([
    { shard: A, seq: 2, type: 'due', version: 2 },
    { shard: B, seq: 1, type: 'placed', version: 1 },
    { shard: B, seq: 2, type: 'cancelled', version: 2 },
  ])
  expect(entries[0]).toMatchObject({
    actorKind: 'order',
    actorId: 'ord_one',
    atMs: 1_700_000_000_123,
    data: { name: 'one' },
  })
  expect(await feed.read([])).toEqual([])
})

test('a watermark never goes back, whoever saves', async () => {
  await feed.saveWatermarks(
    new Map([
      [B, 5],
      [A, 7],
    ]),
  )
  await feed.saveWatermarks(
    new Map([
      [A, 6],
      [B, 9],
    ]),
  )

  expect((await feed.progress([A, B])).map(({ watermark }) => watermark)).toEqual([7, 9])
})

test('many publishers save at once without a deadlock, and the highest stands', async () => {
  const all = Array.from({ length: 4 }, () => new PostgresFeedJournal(database.closing(feedConnection(database.url))))
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => {
      const pairs: [ShardId, number][] = [
        [A, i + 1],
        [B, 40 - i],
      ]
      return all[i % 4]?.saveWatermarks(new Map(i % 2 === 0 ? pairs : pairs.reverse()))
    }),
  )

  expect((await feed.progress([A, B])).map(({ watermark }) => watermark)).toEqual([40, 40])
})

test('a time is found in each shard that has events since', async () => {
  await commit(A, 'one', ['placed', 'due'])
  await commit(B, 'two', ['placed'])
  await sql`update journal set at = '2026-01-01T00:00:00Z' where shard = ${A} and seq = 1`
  await sql`update journal set at = '2026-01-03T00:00:00Z' where shard = ${A} and seq = 2`
  await sql`update journal set at = '2026-01-02T00:00:00Z' where shard = ${B}`

  expect(await feed.beforeTime(Date.UTC(2026, 0, 2))).toEqual([
    { shard: A, afterSeq: 1 },
    { shard: B, afterSeq: 0 },
  ])
  expect(await feed.beforeTime(Date.UTC(2026, 0, 2, 0, 0, 1))).toEqual([{ shard: A, afterSeq: 1 }])
})

test('a record that does not answer is unavailable within a bound, and serves again afterwards', async () => {
  const hurried = new PostgresFeedJournal(sql, 200)
  await commits.begin(async holding => {
    await holding`lock table feed_watermarks in access exclusive mode`
    const startMs = performance.now()
    const failure = await hurried.progress([A]).catch((error: unknown) => error)

    expect(failure).toBeInstanceOf(StoreUnavailableError)
    expect(performance.now() - startMs).toBeLessThan(1_500)
  })

  expect(await feed.progress([A])).toEqual([{ shard: A, head: 0, watermark: 0 }])
})

test('where each shard stood at a time is found from there on, and not by reading the journal from its beginning', async () => {
  // A day of events, one a second; then the server's own upkeep.
  await sql`
    insert into journal (shard, seq, at, actor_kind, actor_id, version, type, data)
    select ${A}, n, timestamptz '2026-01-01' + n * interval '1 s', 'order', 'ord_' || n, 1, 'placed', '{}' from generate_series(1, 86400) n`
  await sql`vacuum analyze journal`
  const sinceMs = Date.UTC(2026, 0, 1, 23)
  expect(await feed.beforeTime(sinceMs)).toEqual([{ shard: A, afterSeq: 23 * 3_600 - 1 }])

  const plan = await sql`
    explain (analyze, buffers, costs off, timing off) select shard, min(seq) - 1 from journal
    where at >= to_timestamp(${sinceMs}::float8 / 1000) group by shard order by shard`
  const text = plan.map(row => row['QUERY PLAN']).join('\n')
  expect(text).toContain('Bitmap Index Scan on journal_by_time')
  const looked = Number(/Rows Removed by Index Recheck: (\d+)/.exec(text)?.[1] ?? 0)
  expect(looked).toBeLessThan(10_000)
})
