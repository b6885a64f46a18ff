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
import { packDecision } from './packed-decision.ts'

/** One turn, flat, as the statement reads it. What is undefined arrives as null. */
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
  readonly status: string
  readonly state: JsonObject
  /** Left out where they are as before; for an order that is booked, also where its event has them. */
  readonly terms?: Json
  readonly customer_id?: string | null
  readonly driver_id?: string | null
  readonly due_at_ms?: number
  readonly created_at_ms?: number
  readonly updated_at_ms?: number
  readonly home_shard?: number
  readonly epoch_before?: number | undefined
  readonly epoch_after?: number
  readonly capacity?: number
  readonly claim_driver?: string
  readonly claim_offer?: string
  readonly claim_epoch?: number
  readonly claim_load_version?: number
  readonly claim_size?: number
  readonly release_driver?: string
  readonly key?: string
  readonly key_hash?: string
  readonly key_response?: Json
  readonly decision_order?: string
  readonly decision_at_ms?: number
  readonly decision_body?: Json
  readonly decision_packed?: string
}

function rowFields(turn: JournalTurn): Pick<TurnRecord, 'state'> & Partial<TurnRecord> {
  const { row, driverEpochBefore } = turn
  switch (row.kind) {
    case 'order':
      return {
        ...documentFields(turn, row),
        customer_id: row.customerId,
        driver_id: row.driverId,
        due_at_ms: row.dueAtMs,
        created_at_ms: row.createdAtMs,
        updated_at_ms: row.updatedAtMs,
      }
    case 'driver':
      return {
        state: row.state,
        home_shard: row.homeShard,
        epoch_before: driverEpochBefore,
        epoch_after: row.epoch,
        capacity: row.capacity,
      }
  }
}

/** The terms have a row of their own, which is written when they change. */
function documentFields({ events, versionBefore }: JournalTurn, row: OrderRow): Pick<TurnRecord, 'state' | 'terms'> {
  const { terms, ...state } = row.state
  // Nothing of the row is written.
  if (events.length === 0) return { state: {} }
  if (terms === undefined || row.hasSameTerms) return { state }
  const isInEvent = versionBefore === 0 && events[0]?.data.terms === terms
  return isInEvent ? { state } : { state, terms }
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
    ...(key && { key: key.key, key_hash: key.requestHash, key_response: key.response }),
    ...(decision && {
      decision_order: decision.orderId,
      decision_at_ms: decision.atMs,
      ...decisionFields(decision.body),
    }),
  }
}

function decisionFields(body: JsonObject): Partial<TurnRecord> {
  const packed = packDecision(body)
  return packed === null ? { decision_body: body } : { decision_packed: JSON.stringify(packed) }
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
      status: turn.row.status,
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
    status text, state jsonb, terms jsonb, customer_id text, driver_id text,
    due_at_ms float8, created_at_ms float8, updated_at_ms float8,
    home_shard int, epoch_before int, epoch_after int, capacity int,
    claim_driver text, claim_offer text, claim_epoch int, claim_load_version int, claim_size int, release_driver text,
    key text, key_hash text, key_response jsonb, decision_order text, decision_at_ms float8, decision_body jsonb,
    decision_packed text)
),

-- Locks. Each step counts the one before, so that it cannot start earlier.
shards_held as materialized (
  select s.shard, s.epoch, s.seq from shards s
  where s.shard = any(array(select distinct shard from turns))
  order by s.shard for no key update
),
orders_held as materialized (
  select o.order_id, o.version from orders o
  where o.order_id = any(array(select id from turns where kind = 'order'))
    and (select count(*) from shards_held) >= 0
  order by o.order_id for no key update
),
drivers_held as materialized (
  select d.driver_id, d.version, d.epoch, d.load, d.load_version, d.capacity from drivers d
  where d.driver_id = any(array(
      select id from turns where kind = 'driver' and n > 0
      union select claim_driver from turns where claim_driver is not null
      union select release_driver from turns where release_driver is not null))
    and (select count(*) from orders_held) >= 0
  order by d.driver_id for no key update
),
instant as materialized (
  select clock_timestamp() as at from (select count(*) from drivers_held) as locked
),

-- Judgement.
orders_seen as materialized (
  select o.order_id, o.version from orders o
  where o.order_id = any(array(select id from turns where claim_driver is not null or release_driver is not null))
  order by o.order_id
),
active as materialized (
  select a.order_id, a.driver_id, a.size from assignments a
  where a.ended_at is null and a.order_id = any(array(select id from turns where claim_driver is not null))
  order by a.order_id
),
checked as materialized (
  select t.i, t.key, t.claim_driver, case
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
  select i, key,
    coalesce(refusal, case when claim_driver is not null
      and row_number() over (partition by claim_driver, refusal order by i) > 1 then 'claim_refused' end) as refusal
  from checked
),
keyed as materialized (
  select distinct on (r.key) r.key, r.i, t.key_hash, t.key_response from ranked r join turns t using (i)
  where r.refusal is null and r.key is not null
  order by r.key, r.i
),
keys_won as (
  insert into idempotency_keys (key, request_hash, response)
  select key, key_hash, key_response from keyed order by key
  on conflict (key) do nothing
  returning key
),
outcomes as materialized (
  select r.i, case
      when r.refusal is not null then r.refusal
      when r.key is not null and w.key is null then 'key_taken'
      else 'committed'
    end as outcome
  from ranked r
  left join keyed k on k.i = r.i
  left join keys_won w on w.key = k.key
),
done as materialized (
  select t.*,
    s.seq + sum(t.n) over (partition by t.shard order by t.i) - t.n as seq_before
  from turns t join outcomes using (i) join shards_held s on s.shard = t.shard
  where outcome = 'committed'
),

