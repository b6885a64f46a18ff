/**
 * The one statement that commits a batch of turns.
 *
 * It first locks everything that it judges, always in the same order (shards, orders, drivers, each by id; then keys),
 * so that batches that run at the same time wait for one another but never in a circle. A locking read returns the
 * newest committed row even where it had to wait; a plain read shows the table as it was when the statement began. So
 * outcomes rest on the locked rows alone:
 *
 * - `shards_held`: the epochs (the fence) and the last number of the journal, which is why numbers are contiguous;
 * - `orders_held`: the version. An order's assignments change only with its version. So the plain read of its active
 *   assignment is right if a plain read of its version (`seen`) is; if not, the turn is `stale` and is sent again, for a
 *   statement that begins later;
 * - `drivers_held`: epoch, load version, load and capacity, as they are after every commit that came first.
 *
 * Idempotency keys are inserted only for turns that pass everything else. The insert waits for a batch on another
 * connection that inserts the same key; whoever finds the key taken is `key_taken` and writes nothing.
 *
 * A turn of an order without events (an answer, a note) is checked like any other: that its version is the newest is what
 * makes the answer current.
 *
 * Each look at a table that grows names the rows that it wants (`= any`), also where a join says so already. A session plans the
 * statement for the sizes that the tables have at some time, and for one that was nearly empty then any way through it is as good as
 * another: a plan that joins first read all orders for each commit when there were thousands.
 *
 * All is judged against the state before the batch, then all is written: a driver's own turn and claims on that driver
 * end up in one update of its row. Of several claims on one driver the first that passes wins.
 */
import type { JournalTurn, OrderRow, TurnOutcome } from '../actors/runtime/ports.ts'
import type { Json, JsonObject } from '../actors/runtime/turn.ts'
import { decisionFields } from './packed-decision.ts'

/** One turn as the statement reads it. What is undefined arrives as null. */
interface TurnRecord {
  readonly i: number
  readonly shard: number
  readonly shard_epoch: number
  readonly kind: 'order' | 'driver'
  readonly id: string
  readonly version_before: number
  readonly events: readonly { readonly type: string; readonly at_ms: number; readonly data: JsonObject }[]
  readonly n: number
  /** An earlier turn of this batch is of the same actor, and both have events. */
  readonly again: boolean
  /** Columns of the actor's row. In one document: the statement has a price for each column that it carries from step to step. */
  readonly written: JsonObject
  /** Left out where they are as before; for an order that is booked, also where its event has them. */
  readonly terms?: Json
  readonly epoch_before?: number | undefined
  readonly claim_driver?: string
  readonly claim_offer?: string
  readonly claim_epoch?: number
  readonly claim_load_version?: number
  readonly claim_size?: number
  readonly release_driver?: string
  readonly key?: string
  readonly answer?: { readonly hash: string; readonly response: Json }
  readonly decision?: JsonObject
}

function rowFields(turn: JournalTurn): Pick<TurnRecord, 'written' | 'terms' | 'epoch_before'> {
  const { row, driverEpochBefore } = turn
  switch (row.kind) {
    case 'order':
      return orderFields(turn, row)
    case 'driver': {
      const { status, homeShard, epoch, capacity, state } = row
      return { written: { status, home_shard: homeShard, epoch, capacity, state }, epoch_before: driverEpochBefore }
    }
  }
}

function orderFields({ events, versionBefore }: JournalTurn, row: OrderRow): Pick<TurnRecord, 'written' | 'terms'> {
  // Nothing of the row is written.
  if (events.length === 0) return { written: {} }
  const { terms, ...state } = row.state
  const written = {
    status: row.status,
    customer_id: row.customerId,
    driver_id: row.driverId,
    due_at_ms: row.dueAtMs,
    created_at_ms: row.createdAtMs,
    updated_at_ms: row.updatedAtMs,
    state,
  }
  // The terms have a row of their own, which is written when they change.
  if (terms === undefined || row.hasSameTerms) return { written }
  const isInEvent = versionBefore === 0 && events[0]?.data.terms === terms
  return isInEvent ? { written } : { written, terms }
}

