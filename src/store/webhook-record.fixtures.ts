/** The webhooks of a record, for tests: endpoints, what happens, and who takes what is to be sent. */
import { expect } from 'bun:test'
import type { ShardId } from '../domain/ids.ts'
import type { FeedEntry } from '../feed/ports.ts'
import { CLAIMED_FOR_MS } from '../webhooks/limits.ts'
import type { ClaimedDelivery, Outcome, Settled } from '../webhooks/ports.ts'
import { PersonalFields } from './personal-fields.ts'
import type { Sql } from './postgres.ts'
import { WebhookQueue, webhookConnection } from './webhook-queue.ts'
import { WebhookSink } from './webhook-sink.ts'
import { insertWebhook } from './webhooks.ts'

export const [A, B] = [3 as ShardId, 8 as ShardId]
export const HOOK = 'whk_0000000000000000000a'

/** A database of a test's own, and who closes what was opened on it. */
interface TestRecord {
  readonly url: string
  readonly closing: (sql: Sql) => Sql
}

export class WebhookRecord {
  readonly sql: Sql
  readonly queue: WebhookQueue
  readonly sink: WebhookSink
  /** Of everything that is done here; ahead of the clock, so that what was just made is due. */
  nowMs = Date.now() + 1_000
  #seq = 0

  constructor(database: TestRecord) {
    const personal = new PersonalFields([{ id: 'k1', key: new Uint8Array(32).fill(1) }])
    this.sql = database.closing(webhookConnection(database.url, personal))
    this.queue = new WebhookQueue(this.sql, Math.random)
    this.sink = new WebhookSink(this.sql, () => undefined)
  }

  async hook(webhookId = HOOK, events: readonly string[] = ['*'], mode: 'live' | 'test' = 'live'): Promise<void> {
    const common = { description: null, createdAtMs: Date.now(), createdBy: 'admin:admin', secret: 'whsec_AAAA' }
    const webhook = { webhookId, mode, url: 'https://x/', events, ...common }
    expect(await insertWebhook(this.sql, webhook, { max: 10 })).toBe('created')
  }

  happened(actorId: string, version: number, type = 'due', shard: ShardId = A): FeedEntry {
    const actorKind = actorId.startsWith('ord_') ? 'order' : 'driver'
    return { shard, seq: ++this.#seq, atMs: this.nowMs, actorKind, actorId, version, type, data: {} }
  }

  claim(shards: readonly ShardId[] = [A, B], isFailing = false, max = 100): Promise<ClaimedDelivery[]> {
    const { nowMs } = this
    const untilMs = nowMs + CLAIMED_FOR_MS
    return this.queue.claim({ shards, nowMs, untilMs, isFailing, perEndpointMax: 100, max, underWay: new Map() })
  }

  result(of: ClaimedDelivery | undefined, outcome: Outcome, more: Partial<Settled> = {}): Settled {
    if (of === undefined) throw new Error('nothing was claimed')
    const { deliveryId, webhookId, lane, isFailing } = of
    const retryAtMs = outcome === 'retry' ? this.nowMs + 5_000 : null
    const status = outcome === 'delivered' ? 200 : 500
    const common = { deliveryId, webhookId, lane, outcome, atMs: this.nowMs, tookMs: 7, status, error: null, isFailing }
    return { ...common, retryAtMs, leavesLane: false, ...more }
  }
}

/** Whose, and which of its events. */
export function bodiesOf(claimed: readonly ClaimedDelivery[]) {
  return claimed
    .map(({ body }) => JSON.parse(body))
    .map(({ data, sequence }) => [data.order_id ?? data.driver_id, sequence])
}
