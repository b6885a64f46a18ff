import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { orderTurn } from '../../test/conformance/journal-fixtures.ts'
import { type Database, MigratedTemplate } from '../../test/support/migrated-template.ts'
import { DAY_MS } from '../actors/runtime/history-day.ts'
import type { OrderId, ShardId } from '../domain/ids.ts'
import type { FeedEntry } from '../feed/ports.ts'
import { CLAIMED_FOR_MS, RETRY_FOR_MS } from '../webhooks/limits.ts'
import type { ClaimedDelivery, Outcome, Settled } from '../webhooks/ports.ts'
import { PersonalFields } from './personal-fields.ts'
import { disconnect, type Sql } from './postgres.ts'
import { PostgresFeedJournal } from './postgres-feed-journal.ts'
import { journalConnection, PostgresJournal } from './postgres-journal.ts'
import {
  deliveryById,
  forgetDeliveries,
  forgetLanes,
  forgetOrphanedDeliveries,
  listDeliveries,
  replayDelivery,
} from './webhook-deliveries.ts'
import { WebhookQueue, webhookConnection } from './webhook-queue.ts'
import { heldBack, WebhookJournal, WebhookSink } from './webhook-sink.ts'
import { changeWebhook, deleteWebhook, insertWebhook, rotateWebhookSecret, webhookById } from './webhooks.ts'

const [A, B] = [3 as ShardId, 8 as ShardId]
const HOOK = 'whk_0000000000000000000a'

let template: MigratedTemplate
let database: Database
let sql: Sql
let queue: WebhookQueue
let sink: WebhookSink
let nowMs: number
let seq: number

beforeAll(async () => {
  template = await MigratedTemplate.make()
})
afterAll(() => template.drop())

beforeEach(async () => {
  database = await template.copy()
  const personal = new PersonalFields([{ id: 'k1', key: new Uint8Array(32).fill(1) }])
  sql = webhookConnection(database.url, personal)
  queue = new WebhookQueue(sql, Math.random)
  sink = new WebhookSink(sql, () => undefined)
  nowMs = Date.now() + 1_000
  seq = 0
})
afterEach(async () => {
  await disconnect(sql)
  await database.drop()
})

async function hook(
  webhookId = HOOK,
  events: readonly string[] = ['*'],
  mode: 'live' | 'test' = 'live',
): Promise<void> {
  const common = { description: null, createdAtMs: Date.now(), createdBy: 'admin:admin', secret: 'whsec_AAAA' }
  expect(await insertWebhook(sql, { webhookId, mode, url: 'https://x/', events, ...common }, { max: 10 })).toBe(
    'created',
  )
}

function happened(actorId: string, version: number, type = 'due', shard: ShardId = A): FeedEntry {
  const actorKind = actorId.startsWith('ord_') ? 'order' : 'driver'
  return { shard, seq: ++seq, atMs: nowMs, actorKind, actorId, version, type, data: {} }
}

function claim(shards: readonly ShardId[] = [A, B], isFailing = false, max = 100): Promise<ClaimedDelivery[]> {
  const untilMs = nowMs + CLAIMED_FOR_MS
  return queue.claim({ shards, nowMs, untilMs, isFailing, perEndpointMax: 100, max, underWay: new Map() })
}

function result(of: ClaimedDelivery | undefined, outcome: Outcome, more: Partial<Settled> = {}): Settled {
  if (of === undefined) throw new Error('nothing was claimed')
  const { deliveryId, webhookId, lane, isFailing } = of
  const retryAtMs = outcome === 'retry' ? nowMs + 5_000 : null
  const status = outcome === 'delivered' ? 200 : 500
  const common = { deliveryId, webhookId, lane, outcome, atMs: nowMs, tookMs: 7, status, error: null, isFailing }
  return { ...common, retryAtMs, leavesLane: false, ...more }
}

const bodiesOf = (claimed: readonly ClaimedDelivery[]) =>
  claimed.map(({ body }) => JSON.parse(body)).map(({ data, sequence }) => [data.order_id ?? data.driver_id, sequence])

