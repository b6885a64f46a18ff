import { beforeEach, expect, test } from 'bun:test'
import { orderTurn } from '../../test/conformance/journal-fixtures.ts'
import { databasePerTest } from '../../test/support/database-per-test.ts'
import type { ShardId } from '../domain/ids.ts'
import type { FeedEntry } from '../feed/ports.ts'
import { PostgresFeedJournal } from './postgres-feed-journal.ts'
import { journalConnection, PostgresJournal } from './postgres-journal.ts'
import { A, B, WebhookRecord } from './webhook-record.fixtures.ts'
import { heldBack, WebhookJournal } from './webhook-sink.ts'
import { hasWebhooks } from './webhooks.ts'

const database = databasePerTest()
let hooks: WebhookRecord

beforeEach(() => {
  hooks = new WebhookRecord(database)
})

test('each endpoint that asked for an event gets a delivery of it, once, however often it is brought', async () => {
  await hooks.hook('whk_all', ['*'])
  await hooks.hook('whk_orders', ['order.*', 'driver.availability'])
  await hooks.hook('whk_one', ['order.assigned'])
  await hooks.hook('whk_test', ['*'], 'test')
  const entries = [
    hooks.happened('ord_00a', 1, 'due'),
    hooks.happened('drv_1', 1, 'registered'),
    hooks.happened('drv_1', 2, 'work_kept'),
  ]
  expect(await hooks.sink.put(entries)).toEqual([true, true, true])
  expect(await hooks.sink.put(entries)).toEqual([true, true, true])

  const rows = await hooks.sql`select webhook_id as hook, type from webhook_deliveries order by 1, 2`
  expect(rows.map(({ hook, type }) => `${hook} ${type}`)).toEqual([
    'whk_all driver.registered',
    'whk_all order.due',
    'whk_orders order.due',
  ])
  expect([...(await hooks.sql`select undelivered from webhook_lanes`)]).toEqual(
    [1, 1, 1].map(undelivered => ({ undelivered })),
  )
})

test('endpoints of one mode are told nothing of the other', async () => {
  await hooks.hook('whk_live', ['*'])
  await hooks.hook('whk_test', ['*'], 'test')
  const testOrder = `ord_00t${'0'.repeat(19)}`
  await hooks.sink.put([
    hooks.happened(testOrder, 1),
    hooks.happened('tdrv_1', 1, 'registered'),
    hooks.happened('drv_1', 1, 'registered'),
  ])
  const rows = await hooks.sql`select webhook_id as hook, object_id as object from webhook_deliveries order by 1, 2`
  expect(rows.map(({ hook, object }) => `${hook} ${object}`)).toEqual([
    'whk_live drv_1',
    `whk_test ${testOrder}`,
    'whk_test tdrv_1',
  ])
})

test('what happened before the first endpoint is told to nobody; while there is none the journal is not read', async () => {
  const commits = database.closing(journalConnection(database.url, { max: 1, applicationName: 'test' }))
  const record = new PostgresJournal(commits)
  await record.takeShards([A, B], 'test')
  await record.commit([orderTurn('one', { shard: A, events: ['placed', 'due'] })])
  const journal = new WebhookJournal(
    { any: () => hasWebhooks(hooks.sql) },
    new PostgresFeedJournal(hooks.sql, undefined, 'webhook_watermarks'),
  )
  expect(await journal.progress([A, B])).toEqual([])

  await hooks.hook()
  await record.commit([orderTurn('two', { shard: A, events: ['placed'] })])
  expect(await journal.progress([A, B])).toEqual([
    { shard: A, head: 3, watermark: 2 },
    { shard: B, head: 0, watermark: 0 },
  ])
  // A second one does not move what the first still waits for.
  await hooks.hook('whk_second')
  expect((await journal.progress([A]))[0]).toMatchObject({ watermark: 2 })
})

test('a driver’s events on another shard wait for those that came before', () => {
  const [one, two] = [hooks.happened('drv_1', 5, 'updated', B), hooks.happened('ord_00a', 1, 'due', B)]
  const before = { shard: B, seq: one.seq, shardBefore: A, seqBefore: 40 }
  expect([...heldBack([one, two], [before])]).toEqual([one, two])

  // It is in the same batch, and is made with it.
  const first: FeedEntry = { ...hooks.happened('drv_1', 4, 'rehomed', A), seq: 40 }
  expect([...heldBack([first, one, two], [before])]).toEqual([])
  // Unless that one waits itself.
  const held = { shard: A, seq: 40, shardBefore: 9 as ShardId, seqBefore: 7 }
  expect([...heldBack([first, one, two], [before, held])]).toEqual([first, one, two])
})

test('what a moved driver did is not recorded before what it did on the shard that it came from', async () => {
  await hooks.hook()
  await hooks.sql`insert into journal (shard, seq, at, actor_kind, actor_id, version, type, data)
    values (${A}, 40, now(), 'driver', 'drv_moved', 4, 'rehomed', '{}')`
  const moved = [hooks.happened('drv_moved', 5, 'updated', B), hooks.happened('ord_00a', 1, 'due', B)]
  expect(await hooks.sink.put(moved)).toEqual([false, false])
  await hooks.sql`insert into webhook_watermarks (shard, seq) values (${A}, 40)
    on conflict (shard) do update set seq = excluded.seq`
  expect(await hooks.sink.put(moved)).toEqual([true, true])
  expect(await hooks.claim()).toHaveLength(2)
})
