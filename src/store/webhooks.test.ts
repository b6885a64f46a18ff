import { beforeEach, expect, test } from 'bun:test'
import { databasePerTest } from '../../test/support/database-per-test.ts'
import { WebhookQueue, webhookConnection } from './webhook-queue.ts'
import { A, HOOK, WebhookRecord } from './webhook-record.fixtures.ts'
import { rotateWebhookSecret } from './webhooks.ts'

const database = databasePerTest()
let hooks: WebhookRecord

beforeEach(() => {
  hooks = new WebhookRecord(database)
})

test('secrets are sealed in the record, rotate together with their seal, and the old one signs for its time', async () => {
  await hooks.hook()
  const stored = async () => String((await hooks.sql`select secrets::text as text from webhooks`)[0]?.text)
  expect(await stored()).not.toContain('whsec_')
  const rotation = { mode: 'live', webhookId: HOOK, secret: 'whsec_BBBB', atMs: hooks.nowMs } as const
  await rotateWebhookSecret(hooks.sql, { ...rotation, previousUntilMs: hooks.nowMs + 60_000 })
  expect(await stored()).not.toContain('whsec_')
  await hooks.sink.put([hooks.happened('ord_00a', 1), hooks.happened('ord_00b', 1)])
  expect((await hooks.claim([A], false, 1))[0]?.secrets).toEqual(['whsec_BBBB', 'whsec_AAAA'])
  hooks.nowMs += 60_000
  expect((await hooks.claim())[0]?.secrets).toEqual(['whsec_BBBB'])
})

test('of two rotations at once each secret was good', async () => {
  await hooks.hook()
  const rotate = (secret: string) =>
    rotateWebhookSecret(hooks.sql, {
      mode: 'live',
      webhookId: HOOK,
      secret,
      atMs: hooks.nowMs,
      previousUntilMs: hooks.nowMs + 60_000,
    })
  await Promise.all([rotate('whsec_BBBB'), rotate('whsec_CCCC')])
  await hooks.sink.put([hooks.happened('ord_00a', 1)])
  expect([...((await hooks.claim())[0]?.secrets ?? [])].sort()).toEqual(['whsec_BBBB', 'whsec_CCCC'])
})

test('secrets that no key opens sign nothing', async () => {
  await hooks.hook()
  const other = database.closing(webhookConnection(database.url, undefined))
  await hooks.sink.put([hooks.happened('ord_00a', 1)])
  const request = {
    shards: [A],
    nowMs: hooks.nowMs,
    untilMs: hooks.nowMs,
    isFailing: false,
    perEndpointMax: 9,
    max: 9,
    underWay: new Map(),
  }
  expect((await new WebhookQueue(other, Math.random).claim(request))[0]?.secrets).toEqual([])
})