describe('from the journal', () => {
  test('each endpoint that asked for an event gets a delivery of it, once, however often it is brought', async () => {
    await hook('whk_all', ['*'])
    await hook('whk_orders', ['order.*', 'driver.availability'])
    await hook('whk_one', ['order.assigned'])
    await hook('whk_test', ['*'], 'test')
    const entries = [
      happened('ord_00a', 1, 'due'),
      happened('drv_1', 1, 'registered'),
      happened('drv_1', 2, 'work_kept'),
    ]
    expect(await sink.put(entries)).toEqual([true, true, true])
    expect(await sink.put(entries)).toEqual([true, true, true])

    const rows = await sql`select webhook_id as hook, type from webhook_deliveries order by 1, 2`
    expect(rows.map(({ hook, type }) => `${hook} ${type}`)).toEqual([
      'whk_all driver.registered',
      'whk_all order.due',
      'whk_orders order.due',
    ])
    expect([...(await sql`select undelivered from webhook_lanes`)]).toEqual(
      [1, 1, 1].map(undelivered => ({ undelivered })),
    )
  })

  test('endpoints of one mode are told nothing of the other', async () => {
    await hook('whk_live', ['*'])
    await hook('whk_test', ['*'], 'test')
    const testOrder = `ord_00t${'0'.repeat(19)}`
    await sink.put([happened(testOrder, 1), happened('tdrv_1', 1, 'registered'), happened('drv_1', 1, 'registered')])
    const rows = await sql`select webhook_id as hook, object_id as object from webhook_deliveries order by 1, 2`
    expect(rows.map(({ hook, object }) => `${hook} ${object}`)).toEqual([
      'whk_live drv_1',
      `whk_test ${testOrder}`,
      'whk_test tdrv_1',
    ])
  })

  test('what happened before the first endpoint is told to nobody; while there is none the journal is not read', async () => {
    const commits = journalConnection(database.url, { max: 1, applicationName: 'test' })
    const record = new PostgresJournal(commits)
    await record.takeShards([A, B], 'test')
    await record.commit([orderTurn('one', { shard: A, events: ['placed', 'due'] })])
    const journal = new WebhookJournal(sql, new PostgresFeedJournal(sql, undefined, 'webhook_watermarks'))
    expect(await journal.progress([A, B])).toEqual([])

    await hook()
    await record.commit([orderTurn('two', { shard: A, events: ['placed'] })])
    expect(await journal.progress([A, B])).toEqual([
      { shard: A, head: 3, watermark: 2 },
      { shard: B, head: 0, watermark: 0 },
    ])
    // A second one does not move what the first still waits for.
    await hook('whk_second')
    expect((await journal.progress([A]))[0]).toMatchObject({ watermark: 2 })
    await disconnect(commits)
  })

  test('a driver’s events on another shard wait for those that came before', () => {
    const [one, two] = [happened('drv_1', 5, 'updated', B), happened('ord_00a', 1, 'due', B)]
    const before = { shard: B, seq: one.seq, shardBefore: A, seqBefore: 40 }
    expect([...heldBack([one, two], [before])]).toEqual([one, two])

    // It is in the same batch, and is made with it.
    const first: FeedEntry = { ...happened('drv_1', 4, 'rehomed', A), seq: 40 }
    expect([...heldBack([first, one, two], [before])]).toEqual([])
    // Unless that one waits itself.
    const held = { shard: A, seq: 40, shardBefore: 9 as ShardId, seqBefore: 7 }
    expect([...heldBack([first, one, two], [before, held])]).toEqual([first, one, two])
  })
})

test('what a moved driver did is not recorded before what it did on the shard that it came from', async () => {
  await hook()
  await sql`insert into journal (shard, seq, at, actor_kind, actor_id, version, type, data)
    values (${A}, 40, now(), 'driver', 'drv_moved', 4, 'rehomed', '{}')`
  const moved = [happened('drv_moved', 5, 'updated', B), happened('ord_00a', 1, 'due', B)]
  expect(await sink.put(moved)).toEqual([false, false])
  await sql`insert into webhook_watermarks (shard, seq) values (${A}, 40)
    on conflict (shard) do update set seq = excluded.seq`
  expect(await sink.put(moved)).toEqual([true, true])
  expect(await claim()).toHaveLength(2)
})