function writeFields({ claim, release, key, decision }: JournalTurn): Partial<TurnRecord> {
  return {
    ...(claim && {
      claim_driver: claim.driverId,
      claim_offer: claim.offerId,
      claim_epoch: claim.driverEpoch,
      claim_load_version: claim.loadVersion,
      claim_size: claim.size,
    }),
    ...(release && { release_driver: release.driverId }),
    ...(key && { key: key.key, answer: { hash: key.requestHash, response: key.response } }),
    ...(decision && {
      decision: { order: decision.orderId, at_ms: decision.atMs, ...decisionFields(decision.body) },
    }),
  }
}

/**
 * @param text  makes JSON of it, as the record is to have it.
 * @returns the batch as the statement's one parameter.
 */
export function encodeTurns(turns: readonly JournalTurn[], text: (value: unknown) => string = JSON.stringify): string {
  const seen = new Set<string>()
  const records = turns.map((turn, i): TurnRecord => {
    const actor = `${turn.row.kind} ${turn.actorId}`
    const again = turn.events.length > 0 && seen.has(actor)
    if (turn.events.length > 0) seen.add(actor)
    return {
      i,
      shard: turn.shard,
      shard_epoch: turn.shardEpoch,
      kind: turn.row.kind,
      id: turn.actorId,
      version_before: turn.versionBefore,
      events: turn.events.map(event => ({ type: event.type, at_ms: event.atMs, data: event.data })),
      n: turn.events.length,
      again,
      ...rowFields(turn),
      ...writeFields(turn),
    }
  })
  return text(records)
}

/** What the statement says of a turn: an outcome, or `stale`: nothing was decided, send it again. */
export type Verdict = TurnOutcome | 'stale'

/** What the statement returns. A row per turn would be as many messages to be written and read. */
export interface VerdictsRow {
  readonly outcomes: string
}

const BETWEEN_VERDICTS = ' '

/** @returns per turn, in the order given. */
export function readVerdicts([row]: readonly VerdictsRow[]): Verdict[] {
  return (row?.outcomes ?? '').split(BETWEEN_VERDICTS) as Verdict[]
}

