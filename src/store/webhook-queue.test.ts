import { beforeEach, describe, expect, test } from 'bun:test'
import { databasePerTest } from '../../test/support/database-per-test.ts'
import { CLAIMED_FOR_MS, RETRY_FOR_MS } from '../webhooks/limits.ts'
import { deliveryById } from './webhook-deliveries.ts'
import { WebhookQueue, webhookConnection } from './webhook-queue.ts'
import { A, B, bodiesOf, HOOK, WebhookRecord } from './webhook-record.fixtures.ts'
import { changeWebhook, webhookById } from './webhooks.ts'

const database = databasePerTest()
let hooks: WebhookRecord

beforeEach(() => {
  hooks = new WebhookRecord(database)
})

describe('the queue', () => {
  test('of one object one event is under way, in the order in which they happened; objects do not wait for each other', async () => {
    await hooks.hook()
    await hooks.sink.put([
      hooks.happened('ord_00a', 1),
      hooks.happened('ord_00a', 2),
      hooks.happened('ord_00b', 1),
      hooks.happened('ord_00a', 3),
    ])
    const first = await hooks.claim()
    expect(bodiesOf(first).sort()).toEqual([
      ['ord_00a', 1],
      ['ord_00b', 1],
    ])
    // Nobody else takes them meanwhile.
    expect(await hooks.claim()).toEqual([])
    const a = first.find(({ lane }) => lane === 'ord_00a')
    await hooks.queue.settle([hooks.result(a, 'retry')])
    expect(await hooks.claim([A], true)).toEqual([])
    hooks.nowMs += 6_000
    const again = await hooks.claim([A], true)
    expect(bodiesOf(again)).toEqual([['ord_00a', 1]])
    expect(again[0]?.attempts).toBe(1)
    await hooks.queue.settle([hooks.result(again[0], 'delivered')])
    expect(bodiesOf(await hooks.claim())).toEqual([['ord_00a', 2]])
  })

  test('what a dead node was sending comes up again', async () => {
    await hooks.hook()
    await hooks.sink.put([hooks.happened('ord_00a', 1)])
    await hooks.claim()
    hooks.nowMs += CLAIMED_FOR_MS - 1
    expect(await hooks.claim()).toEqual([])
    hooks.nowMs += 1
    expect(bodiesOf(await hooks.claim())).toEqual([['ord_00a', 1]])
  })

  test('two that take at once never take the same', async () => {
    await hooks.hook()
    await hooks.sink.put(Array.from({ length: 60 }, (_, i) => hooks.happened(`ord_00${i}`, 1)))
    const other = database.closing(webhookConnection(database.url, undefined))
    const queues = [hooks.queue, new WebhookQueue(other, Math.random)]
    const request = {
      shards: [A],
      nowMs: hooks.nowMs,
      untilMs: hooks.nowMs + CLAIMED_FOR_MS,
      isFailing: false,
      underWay: new Map(),
    }
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, i) => queues[i % 2]?.claim({ ...request, perEndpointMax: 100, max: 10 })),
    )
    const ids = all.flatMap(claimed => (claimed ?? []).map(({ deliveryId }) => deliveryId))
    expect(new Set(ids).size).toBe(ids.length)
    const rest = await hooks.claim()
    expect(rest.length + ids.length).toBe(60)
  })

  test('one that is refused for long leaves its lane: it is tried on, and those behind it go ahead', async () => {
    await hooks.hook()
    await hooks.sink.put([hooks.happened('ord_00a', 1), hooks.happened('ord_00a', 2)])
    const [poison] = await hooks.claim()
    await hooks.queue.settle([hooks.result(poison, 'retry', { leavesLane: true, retryAtMs: hooks.nowMs + 60_000 })])
    expect(bodiesOf(await hooks.claim([A], true))).toEqual([['ord_00a', 2]])
    hooks.nowMs += 60_000
    const lanes = await hooks.claim([A], true)
    expect(bodiesOf(lanes)).toContainEqual(['ord_00a', 1])
    expect(lanes.find(({ deliveryId }) => deliveryId === poison?.deliveryId)?.lane).toBe(String(poison?.deliveryId))
  })

  test('what is added while the last one is settled is not forgotten', async () => {
    await hooks.hook()
    for (let round = 0; round < 30; round++) {
      await hooks.sink.put([hooks.happened('ord_00a', round * 2 + 1)])
      const [last] = await hooks.claim()
      await Promise.all([
        hooks.queue.settle([hooks.result(last, 'delivered')]),
        hooks.sink.put([hooks.happened('ord_00a', round * 2 + 2)]),
      ])
      hooks.nowMs = Date.now() + 1_000
      const [next] = await hooks.claim()
      await hooks.queue.settle([hooks.result(next, 'delivered')])
    }
    expect([...(await hooks.sql`select count(*) as left from webhook_deliveries where state <> 'delivered'`)]).toEqual([
      { left: 0 },
    ])
    expect([...(await hooks.sql`select undelivered from webhook_lanes`)]).toEqual([{ undelivered: 0 }])
  })

  test('a result that comes twice, or late, changes nothing more', async () => {
    await hooks.hook()
    await hooks.sink.put([hooks.happened('ord_00a', 1), hooks.happened('ord_00a', 2)])
    const [first] = await hooks.claim()
    await hooks.queue.settle([hooks.result(first, 'delivered')])
    await hooks.queue.settle([hooks.result(first, 'retry')])
    expect(await deliveryById(hooks.sql, HOOK, String(first?.deliveryId))).toMatchObject({
      state: 'delivered',
      attempts: 1,
    })
    expect([...(await hooks.sql`select undelivered from webhook_lanes`)]).toEqual([{ undelivered: 1 }])
  })

  test('what was interrupted is no attempt, and is due at once', async () => {
    await hooks.hook()
    await hooks.sink.put([hooks.happened('ord_00a', 1)])
    const [first] = await hooks.claim()
    await hooks.queue.settle([hooks.result(first, 'interrupted')])
    expect((await hooks.claim())[0]).toMatchObject({ attempts: 0, firstTriedMs: null })
  })

  test('requests to one endpoint are bounded, counting those under way', async () => {
    await hooks.hook('whk_a')
    await hooks.hook('whk_b')
    await hooks.sink.put(Array.from({ length: 30 }, (_, i) => hooks.happened(`ord_00${i}`, 1)))
    const request = {
      shards: [A],
      nowMs: hooks.nowMs,
      untilMs: hooks.nowMs + 1,
      isFailing: false,
      perEndpointMax: 10,
      max: 100,
    }
    const claimed = await hooks.queue.claim({ ...request, underWay: new Map([['whk_a', 7]]) })
    expect(claimed.filter(({ webhookId }) => webhookId === 'whk_a')).toHaveLength(3)
    expect(claimed.filter(({ webhookId }) => webhookId === 'whk_b')).toHaveLength(10)
  })

  test('only shards that are served here are looked at', async () => {
    await hooks.hook()
    await hooks.sink.put([hooks.happened('ord_00a', 1, 'due', B)])
    expect(await hooks.claim([A])).toEqual([])
    expect(await hooks.claim([B])).toHaveLength(1)
  })
})