describe('the queue', () => {
  test('of one object one event is under way, in the order in which they happened; objects do not wait for each other', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1), happened('ord_00a', 2), happened('ord_00b', 1), happened('ord_00a', 3)])
    const first = await claim()
    expect(bodiesOf(first).sort()).toEqual([
      ['ord_00a', 1],
      ['ord_00b', 1],
    ])
    // Nobody else takes them meanwhile.
    expect(await claim()).toEqual([])
    const a = first.find(({ lane }) => lane === 'ord_00a')
    await queue.settle([result(a, 'retry')])
    expect(await claim([A], true)).toEqual([])
    nowMs += 6_000
    const again = await claim([A], true)
    expect(bodiesOf(again)).toEqual([['ord_00a', 1]])
    expect(again[0]?.attempts).toBe(1)
    await queue.settle([result(again[0], 'delivered')])
    expect(bodiesOf(await claim())).toEqual([['ord_00a', 2]])
  })

  test('what a dead node was sending comes up again', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1)])
    await claim()
    nowMs += CLAIMED_FOR_MS - 1
    expect(await claim()).toEqual([])
    nowMs += 1
    expect(bodiesOf(await claim())).toEqual([['ord_00a', 1]])
  })

  test('two that take at once never take the same', async () => {
    await hook()
    await sink.put(Array.from({ length: 60 }, (_, i) => happened(`ord_00${i}`, 1)))
    const other = webhookConnection(database.url, undefined)
    const queues = [queue, new WebhookQueue(other, Math.random)]
    const request = { shards: [A], nowMs, untilMs: nowMs + CLAIMED_FOR_MS, isFailing: false, underWay: new Map() }
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, i) => queues[i % 2]?.claim({ ...request, perEndpointMax: 100, max: 10 })),
    )
    const ids = all.flatMap(claimed => (claimed ?? []).map(({ deliveryId }) => deliveryId))
    expect(new Set(ids).size).toBe(ids.length)
    await disconnect(other)
    const rest = await claim()
    expect(rest.length + ids.length).toBe(60)
  })

  test('one that is refused for long leaves its lane: it is tried on, and those behind it go ahead', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1), happened('ord_00a', 2)])
    const [poison] = await claim()
    await queue.settle([result(poison, 'retry', { leavesLane: true, retryAtMs: nowMs + 60_000 })])
    expect(bodiesOf(await claim([A], true))).toEqual([['ord_00a', 2]])
    nowMs += 60_000
    const lanes = await claim([A], true)
    expect(bodiesOf(lanes)).toContainEqual(['ord_00a', 1])
    expect(lanes.find(({ deliveryId }) => deliveryId === poison?.deliveryId)?.lane).toBe(String(poison?.deliveryId))
  })

  test('what is added while the last one is settled is not forgotten', async () => {
    await hook()
    for (let round = 0; round < 30; round++) {
      await sink.put([happened('ord_00a', round * 2 + 1)])
      const [last] = await claim()
      await Promise.all([queue.settle([result(last, 'delivered')]), sink.put([happened('ord_00a', round * 2 + 2)])])
      nowMs = Date.now() + 1_000
      const [next] = await claim()
      await queue.settle([result(next, 'delivered')])
    }
    expect([...(await sql`select count(*) as left from webhook_deliveries where state <> 'delivered'`)]).toEqual([
      { left: 0 },
    ])
    expect([...(await sql`select undelivered from webhook_lanes`)]).toEqual([{ undelivered: 0 }])
  })

  test('a result that comes twice, or late, changes nothing more', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1), happened('ord_00a', 2)])
    const [first] = await claim()
    await queue.settle([result(first, 'delivered')])
    await queue.settle([result(first, 'retry')])
    expect(await deliveryById(sql, HOOK, String(first?.deliveryId))).toMatchObject({ state: 'delivered', attempts: 1 })
    expect([...(await sql`select undelivered from webhook_lanes`)]).toEqual([{ undelivered: 1 }])
  })

  test('what was interrupted is no attempt, and is due at once', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1)])
    const [first] = await claim()
    await queue.settle([result(first, 'interrupted')])
    expect((await claim())[0]).toMatchObject({ attempts: 0, firstTriedMs: null })
  })

  test('requests to one endpoint are bounded, counting those under way', async () => {
    await hook('whk_a')
    await hook('whk_b')
    await sink.put(Array.from({ length: 30 }, (_, i) => happened(`ord_00${i}`, 1)))
    const request = { shards: [A], nowMs, untilMs: nowMs + 1, isFailing: false, perEndpointMax: 10, max: 100 }
    const claimed = await queue.claim({ ...request, underWay: new Map([['whk_a', 7]]) })
    expect(claimed.filter(({ webhookId }) => webhookId === 'whk_a')).toHaveLength(3)
    expect(claimed.filter(({ webhookId }) => webhookId === 'whk_b')).toHaveLength(10)
  })

  test('only shards that are served here are looked at', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1, 'due', B)])
    expect(await claim([A])).toEqual([])
    expect(await claim([B])).toHaveLength(1)
  })
})

