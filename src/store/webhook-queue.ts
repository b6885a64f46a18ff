/** The deliveries that are due, as the sender takes them and gives them back. */
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { Random } from '../actors/runtime/ports.ts'
import type { ShardId, UnixMs } from '../domain/ids.ts'
import { RETRY_FOR_MS } from '../webhooks/limits.ts'
import type { ClaimedDelivery, ClaimRequest, DeliveryQueue, Settled } from '../webhooks/ports.ts'
import { insertActs, newActId } from './audit-log.ts'
import type { PersonalFields } from './personal-fields.ts'
import { connect, type Querying, type Sql, storeError } from './postgres.ts'
import { usableSecrets, type WebhookSecrets } from './webhooks.ts'
import { within } from './within.ts'

const CONNECTIONS = 3
/** Above the limits that the server puts on a statement. */
const ANSWER_TIMEOUT_MS = 5_500

/**
 * A result that a crash of the record takes back is an attempt that is made again, under the same id: so no commit here waits
 * for the disk.
 */
export function webhookConnection(url: string, personal: PersonalFields | undefined): Sql {
  const settings = { synchronous_commit: 'off' }
  return connect(url, { max: CONNECTIONS, applicationName: 'waggle webhooks', settings, personal })
}

interface ClaimRow extends Omit<ClaimedDelivery, 'secrets' | 'deliveryId' | 'sinceMs' | 'firstTriedMs'> {
  /** Null: the lane has nothing that waits. */
  readonly deliveryId: string | null
  readonly since: Date
  readonly firstTriedAt: Date | null
  readonly secrets: WebhookSecrets
  readonly previousUntil: Date | null
  readonly undelivered: number
}

export class WebhookQueue implements DeliveryQueue {
  readonly #sql: Sql
  readonly #random: Random

  constructor(sql: Sql, random: Random) {
    this.#sql = sql
    this.#random = random
  }