-- Writing.
shards_set as (
  update shards s set seq = s.seq + d.n
  from (select shard, sum(n) as n from done group by shard) d
  where s.shard = d.shard and d.n > 0 and s.shard = any(array(select shard from done))
),
termed as materialized (
  select i, id, version_before, coalesce(terms, case when version_before = 0 then events->0->'data'->'terms' end) as terms
  from done
  where kind = 'order' and n > 0
    and (terms is not null or version_before = 0 and events->0->'data' ? 'terms')
),
orders_made as (
  insert into orders (
    order_id, shard, version, status, customer_id, driver_id, due_at, created_at, updated_at, state, reference)
  select done.id, shard, n, status, customer_id, driver_id, to_timestamp(due_at_ms / 1000),
    to_timestamp(created_at_ms / 1000), to_timestamp(updated_at_ms / 1000), state, termed.terms->>'reference'
  from done left join termed using (i)
  where kind = 'order' and n > 0 and done.version_before = 0
),
terms_made as (
  insert into order_terms (order_id, terms)
  select id, terms from termed where version_before = 0
),
terms_set as (
  insert into order_terms as t (order_id, terms)
  select id, terms from termed where version_before > 0 order by i
  on conflict (order_id) do update set terms = excluded.terms
),
orders_set as (
  update orders o set version = d.version_before + d.n, status = d.status, customer_id = d.customer_id,
    driver_id = d.driver_id, due_at = to_timestamp(d.due_at_ms / 1000),
    updated_at = to_timestamp(d.updated_at_ms / 1000),
    -- Booked by a version of before, and its terms have not changed: they stay where they are.
    state = case when o.state ? 'terms' and d.terms is null
      then d.state || jsonb_build_object('terms', o.state->'terms') else d.state end
  from done d
  where d.kind = 'order' and d.n > 0 and d.version_before > 0 and o.order_id = d.id
    and o.order_id = any(array(select id from done where kind = 'order'))
),
ended as (
  update assignments a set ended_at = greatest(a.started_at, instant.at)
  from done d, instant
  where d.release_driver is not null
    and a.order_id = d.id and a.driver_id = d.release_driver and a.ended_at is null
    and a.order_id = any(array(select id from done where release_driver is not null))
    and a.driver_id = any(array(select release_driver from done where release_driver is not null))
  returning a.driver_id, a.size
),
begun as (
  insert into assignments (order_id, offer_id, driver_id, size, started_at)
  select d.id, d.claim_offer, d.claim_driver, d.claim_size, instant.at from done d, instant
  where d.claim_driver is not null and (select count(*) from ended) >= 0
  order by d.i
),
-- Grouped rather than joined: the planner expects few rows here and would compare each with each.
touched as (
  select driver_id, sum(load_change) as load_change, sum(claims) as claims, max(n) as n, max(home_shard) as home_shard,
    max(epoch) as epoch, max(status) as status, max(capacity) as capacity,
    (array_agg(state) filter (where n > 0))[1] as state
  from (
    select claim_driver as driver_id, claim_size as load_change, 1 as claims, 0 as n, null::int as home_shard,
      null::int as epoch, null as status, null::int as capacity, null::jsonb as state
    from done where claim_driver is not null
    union all select driver_id, -size, 0, 0, null, null, null, null, null from ended
    union all select id, 0, 0, n, home_shard, epoch_after, status, capacity, state
    from done where kind = 'driver' and n > 0
  ) as each group by driver_id
),
drivers_set as (
  update drivers d set
    load = d.load + x.load_change,
    load_version = d.load_version + x.claims,
    version = d.version + x.n,
    home_shard = coalesce(x.home_shard, d.home_shard),
    epoch = coalesce(x.epoch, d.epoch),
    status = coalesce(x.status, d.status),
    capacity = coalesce(x.capacity, d.capacity),
    state = coalesce(x.state, d.state),
    updated_at = case when x.n > 0 then instant.at else d.updated_at end
  from touched x cross join instant
  where d.driver_id = x.driver_id and d.driver_id = any(array(select driver_id from touched))
),
journal_written as (
  insert into journal (shard, seq, at, actor_kind, actor_id, version, type, data)
  select d.shard, d.seq_before + e.ordinality, to_timestamp((e.event->>'at_ms')::float8 / 1000), d.kind, d.id,
    d.version_before + e.ordinality, e.event->>'type', e.event->'data'
  from done d cross join lateral jsonb_array_elements(d.events) with ordinality as e(event, ordinality)
),
decisions_written as (
  insert into decisions (order_id, at, body, packed)
  select decision_order, to_timestamp(decision_at_ms / 1000), decision_body, decision_packed
  from done where decision_order is not null order by i
)
select string_agg(outcome, ' ' order by i) as outcomes from outcomes`