describe('an endpoint that fails', () => {
  test('is disabled once it took nothing for three days, with a row in the audit log, by one of two nodes', async () => {
    await hooks.hook()
    await hooks.sink.put([hooks.happened('ord_00a', 1), hooks.happened('ord_00b', 1)])
    const [one, two] = await hooks.claim()
    expect(await hooks.queue.settle([hooks.result(one, 'retry')])).toEqual([])
    expect(await webhookById(hooks.sql, 'live', HOOK)).toMatchObject({
      status: 'enabled',
      failingSinceMs: expect.any(Number),
    })
    await hooks.sql`update webhooks set failing_since = now() - ${RETRY_FOR_MS / 1_000 + 1} * interval '1 second'`
    const both = await Promise.all([
      hooks.queue.settle([hooks.result(one, 'dead')]),
      hooks.queue.settle([hooks.result(two, 'retry')]),
    ])
    expect(both.flat()).toEqual([HOOK])
    expect(await webhookById(hooks.sql, 'live', HOOK)).toMatchObject({ status: 'disabled', disabledReason: 'failing' })
    const acts = await hooks.sql`select actor_role as role, action, target from audit_log`
    expect([...acts]).toEqual([{ role: 'system', action: 'webhook.disable', target: HOOK }])
  })

  test('gets nothing while it is disabled, and all that has waited when it is enabled again', async () => {
    await hooks.hook()
    await changeWebhook(hooks.sql, { mode: 'live', webhookId: HOOK, change: { status: 'disabled' }, atMs: hooks.nowMs })
    await hooks.sink.put([hooks.happened('ord_00a', 1), hooks.happened('ord_00a', 2)])
    expect([...(await hooks.claim()), ...(await hooks.claim([A], true))]).toEqual([])
    expect(await hooks.queue.oldest([A])).toBeNull()
    await changeWebhook(hooks.sql, { mode: 'live', webhookId: HOOK, change: { status: 'enabled' }, atMs: hooks.nowMs })
    expect(await hooks.queue.oldest([A])).not.toBeNull()
    expect(bodiesOf(await hooks.claim())).toEqual([['ord_00a', 1]])
  })

  test('is healthy again with the first that it takes', async () => {
    await hooks.hook()
    await hooks.sink.put([hooks.happened('ord_00a', 1), hooks.happened('ord_00b', 1)])
    const [one, two] = await hooks.claim()
    await hooks.queue.settle([hooks.result(one, 'retry'), hooks.result(two, 'retry')])
    hooks.nowMs += 10_000
    const [again] = await hooks.claim([A], true)
    expect(again?.isFailing).toBe(true)
    await hooks.queue.settle([hooks.result(again, 'delivered')])
    expect(await webhookById(hooks.sql, 'live', HOOK)).toMatchObject({ failingSinceMs: null })
  })
})