  async claim(request: ClaimRequest): Promise<ClaimedDelivery[]> {
    const { shards, nowMs, untilMs, isFailing, perEndpointMax, max, underWay } = request
    if (shards.length === 0 || max <= 0) return []
    const now = new Date(nowMs)
    const rows = await this.#answered(this.#sql<ClaimRow[]>`
      with under_way as (
        select * from unnest(${[...underWay.keys()]}::text[], ${[...underWay.values()]}::int[]) as u (webhook_id, requests)
      ), due as (
        select l.webhook_id, l.lane
        from webhooks w left join under_way u on u.webhook_id = w.webhook_id
        cross join lateral (
          select l.webhook_id, l.lane from webhook_lanes l
          where l.webhook_id = w.webhook_id and l.undelivered > 0 and l.due_at <= ${now} and l.shard = any(${[...shards]}::int[])
          order by l.due_at limit greatest(0, ${perEndpointMax}::int - coalesce(u.requests, 0))
          for update skip locked
        ) l
        where w.status = 'enabled' and (w.failing_since is not null) = ${isFailing}
        limit ${max}
      ), claimed as (
        update webhook_lanes l set due_at = ${new Date(untilMs)} from due
        where l.webhook_id = due.webhook_id and l.lane = due.lane
        returning l.webhook_id, l.lane, l.undelivered
      )
      select c.webhook_id as "webhookId", c.lane, c.undelivered, d.delivery_id as "deliveryId", d.message_id as "messageId",
        d.body, d.attempts, d.since, d.first_tried_at as "firstTriedAt", w.url, w.secrets, w.previous_until as "previousUntil",
        w.failing_since is not null as "isFailing"
      from claimed c join webhooks w on w.webhook_id = c.webhook_id
      left join lateral (
        select * from webhook_deliveries d where d.webhook_id = c.webhook_id and d.lane = c.lane and d.state = 'pending'
        order by d.sequence limit 1
      ) d on true`)
    await this.#emptied(rows.filter(row => row.deliveryId === null))
    return rows.flatMap(row => (row.deliveryId === null ? [] : [claimedFrom(row, row.deliveryId, nowMs)]))
  }

  async settle(settled: readonly Settled[]): Promise<string[]> {
    if (settled.length === 0) return []
    const taken = namesOf(settled.filter(s => s.outcome === 'delivered'))
    const refused = namesOf(settled.filter(s => isRefusal(s) && !taken.includes(s.webhookId)))
    const recovered = namesOf(settled.filter(s => s.outcome === 'delivered' && s.isFailing))
    return await this.#answered(
      this.#sql.begin(async tx => {
        await writeResults(tx, settled)
        await noteHealth(tx, recovered, refused)
        return refused.length === 0 ? [] : await disableFailing(tx, refused, this.#random)
      }),
    )
  }

  async oldest(shards: readonly ShardId[]): Promise<UnixMs | null> {
    const [row] = await this.#answered(this.#sql<{ at: Date | null }[]>`
      select min(d.created_at) as at from webhooks w cross join lateral (
        select created_at from webhook_deliveries d
        where d.webhook_id = w.webhook_id and d.state = 'pending' and d.shard = any(${[...shards]}::int[])
        order by created_at limit 1
      ) d where w.status = 'enabled'`)
    return row?.at?.getTime() ?? null
  }

  /** What waited there was forgotten (see upkeep). Only what was seen is taken off: more may have come since. */
  async #emptied(lanes: readonly ClaimRow[]): Promise<void> {
    if (lanes.length === 0) return
    await this.#answered(this.#sql`
      update webhook_lanes l set undelivered = greatest(0, l.undelivered - e.undelivered)
      from unnest(${lanes.map(l => l.webhookId)}::text[], ${lanes.map(l => l.lane)}::text[],
        ${lanes.map(l => l.undelivered)}::int[]) as e (webhook_id, lane, undelivered)
      where l.webhook_id = e.webhook_id and l.lane = e.lane`)
  }

  /** @throws {StoreUnavailableError} */
  async #answered<T>(query: PromiseLike<T>): Promise<T> {
    try {
      return await within(
        ANSWER_TIMEOUT_MS,
        query,
        () => new StoreUnavailableError('No answer from the record in time.'),
      )
    } catch (error) {
      throw storeError(error) ?? error
    }
  }
}

function claimedFrom(row: ClaimRow, deliveryId: string, nowMs: UnixMs): ClaimedDelivery {
  const { secrets, since, firstTriedAt, previousUntil, undelivered: _, ...rest } = row
  return {
    ...rest,
    deliveryId,
    secrets: usableSecrets(secrets, previousUntil?.getTime() ?? null, nowMs),
    sinceMs: since.getTime(),
    firstTriedMs: firstTriedAt?.getTime() ?? null,
  }
}

function isRefusal({ outcome }: Settled): boolean {
  return outcome === 'retry' || outcome === 'dead'
}

function namesOf(settled: readonly Settled[]): string[] {
  return [...new Set(settled.map(({ webhookId }) => webhookId))].sort()
}

async function writeResults(tx: Querying, settled: readonly Settled[]): Promise<void> {
  const rows = settled.map(s => ({
    ...s,
    at: timeOf(s.atMs),
    retryAt: s.retryAtMs === null ? null : timeOf(s.retryAtMs),
  }))
  await tx`
    with s as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as s ("deliveryId" text, lane text, outcome text,
        at timestamptz, "tookMs" int, status int, error text, "retryAt" timestamptz, "leavesLane" boolean)
    ), tried as (
      update webhook_deliveries d set
        state = case when s.outcome in ('delivered', 'dead') then s.outcome else d.state end,
        lane = case when s."leavesLane" then d.delivery_id else d.lane end,
        attempts = d.attempts + case when s.outcome = 'interrupted' then 0 else 1 end,
        first_tried_at = case when s.outcome = 'interrupted' then d.first_tried_at else coalesce(d.first_tried_at, s.at) end,
        last_tried_at = case when s.outcome = 'interrupted' then d.last_tried_at else s.at end,
        next_try_at = s."retryAt",
        ended_at = case when s.outcome in ('delivered', 'dead') then s.at end,
        took_ms = s."tookMs", last_status = s.status, last_error = s.error
      from s where d.delivery_id = s."deliveryId" and d.state = 'pending'
      returning d.delivery_id, d.webhook_id, d.shard, s.lane, s.outcome, s."retryAt", s."leavesLane", s.at
    ), lanes as (
      update webhook_lanes l set
        undelivered = l.undelivered - case when t.outcome in ('delivered', 'dead') or t."leavesLane" then 1 else 0 end,
        due_at = case when t.outcome = 'retry' and not t."leavesLane" then t."retryAt" else t.at end
      from tried t where l.webhook_id = t.webhook_id and l.lane = t.lane
    )
    insert into webhook_lanes as l (webhook_id, lane, shard, undelivered, due_at)
    select webhook_id, delivery_id, shard, 1, "retryAt" from tried where "leavesLane"
    on conflict (webhook_id, lane) do update set undelivered = 1, due_at = excluded.due_at`
}

async function noteHealth(tx: Querying, recovered: readonly string[], refused: readonly string[]): Promise<void> {
  if (recovered.length > 0) {
    await tx`update webhooks set failing_since = null where webhook_id = any(${[...recovered]}::text[])`
  }
  if (refused.length > 0) {
    await tx`update webhooks set failing_since = now() where webhook_id = any(${[...refused]}::text[]) and failing_since is null`
  }
}

/** @returns those that were enabled until now: of nodes that do it at once, one says so. */
async function disableFailing(tx: Querying, refused: readonly string[], random: Random): Promise<string[]> {
  const rows = await tx<{ webhookId: string; since: Date; now: Date }[]>`
    update webhooks set status = 'disabled', disabled_at = now(), disabled_reason = 'failing', updated_at = now()
    where webhook_id = any(${[...refused]}::text[]) and status = 'enabled'
      and failing_since < now() - ${RETRY_FOR_MS / 1_000} * interval '1 second'
    returning webhook_id as "webhookId", failing_since as since, now() as now`
  if (rows.length === 0) return []
  const acts = rows.map(({ webhookId, since, now }) => ({
    actId: newActId(now.getTime(), random),
    atMs: now.getTime(),
    actorRole: 'system',
    actorId: 'webhooks',
    keyId: null,
    action: 'webhook.disable',
    target: webhookId,
    address: null,
    detail: { failing_since: since.toISOString() },
    status: null,
  }))
  await insertActs(tx, acts)
  return rows.map(({ webhookId }) => webhookId)
}

function timeOf(ms: UnixMs): string {
  return new Date(ms).toISOString()
}
