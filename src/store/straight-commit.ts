/**
 * The statement for a batch in which nothing stands in the way of any turn, as it is with nearly all of them.
 *
 * `commit-statement.ts` locks what it judges, judges each turn, and then writes what is left: two thirds of its plan, and two of three looks
 * at a row, are for turns that fail. This one writes at once, and each write says what must hold for it (the epoch of the shard, the version of
 * the order, what was promised of the driver). The last step counts: where one row fewer was written than the batch has, it divides
 * by zero, the whole is undone, and the batch goes to the other statement, which says of each turn what became of it. So nothing is
 * decided here but that all is well, and nothing is loosened: what is not committed here was not written.
 *
 * - An update waits for whoever has the row, and then asks its conditions of the newest one. So versions, epochs and loads are checked against
 *   what is there, as they are under a lock; a row that was made or an assignment that was changed meanwhile is not found, and that is one fewer.
 * - Rows are locked as there: shards, orders, drivers, each in the order of their ids, then keys. The batch comes sorted, and the tables are read by
 *   their keys, so each join gives them in that order. `hot-plans.test.ts` holds the plan to it. Who has lost a shard locks nothing behind it: its new
 *   owner may be at the same orders in another order.
 * - Times of assignments are read once all drivers are locked.
 * - A second active assignment, a number of the journal twice, a key or an order that is there: the indexes refuse it, with the same end.
 *
 * Each kind of row comes as arrays of its own (`straight-batch.ts`), which are read where they are written: nothing is carried from step to step, and nothing
 * is read twice. Numbers and texts of a row lie side by side in one array, so `($6::int[])[3 * i - 2]` is the first of three numbers of the row `i`; what has
 * nulls has an array of its own, since in one without them the server finds a number without counting. Of `generate_series` the planner expects a
 * thousand rows, so it joins by hash whatever it knows of the tables; of `unnest` it expects ten.
 */
