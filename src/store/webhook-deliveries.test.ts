import { beforeEach, expect, test } from 'bun:test'
import { databasePerTest } from '../../test/support/database-per-test.ts'
import { DAY_MS } from '../actors/runtime/history-day.ts'
import { CLAIMED_FOR_MS } from '../webhooks/limits.ts'
import {
  forgetDeliveries,
  forgetLanes,
  forgetOrphanedDeliveries,
  listDeliveries,
  replayDelivery,
} from './webhook-deliveries.ts'
import { A, bodiesOf, HOOK, WebhookRecord } from './webhook-record.fixtures.ts'
import { deleteWebhook } from './webhooks.ts'

const database = databasePerTest()
let hooks: WebhookRecord

beforeEach(() => {
  hooks = new WebhookRecord(database)
})

test('dead letters are listed, and one is sent again alone, as if it were new', async () => {
  await hooks.hook()
  await hooks.sink.put([hooks.happened('ord_00a', 1), hooks.happened('ord_00a', 2)])
  const [first] = await hooks.claim()
  await hooks.queue.settle([hooks.result(first, 'dead')])
  const page = await listDeliveries(hooks.sql, HOOK, { state: 'dead' }, { limit: 10, cursor: null })
  expect(page.data.map(({ deliveryId, lastStatus }) => [deliveryId, lastStatus])).toEqual([
    [first?.deliveryId, 500],
  ] as never)

  const deliveryId = String(first?.deliveryId)
  await replayDelivery(hooks.sql, HOOK, deliveryId)
  expect(await replayDelivery(hooks.sql, HOOK, deliveryId)).toMatchObject({ state: 'pending', attempts: 0, replays: 1 })
  hooks.nowMs = Date.now() + 1_000
  const claimed = await hooks.claim([A], true)
  expect(claimed.map(({ lane, messageId }) => [lane, messageId]).sort()).toEqual([
    [deliveryId, String(first?.messageId)],
    ['ord_00a', 'evt_3-2'],
  ])
})

test('old deliveries, lanes that rest, and everything of an endpoint that is gone are forgotten', async () => {
  await hooks.hook('whk_kept')
  await hooks.hook('whk_gone')
  await hooks.sink.put([hooks.happened('ord_00a', 1), hooks.happened('ord_00b', 1)])
  await deleteWebhook(hooks.sql, 'live', 'whk_gone')
  expect(await forgetOrphanedDeliveries(hooks.sql, 1)).toBe(1)
  expect(await forgetOrphanedDeliveries(hooks.sql, 10)).toBe(1)
  await hooks.sql`update webhook_deliveries set created_at = now() - interval '8 days' where object_id = 'ord_00a'`
  expect(await forgetDeliveries(hooks.sql, Date.now() - 7 * DAY_MS, 10)).toBe(1)
  expect(await forgetLanes(hooks.sql, Date.now(), 10)).toBe(2)

  const claimed = await hooks.claim()
  expect(bodiesOf(claimed)).toEqual([['ord_00b', 1]])
  // The lane whose delivery is gone has noticed, and rests.
  expect([...(await hooks.sql`select lane from webhook_lanes where undelivered > 0`)]).toEqual([{ lane: 'ord_00b' }])
  await hooks.queue.settle([hooks.result(claimed[0], 'delivered')])
  expect(await forgetLanes(hooks.sql, hooks.nowMs + CLAIMED_FOR_MS + 1, 10)).toBe(2)
})