describe('an endpoint that fails', () => {
  test('is disabled once it took nothing for three days, with a row in the audit log, by one of two nodes', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1), happened('ord_00b', 1)])
    const [one, two] = await claim()
    expect(await queue.settle([result(one, 'retry')])).toEqual([])
    expect(await webhookById(sql, 'live', HOOK)).toMatchObject({
      status: 'enabled',
      failingSinceMs: expect.any(Number),
    })
    await sql`update webhooks set failing_since = now() - ${RETRY_FOR_MS / 1_000 + 1} * interval '1 second'`
    const both = await Promise.all([queue.settle([result(one, 'dead')]), queue.settle([result(two, 'retry')])])
    expect(both.flat()).toEqual([HOOK])
    expect(await webhookById(sql, 'live', HOOK)).toMatchObject({ status: 'disabled', disabledReason: 'failing' })
    const acts = await sql`select actor_role as role, action, target from audit_log`
    expect([...acts]).toEqual([{ role: 'system', action: 'webhook.disable', target: HOOK }])
  })

  test('gets nothing while it is disabled, and all that has waited when it is enabled again', async () => {
    await hook()
    await changeWebhook(sql, { mode: 'live', webhookId: HOOK, change: { status: 'disabled' }, atMs: nowMs })
    await sink.put([happened('ord_00a', 1), happened('ord_00a', 2)])
    expect([...(await claim()), ...(await claim([A], true))]).toEqual([])
    expect(await queue.oldest([A])).toBeNull()
    await changeWebhook(sql, { mode: 'live', webhookId: HOOK, change: { status: 'enabled' }, atMs: nowMs })
    expect(await queue.oldest([A])).not.toBeNull()
    expect(bodiesOf(await claim())).toEqual([['ord_00a', 1]])
  })

  test('is healthy again with the first that it takes', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1), happened('ord_00b', 1)])
    const [one, two] = await claim()
    await queue.settle([result(one, 'retry'), result(two, 'retry')])
    nowMs += 10_000
    const [again] = await claim([A], true)
    expect(again?.isFailing).toBe(true)
    await queue.settle([result(again, 'delivered')])
    expect(await webhookById(sql, 'live', HOOK)).toMatchObject({ failingSinceMs: null })
  })
})