/** Takes what `straightParameters` makes; an error is all that it answers where not everything is committed. */
export const STRAIGHT_SQL = /* sql */ `
with shards_set as (
  update shards s set seq = s.seq + t.n
  from (
    select ($1::int[])[i] as shard, ($2::int[])[2 * i - 1] as epoch, ($2::int[])[2 * i] as n
    from generate_series(1, cardinality($1::int[])) as i
  ) as t
  where s.shard = t.shard and s.epoch = t.epoch and s.shard = any($1::int[])
  returning s.shard, s.seq - t.n as seq_before
),
silent_held as (
  select o.order_id
  from orders o join generate_series(1, cardinality($3::text[])) as i on o.order_id = ($3::text[])[i]
  where o.version = ($4::int[])[i] and o.order_id = any($3::text[]) and (select count(*) from shards_set) = cardinality($1::int[])
  order by o.order_id for no key update of o
),
orders_set as (
  update orders o set version = o.version + t.n, status = t.status, customer_id = t.customer, driver_id = t.driver,
    due_at = to_timestamp(t.due / 1000), updated_at = to_timestamp(t.updated / 1000),
    -- Booked by a version of before, and its terms have not changed: they stay where they are.
    state = case when o.state ? 'terms' and t.amended = 0
      then t.state::jsonb || jsonb_build_object('terms', o.state->'terms') else t.state::jsonb end
  from (
    select ($5::text[])[i] as id, ($6::int[])[3 * i - 2] as version, ($6::int[])[3 * i - 1] as n, ($6::int[])[3 * i] as amended,
      ($7::float8[])[2 * i - 1] as due, ($7::float8[])[2 * i] as updated,
      ($8::text[])[3 * i - 2] as status, ($8::text[])[3 * i - 1] as customer, ($8::text[])[3 * i] as driver, ($9::text[])[i] as state
    from generate_series(1, cardinality($5::text[])) as i
  ) as t
  where o.order_id = t.id and o.version = t.version and o.order_id = any($5::text[])
    and (select count(*) from shards_set) = cardinality($1::int[]) and (select count(*) from silent_held) >= 0
  returning true
),
drivers_set as (
  update drivers d set load = d.load + t.change, load_version = d.load_version + t.claims, version = d.version + t.n,
    home_shard = case when t.n > 0 then t.home_shard else d.home_shard end, epoch = case when t.n > 0 then t.epoch else d.epoch end,
    status = coalesce(t.status, d.status), capacity = case when t.n > 0 then t.capacity else d.capacity end,
    state = coalesce(t.state::jsonb, d.state), updated_at = case when t.n > 0 then clock_timestamp() else d.updated_at end
  from (
    select ($10::text[])[i] as id, ($11::int[])[11 * i - 10] as change, ($11::int[])[11 * i - 9] as claims,
      ($11::int[])[11 * i - 8] as need, ($11::int[])[11 * i - 7] as epoch_then, ($11::int[])[11 * i - 6] as load_version,
      ($11::int[])[11 * i - 5] as n, ($11::int[])[11 * i - 4] as version, ($11::int[])[11 * i - 3] as epoch_before,
      ($11::int[])[11 * i - 2] as home_shard, ($11::int[])[11 * i - 1] as epoch, ($11::int[])[11 * i] as capacity,
      ($12::text[])[i] as status, ($13::text[])[i] as state
    from generate_series(1, cardinality($10::text[])) as i
  ) as t
  where d.driver_id = t.id and d.driver_id = any($10::text[])
    and (t.n = 0 or d.version = t.version and d.epoch = t.epoch_before)
    and (t.claims = 0 or d.epoch = t.epoch_then and d.load_version = t.load_version and d.load + t.need <= d.capacity)
    and (select count(*) from shards_set) = cardinality($1::int[]) and (select count(*) from orders_set) >= 0
  returning clock_timestamp() as at
),
ended as (
  update assignments a set ended_at = greatest(a.started_at, (select max(at) from drivers_set))
  from (
    select ($14::text[])[i] as id, ($15::text[])[i] as driver, ($16::int[])[i] as size
    from generate_series(1, cardinality($14::text[])) as i
  ) as t
  where a.order_id = t.id and a.driver_id = t.driver and a.size = t.size and a.ended_at is null and a.order_id = any($14::text[])
  returning true
),
orders_made as (
  insert into orders (
    order_id, shard, version, status, customer_id, driver_id, due_at, created_at, updated_at, state, reference)
  select ($17::text[])[i], ($18::int[])[2 * i - 1], ($18::int[])[2 * i],
    ($20::text[])[4 * i - 3], ($20::text[])[4 * i - 2], ($20::text[])[4 * i - 1],
    to_timestamp(($19::float8[])[3 * i - 2] / 1000), to_timestamp(($19::float8[])[3 * i - 1] / 1000),
    to_timestamp(($19::float8[])[3 * i] / 1000), ($21::text[])[i]::jsonb, ($20::text[])[4 * i]
  from generate_series(1, cardinality($17::text[])) as i
  where (select count(*) from drivers_set) >= 0
),
terms_set as (
  insert into order_terms as t (order_id, terms)
  select ($22::text[])[i], ($23::text[])[i]::jsonb from generate_series(1, cardinality($22::text[])) as i
  on conflict (order_id) do update set terms = excluded.terms
),
begun as (
  insert into assignments (order_id, offer_id, driver_id, size, started_at)
  select ($24::text[])[3 * i - 2], ($24::text[])[3 * i - 1], ($24::text[])[3 * i], ($25::int[])[i], (select max(at) from drivers_set)
  from generate_series(1, cardinality($25::int[])) as i
  where (select count(*) from ended) >= 0
),
keys_won as (
  insert into idempotency_keys (key, request_hash, response)
  select ($26::text[])[2 * i - 1], ($26::text[])[2 * i], ($27::text[])[i]::jsonb
  from generate_series(1, cardinality($27::text[])) as i
  where (select count(*) from drivers_set) >= 0
),
journal_written as (
  insert into journal (shard, seq, at, actor_kind, actor_id, version, type, data)
  select s.shard, s.seq_before + ($28::int[])[3 * i - 1], to_timestamp(($29::float8[])[i] / 1000),
    ($30::text[])[3 * i - 2], ($30::text[])[3 * i - 1], ($28::int[])[3 * i], ($30::text[])[3 * i], ($31::text[])[i]::jsonb
  from generate_series(1, cardinality($31::text[])) as i join shards_set s on s.shard = ($28::int[])[3 * i - 2]
  returning actor_id, case when version = 1 and actor_kind = 'order' then data->'terms' end as terms
),
-- What is made has its terms in its first event.
terms_made as (
  insert into order_terms (order_id, terms) select actor_id, terms from journal_written where terms is not null
),
decisions_written as (
  insert into decisions (order_id, at, body, packed)
  select ($32::text[])[i], to_timestamp(($33::float8[])[i] / 1000), ($34::text[])[i]::jsonb, ($35::text[])[i]
  from generate_series(1, cardinality($32::text[])) as i
)
select 1 / (concat_ws(' ', (select count(*) from shards_set), (select count(*) from silent_held),
  (select count(*) from orders_set), (select count(*) from drivers_set), (select count(*) from ended)) = $36)::int as done`
