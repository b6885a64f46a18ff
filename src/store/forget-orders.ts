/**
 * What is kept of orders that ended long ago, where there is a limit to it: nothing but ratings, which are sums over orders.
 *
 * What can go wrong: an order that is open loses its past, or the feed or a webhook an event that it has not seen. So an order goes only
 * when it has ended, nobody has it, and nothing has happened to it for as long as was asked; in one statement, with all that is its
 * own. Its events stand between those of others, and the journal of a shard has no holes, since readers take a hole for a loss. So the
 * journal is taken off at its beginning only, up to the first event that is too young or unread. Events there of orders that are still
 * there are put aside in `kept_events`, where those look who ask for the life of an order; readers of the journal have had them. So one that was
 * booked a year ahead keeps its own past, and not that of its shard.
 *
 * Two nodes may be at it at once. What one puts aside while the other forgets its order is left over, and goes with the next round.
 */
import { SHARD_DIGITS, type ShardId, type UnixMs } from '../domain/ids.ts'
import type { Sql } from './postgres.ts'

/** Of an order's id, counted from one: behind its prefix and its shard. */
const QUOTE_FROM = 'ord_'.length + SHARD_DIGITS + 1

export interface Forgetting {
  readonly beforeMs: UnixMs
  readonly limit: number
}

/** @returns how many went, at most `limit`. Those that somebody else is just changing are passed over. */
export async function forgetOrders(sql: Sql, { beforeMs, limit }: Forgetting): Promise<number> {
  const before = new Date(beforeMs)
  const gone = await sql`
    with old as materialized (
      select o.order_id, o.shard, coalesce(o.state->'terms', t.terms)->>'quoteId' as quote_id
      from orders o left join order_terms t on t.order_id = o.order_id
      where o.phase in ('delivered', 'cancelled', 'expired') and o.created_at < ${before} and o.updated_at < ${before}
        and not exists (select from assignments a where a.order_id = o.order_id and a.ended_at is null)
      order by o.created_at limit ${limit} for update of o skip locked
    ), noted as (
      insert into forgotten_orders (order_id, shard, seq)
      select old.order_id, old.shard, j.seq from old cross join lateral (
        select seq from journal where actor_id = old.order_id and actor_kind = 'order' order by version desc limit 1
      ) j
      on conflict do nothing
    ), assigned as (
      delete from assignments using old where assignments.order_id = old.order_id and assignments.ended_at is not null
    ), explained as (
      delete from decisions using old where decisions.order_id = old.order_id
    ), agreed as (
      delete from order_terms using old where order_terms.order_id = old.order_id
    ), quoted as (
      -- The one that was agreed to last, the one that it was booked by, whose id it has, and those between them.
      delete from quotes where quote_id in (
        select quote_id from old
        union all select 'quo_' || substr(order_id, ${QUOTE_FROM}::int) from old
        union all select e.data->'terms'->>'quoteId' from old cross join lateral (
            select * from journal where actor_id = old.order_id
            union all select * from kept_events where actor_id = old.order_id
          ) e where e.actor_kind = 'order' and e.type = 'amended')
    ), lived as (
      delete from kept_events using old where kept_events.actor_id = old.order_id and kept_events.actor_kind = 'order'
    )
    delete from orders using old where orders.order_id = old.order_id`
  return gone.count
}

export interface ForgettingEvents extends Forgetting {
  readonly shard: ShardId
  /** There is an event feed: a shard of which it has published nothing yet is unread, and not one that nobody reads. */
  readonly isFeeding: boolean
}

/** @returns how many events went, at most `limit`. */
export async function forgetEvents(sql: Sql, { shard, beforeMs, limit, isFeeding }: ForgettingEvents): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    with head as materialized (
      select seq, at, actor_kind, actor_id from journal where shard = ${shard} order by seq limit ${limit}
    ), read as (
      -- By each of those who read it; of nobody is null. Where no endpoint is left the watermarks of webhooks stand, and mean nothing.
      select least(
        coalesce((select seq from feed_watermarks where shard = ${shard}), case when ${isFeeding} then 0 end),
        case when exists (select from webhooks)
          then coalesce((select seq from webhook_watermarks where shard = ${shard}), 0) end
      ) as seq
    ), kept as (
      select min(h.seq) as seq from head h
      where h.at >= ${new Date(beforeMs)}
        or h.seq > (select seq from read)
    ), gone as (
      delete from journal j using head h
      where j.shard = ${shard} and j.seq = h.seq and h.seq < coalesce((select seq from kept), h.seq + 1)
      returning j.*
    ), aside as (
      insert into kept_events select g.* from gone g
      where g.actor_kind = 'order' and exists (select from orders o where o.order_id = g.actor_id)
    ), floor as (
      insert into journal_floors as f (shard, seq) select ${shard}, max(seq) from gone having count(*) > 0
      on conflict (shard) do update set seq = greatest(f.seq, excluded.seq)
    )
    select count(*)::int as count from gone`
  return row?.count ?? 0
}

/** Those all of whose events have gone need not be known any more. */
export async function forgetNames(sql: Sql): Promise<void> {
  await sql`delete from kept_events k where not exists (select from orders o where o.order_id = k.actor_id)`
  await sql`delete from forgotten_orders f using journal_floors j where j.shard = f.shard and f.seq <= j.seq`
}