/** Takes the batch as text; returns one row: the verdict of each turn, in order, read by `readVerdicts`. */
export const COMMIT_SQL = /* sql */ `
with turns as materialized (
  select * from jsonb_to_recordset($1::text::jsonb) as t(
    i int, shard int, shard_epoch int, kind text, id text, version_before int, events jsonb, n int, again boolean,
    epoch_before int, written jsonb, terms jsonb,
    claim_driver text, claim_offer text, claim_epoch int, claim_load_version int, claim_size int, release_driver text,
    key text, answer jsonb, decision jsonb)
),
-- All ids in one look, since each look at the turns costs the statement as much as some rows do.
wanted as materialized (
  select array_agg(distinct shard) as shards,
    array_agg(id) filter (where kind = 'order') as orders,
    array_agg(id) filter (where claim_driver is not null or release_driver is not null) as deciding,
    array_agg(id) filter (where claim_driver is not null) as claiming,
    array_agg(id) filter (where kind = 'driver' and n > 0)
      || array_agg(claim_driver) filter (where claim_driver is not null)
      || array_agg(release_driver) filter (where release_driver is not null) as drivers,
    array_agg(release_driver) filter (where release_driver is not null) as releasing
  from turns
),

-- Locks. Each step counts the one before, so that it cannot start earlier.
shards_held as materialized (
  select s.shard, s.epoch, s.seq from shards s
  where s.shard = any((select shards from wanted)::int[])
  order by s.shard for no key update
),
orders_held as materialized (
  select o.order_id, o.version from orders o
  where o.order_id = any((select orders from wanted)::text[])
    and (select count(*) from shards_held) >= 0
  order by o.order_id for no key update
),
drivers_held as materialized (
  select d.driver_id, d.version, d.epoch, d.load, d.load_version, d.capacity from drivers d
  where d.driver_id = any((select drivers from wanted)::text[])
    and (select count(*) from orders_held) >= 0
  order by d.driver_id for no key update
),
instant as materialized (
  select clock_timestamp() as at from (select count(*) from drivers_held) as locked
),

-- Judgement.
orders_seen as materialized (
  select o.order_id, o.version from orders o
  where o.order_id = any((select deciding from wanted)::text[])
  order by o.order_id
),
active as materialized (
  select a.order_id, a.driver_id, a.size from assignments a
  where a.ended_at is null and a.order_id = any((select claiming from wanted)::text[])
  order by a.order_id
),
checked as materialized (
  select t.i, t.shard, t.n, s.seq, t.key, t.claim_driver, case
      when s.epoch is distinct from t.shard_epoch then 'fenced'
      when t.again then 'conflict'
      when t.kind = 'order' and coalesce(o.version, 0) <> t.version_before then 'conflict'
      when t.kind = 'driver' and t.n > 0
        and (d.version is distinct from t.version_before or d.epoch is distinct from t.epoch_before) then 'conflict'
      when (t.claim_driver is not null or t.release_driver is not null)
        and coalesce(seen.version, 0) <> t.version_before then 'stale'
      when t.claim_driver is not null and (
        c.driver_id is null or c.epoch <> t.claim_epoch or c.load_version <> t.claim_load_version
        or a.driver_id is distinct from (case when a.driver_id is not null then t.release_driver end)
        or c.load + t.claim_size - (case when a.driver_id = c.driver_id then a.size else 0 end) > c.capacity
      ) then 'claim_refused'
    end as refusal
  from turns t
  left join shards_held s on s.shard = t.shard
  left join orders_held o on t.kind = 'order' and o.order_id = t.id
  left join drivers_held d on t.kind = 'driver' and d.driver_id = t.id
  left join drivers_held c on c.driver_id = t.claim_driver
  left join orders_seen seen on seen.order_id = t.id and (t.claim_driver is not null or t.release_driver is not null)
  left join active a on a.order_id = t.id and t.claim_driver is not null
),
ranked as materialized (
  select i, shard, n, seq, key,
    coalesce(refusal, case when claim_driver is not null
      and row_number() over (partition by claim_driver, refusal order by i) > 1 then 'claim_refused' end) as refusal
  from checked
),
keyed as materialized (
  select distinct on (r.key) r.key, r.i, t.answer from ranked r join turns t using (i)
  where r.refusal is null and r.key is not null
  order by r.key, r.i
),
keys_won as (
  insert into idempotency_keys (key, request_hash, response)
  select key, answer->>'hash', answer->'response' from keyed order by key
  on conflict (key) do nothing
  returning key
),
outcomes as materialized (
  select judged.*, outcome = 'committed' as is_committed
  from (
    select r.i, r.shard, r.n, r.seq, case
      when r.refusal is not null then r.refusal
      when r.key is not null and w.key is null then 'key_taken'
      else 'committed'
    end as outcome
    from ranked r
    left join keyed k on k.i = r.i
    left join keys_won w on w.key = k.key
  ) as judged
),
numbered as (
  select i, seq + sum(n) over (partition by shard order by i) - n as seq_before from outcomes where is_committed
),
-- With flags. Of a comparison the planner knows nothing and expects one row of it; so it would look for each row by itself, and sort
-- the ids of the whole batch each time.
done as materialized (
  select t.i, t.shard, t.kind, t.id, t.version_before, t.n, t.events, t.written, t.terms,
    t.claim_driver, t.claim_offer, t.claim_size, t.release_driver, t.decision, c.seq_before,
    t.kind = 'order' and t.n > 0 as is_order, t.kind = 'driver' and t.n > 0 as is_driver, t.version_before = 0 as is_new
  from turns t join numbered c using (i)
),

-- Writing.
shards_set as (
  update shards s set seq = s.seq + d.n
  from (select shard, sum(n) as n from done group by shard) d
  where s.shard = d.shard and d.n > 0 and s.shard = any((select shards from wanted)::int[])
),
termed as materialized (
  select i, id, is_new, coalesce(terms, case when is_new then events->0->'data'->'terms' end) as terms
  from done
  where is_order and (terms is not null or is_new and events->0->'data' ? 'terms')
),
orders_made as (
  insert into orders (
    order_id, shard, version, status, customer_id, driver_id, due_at, created_at, updated_at, state, reference)
  select d.id, shard, n, written->>'status', written->>'customer_id', written->>'driver_id',
    to_timestamp((written->>'due_at_ms')::float8 / 1000), to_timestamp((written->>'created_at_ms')::float8 / 1000),
    to_timestamp((written->>'updated_at_ms')::float8 / 1000), written->'state', termed.terms->>'reference'
  from done d left join termed using (i)
  where d.is_order and d.is_new
),
terms_set as (
  insert into order_terms as t (order_id, terms)
  select id, terms from termed
  on conflict (order_id) do update set terms = excluded.terms
),
orders_set as (
  update orders o set version = d.version_before + d.n, status = d.written->>'status',
    customer_id = d.written->>'customer_id', driver_id = d.written->>'driver_id',
    due_at = to_timestamp((d.written->>'due_at_ms')::float8 / 1000),
    updated_at = to_timestamp((d.written->>'updated_at_ms')::float8 / 1000),
    -- Booked by a version of before, and its terms have not changed: they stay where they are.
    state = case when o.state ? 'terms' and d.terms is null
      then d.written->'state' || jsonb_build_object('terms', o.state->'terms') else d.written->'state' end
  from done d
  where d.is_order and not d.is_new and o.order_id = d.id
    and o.order_id = any((select orders from wanted)::text[])
),
ended as (
  update assignments a set ended_at = greatest(a.started_at, (select at from instant))
  from done d
  where d.release_driver is not null
    and a.order_id = d.id and a.driver_id = d.release_driver and a.ended_at is null
    and a.order_id = any((select deciding from wanted)::text[])
    and a.driver_id = any((select releasing from wanted)::text[])
  returning a.driver_id, a.size
),
begun as (
  insert into assignments (order_id, offer_id, driver_id, size, started_at)
  select d.id, d.claim_offer, d.claim_driver, d.claim_size, (select at from instant) from done d
  where d.claim_driver is not null and (select count(*) from ended) >= 0
),
-- Grouped rather than joined: the planner expects few rows here and would compare each with each.
touched as (
  select driver_id, sum(load_change) as load_change, sum(claims) as claims, max(n) as n,
    (array_agg(written) filter (where n > 0))[1] as written
  from (
    select claim_driver as driver_id, claim_size as load_change, 1 as claims, 0 as n, null::jsonb as written
    from done where claim_driver is not null
    union all select driver_id, -size, 0, 0, null from ended
    union all select id, 0, 0, n, written from done where is_driver
  ) as each group by driver_id
),
drivers_set as (
  update drivers d set
    load = d.load + x.load_change,
    load_version = d.load_version + x.claims,
    version = d.version + x.n,
    home_shard = coalesce((x.written->>'home_shard')::int, d.home_shard),
    epoch = coalesce((x.written->>'epoch')::int, d.epoch),
    status = coalesce(x.written->>'status', d.status),
    capacity = coalesce((x.written->>'capacity')::int, d.capacity),
    state = coalesce(x.written->'state', d.state),
    updated_at = case when x.n > 0 then (select at from instant) else d.updated_at end
  from touched x
  where d.driver_id = x.driver_id and d.driver_id = any((select drivers from wanted)::text[])
),
journal_written as (
  insert into journal (shard, seq, at, actor_kind, actor_id, version, type, data)
  select d.shard, d.seq_before + e.ordinality, to_timestamp((e.event->>'at_ms')::float8 / 1000), d.kind, d.id,
    d.version_before + e.ordinality, e.event->>'type', e.event->'data'
  from done d cross join lateral jsonb_array_elements(d.events) with ordinality as e(event, ordinality)
),
decisions_written as (
  insert into decisions (order_id, at, body, packed)
  select decision->>'order', to_timestamp((decision->>'at_ms')::float8 / 1000), decision->'body', decision->>'packed'
  from done where decision is not null
)
select string_agg(outcome, ' ' order by i) as outcomes from outcomes`