describe('dead letters', () => {
  test('are listed, and one is sent again alone, as if it were new', async () => {
    await hook()
    await sink.put([happened('ord_00a', 1), happened('ord_00a', 2)])
    const [first] = await claim()
    await queue.settle([result(first, 'dead')])
    const page = await listDeliveries(sql, HOOK, { state: 'dead' }, { limit: 10, cursor: null })
    expect(page.data.map(({ deliveryId, lastStatus }) => [deliveryId, lastStatus])).toEqual([
      [first?.deliveryId, 500],
    ] as never)

    const deliveryId = String(first?.deliveryId)
    await replayDelivery(sql, HOOK, deliveryId)
    expect(await replayDelivery(sql, HOOK, deliveryId)).toMatchObject({ state: 'pending', attempts: 0, replays: 1 })
    nowMs = Date.now() + 1_000
    const claimed = await claim([A], true)
    expect(claimed.map(({ lane, messageId }) => [lane, messageId]).sort()).toEqual([
      [deliveryId, String(first?.messageId)],
      ['ord_00a', 'evt_3-2'],
    ])
  })
})

describe('what is forgotten', () => {
  test('old deliveries, lanes that rest, and everything of an endpoint that is gone', async () => {
    await hook('whk_kept')
    await hook('whk_gone')
    await sink.put([happened('ord_00a', 1), happened('ord_00b', 1)])
    await deleteWebhook(sql, 'live', 'whk_gone')
    expect(await forgetOrphanedDeliveries(sql, 1)).toBe(1)
    expect(await forgetOrphanedDeliveries(sql, 10)).toBe(1)
    await sql`update webhook_deliveries set created_at = now() - interval '8 days' where object_id = 'ord_00a'`
    expect(await forgetDeliveries(sql, Date.now() - 7 * DAY_MS, 10)).toBe(1)
    expect(await forgetLanes(sql, Date.now(), 10)).toBe(2)

    const claimed = await claim()
    expect(bodiesOf(claimed)).toEqual([['ord_00b', 1]])
    // The lane whose delivery is gone has noticed, and rests.
    expect([...(await sql`select lane from webhook_lanes where undelivered > 0`)]).toEqual([{ lane: 'ord_00b' }])
    await queue.settle([result(claimed[0], 'delivered')])
    expect(await forgetLanes(sql, nowMs + CLAIMED_FOR_MS + 1, 10)).toBe(2)
  })
})

describe('secrets', () => {
  test('are sealed in the record, rotate together with their seal, and the old one signs for its time', async () => {
    await hook()
    const stored = async () => String((await sql`select secrets::text as text from webhooks`)[0]?.text)
    expect(await stored()).not.toContain('whsec_')
    const rotation = { mode: 'live', webhookId: HOOK, secret: 'whsec_BBBB', atMs: nowMs } as const
    await rotateWebhookSecret(sql, { ...rotation, previousUntilMs: nowMs + 60_000 })
    expect(await stored()).not.toContain('whsec_')
    await sink.put([happened('ord_00a', 1), happened('ord_00b', 1)])
    expect((await claim([A], false, 1))[0]?.secrets).toEqual(['whsec_BBBB', 'whsec_AAAA'])
    nowMs += 60_000
    expect((await claim())[0]?.secrets).toEqual(['whsec_BBBB'])
  })

  test('of two rotations at once each secret was good', async () => {
    await hook()
    const rotate = (secret: string) =>
      rotateWebhookSecret(sql, { mode: 'live', webhookId: HOOK, secret, atMs: nowMs, previousUntilMs: nowMs + 60_000 })
    await Promise.all([rotate('whsec_BBBB'), rotate('whsec_CCCC')])
    await sink.put([happened('ord_00a' as OrderId, 1)])
    expect([...((await claim())[0]?.secrets ?? [])].sort()).toEqual(['whsec_BBBB', 'whsec_CCCC'])
  })

  test('that no key opens sign nothing', async () => {
    await hook()
    const other = webhookConnection(database.url, undefined)
    await sink.put([happened('ord_00a', 1)])
    const request = {
      shards: [A],
      nowMs,
      untilMs: nowMs,
      isFailing: false,
      perEndpointMax: 9,
      max: 9,
      underWay: new Map(),
    }
    expect((await new WebhookQueue(other, Math.random).claim(request))[0]?.secrets).toEqual([])
    await disconnect(other)
  })
})
