/**
 * Activation of drivers, as statements of one transaction.
 *
 * The epoch must rise before the load is read, or a commit of the driver's former life could slip in between. A
 * statement sees the tables as they were when it began, even if it then waits for a lock; so the reading is a statement
 * of its own, which begins when every row is locked and raised. Commits that came first are then visible, those that
 * come later name an epoch that is no longer valid.
 *
 * The shards stay locked (shared) throughout, so nobody takes one over in the middle. Locks are taken in the order of the commit: shards,
 * then drivers by id.
 */
import { lastInTail, newestOf } from './driver-positions.ts'
import { WHOLE_TERMS_COLUMN } from './order-document.ts'

/** All take the requests as one JSON text. */
const REQUESTS = /* sql */ `
requests as materialized (
  select * from jsonb_to_recordset($1::text::jsonb) as r(i int, driver_id text, lane smallint, shard int, shard_epoch int, make boolean)
)`

export const HOLD_SHARDS_SQL = /* sql */ `
with ${REQUESTS}
select s.shard from shards s
where s.shard = any(array(select distinct shard from requests))
order by s.shard for share`

/** Waits for whoever inserts the same driver, and then leaves it: returned are only those that this statement made. */
export const MAKE_DRIVERS_SQL = /* sql */ `
with ${REQUESTS}
insert into drivers (driver_id, home_shard, epoch)
select distinct on (r.driver_id) r.driver_id, r.shard, 1
from requests r join shards s on s.shard = r.shard and s.epoch = r.shard_epoch
where r.make
order by r.driver_id, r.i
on conflict (driver_id) do nothing
returning driver_id, home_shard, epoch`

export const RAISE_EPOCHS_SQL = /* sql */ `
with ${REQUESTS},
held as materialized (
  select d.driver_id, d.home_shard from drivers d
  where d.driver_id = any(array(select driver_id from requests))
  order by d.driver_id for no key update
),
at_home as materialized (
  select distinct h.driver_id
  from held h
  join requests r on r.driver_id = h.driver_id and r.shard = h.home_shard
  join shards s on s.shard = r.shard and s.epoch = r.shard_epoch
)
-- Named once more: a plan of the time when there were no drivers would read all of them here.
update drivers d set epoch = d.epoch + 1 from at_home
where d.driver_id = at_home.driver_id and d.driver_id = any(array(select driver_id from requests))`

/** So many drivers and more are looked for in all of the tail at once: who is not in it is else looked for behind all of a lane, each by itself. */
const FEW = 16

export const READ_DRIVERS_SQL = /* sql */ `
with ${REQUESTS},
-- By driver, as a map: a join would be planned for a tail that is nearly empty, and compare each with each where it is not.
tail_ids as materialized (
  select jsonb_object_agg(driver_id, id) as by_driver from (
    select held.driver_id, max(t.id) as id
    from position_tail t, unnest(t.driver_id) as held (driver_id)
    where (select count(*) from requests) >= ${FEW} and t.lane = any(array(select lane from requests))
    group by held.driver_id
  ) as newest
),
tail_rows as materialized (
  select r.i, case when (select count(*) from requests) >= ${FEW}
    then ((select by_driver from tail_ids)->>r.driver_id)::bigint
    else (${lastInTail({ driver: 'r.driver_id', lane: 'r.lane' })})
    end as id
  from requests r
)
select r.i,
  case
    when s.epoch is distinct from r.shard_epoch then 'fenced'
    when d.driver_id is null then 'unknown'
    when d.home_shard <> r.shard then 'elsewhere'
    else 'active'
  end as kind,
  d.driver_id, d.home_shard, d.epoch, d.version, d.load, d.load_version, d.capacity, d.status, d.state,
  a.assignments, b.reservations,
  (extract(epoch from p.recorded_at) * 1000)::float8 as recorded_at_ms,
  (extract(epoch from p.received_at) * 1000)::float8 as received_at_ms,
  p.latitude, p.longitude, p.speed, p.heading, p.accuracy, p.order_id
from requests r
left join shards s on s.shard = r.shard
-- The limit keeps this a look-up per request: its plan is made while the table is nearly empty, and must not walk through all drivers.
left join lateral (select * from drivers where driver_id = r.driver_id limit 1) d on true
-- The offsets keep the order of what is found out of the plan of the look-up: for empty tables that would read all of an index that has it.
left join lateral (
  select jsonb_agg(jsonb_build_object('orderId', order_id, 'offerId', offer_id, 'size', size) order by assignment_id)
    as assignments
  from (select * from assignments where driver_id = d.driver_id and ended_at is null offset 0) as active
) a on true
left join lateral (
  select jsonb_agg(jsonb_build_object('orderId', o.order_id, 'pickup', (terms->'pickup') - 'address',
      'dropoff', (terms->'dropoff') - 'address', 'driveS', terms->'durationS',
      'atMs', coalesce(nullif(terms->'scheduledAtMs', 'null'), state->'dueAtMs')) order by due_at, o.order_id) as reservations
  from (
    select *, ${WHOLE_TERMS_COLUMN}
    from orders where driver_id = d.driver_id and phase in ('scheduled', 'placed') offset 0
  ) as o
) b on true
left join tail_rows on tail_rows.i = r.i
left join lateral (${newestOf({ driver: 'd.driver_id', lane: 'r.lane', tailId: 'tail_rows.id' })}
) p on true
order by r.i`
