/**
 * What must hold in the record whatever has happened, as SQL over the rows and the journal. Each check selects what
 * breaks it: no rows, no violation. The guarantees are those of the commit; these statements know nothing of how it works,
 * so that a fault in it cannot hide here.
 *
 * Times of assignments are by the record's clock: where that was set back, an interval may seem to overlap the next.
 */
import { ORDERS_WITH_TERMS } from './order-document.ts'

export interface AuditCheck {
  readonly name: string
  readonly sql: string
}

const ENDS = `('delivered', 'cancelled', 'expired')`
const WITH_DRIVER = `('assigned', 'en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff')`

/**
 * With the events that were put aside for orders that are still there, and without those of orders that were forgotten: some may be left,
 * and the others gone (`forget-orders.ts`).
 */
const JOURNAL = `(
    select j.* from (select * from journal union all select * from kept_events) j
    where not (j.actor_kind = 'order' and exists (select from forgotten_orders f where f.order_id = j.actor_id))
  )`

/** Per event of an order: the status it leads to, and whose the order is after it. */
const ORDER_EVENTS = `
  with spans as (
    select actor_id as order_id, version, type, data->>'driverId' as driver, data->>'offerId' as offer,
      case type when 'status' then data->>'status' when 'due' then 'placed' when 'unassigned' then 'placed' else type end
        as status,
      count(*) filter (where type in ('assigned', 'unassigned')) over (partition by actor_id order by version) as span
    from ${JOURNAL} as j where actor_kind = 'order'
      and type in ('placed', 'due', 'assigned', 'unassigned', 'status', 'cancelled', 'expired')
  ), events as (
    select *, first_value(case when type = 'assigned' then driver end)
      over (partition by order_id, span order by version) as holder
    from spans
  )`

/** Ends sort before starts of the same instant: a reassignment is one instant of the record. */
const LOADS = `
  with steps as (
    select driver_id, started_at as at, size as change, assignment_id from assignments
    union all
    select driver_id, ended_at, -size, assignment_id from assignments where ended_at is not null
  ), loads as (
    select driver_id, at, sum(change) over (partition by driver_id order by at, change, assignment_id) as load from steps
  )`

export const AUDIT_CHECKS: readonly AuditCheck[] = [
  {
    name: 'two_drivers_at_once',
    sql: `
      select order_id, assignment_id, started_at, before_ended_at from (
        select order_id, assignment_id, started_at,
          lag(assignment_id) over its as before_id, lag(ended_at) over its as before_ended_at
        from assignments window its as (partition by order_id order by started_at, assignment_id)
      ) as each
      where before_id is not null and (before_ended_at is null or before_ended_at > started_at)`,
  },
  {
    name: 'assignment_without_event',
    sql: `
      select a.order_id, a.offer_id, a.driver_id from assignments a
      where not exists (select from ${JOURNAL} as j where j.actor_id = a.order_id and j.actor_kind = 'order'
        and j.type = 'assigned' and j.data->>'driverId' = a.driver_id and j.data->>'offerId' = a.offer_id)`,
  },
  {
    name: 'event_without_assignment',
    sql: `
      select j.actor_id as order_id, j.version, j.data->>'driverId' as driver_id from ${JOURNAL} as j
      where j.actor_kind = 'order' and j.type = 'assigned' and 1 <> (
        select count(*) from assignments a where a.order_id = j.actor_id
          and a.driver_id = j.data->>'driverId' and a.offer_id = j.data->>'offerId' and a.size = (j.data->>'size')::int)`,
  },
  {
    name: 'not_its_driver',
    sql: `${ORDER_EVENTS}
      select order_id, version, type, driver, holder from (
        select *, lag(holder) over (partition by order_id order by version) as former from events
      ) as each
      where (type = 'unassigned' and driver is distinct from former)
        or (type = 'status' and (holder is null or driver is distinct from holder))`,
  },
  {
    name: 'moved_after_its_end',
    sql: `${ORDER_EVENTS}
      select order_id, version, type from (
        select *, count(*) filter (where status in ${ENDS})
          over (partition by order_id order by version rows between unbounded preceding and 1 preceding) as ends
        from events
      ) as each
      where ends > 0`,
  },
  {
    name: 'row_differs_from_journal',
    sql: `${ORDER_EVENTS}, last as (
        select distinct on (order_id) order_id, status, holder from events order by order_id, version desc
      )
      select order_id, o.status, l.status as journal_status, o.driver_id, l.holder as journal_driver
      from orders o full join last l using (order_id)
      where o.status is distinct from l.status and not (o.status = 'scheduled' and l.status = 'placed')
        or o.status in ${WITH_DRIVER} and o.driver_id is distinct from l.holder`,
  },
  {
    name: 'status_without_its_assignment',
    sql: `
      select o.order_id, o.status, o.driver_id, a.driver_id as active_driver
      from orders o full join (select * from assignments where ended_at is null) a using (order_id)
      where (coalesce(o.status in ${WITH_DRIVER}, false)) <> (a.order_id is not null)
        or (a.order_id is not null and o.driver_id is distinct from a.driver_id)`,
  },
  {
    name: 'beyond_capacity',
    // The most that the driver ever said it could take: lowering it later does not take orders away.
    sql: `${LOADS}, stated as (
        select actor_id as driver_id, max(coalesce(data->'profile'->>'capacity', data->'patch'->>'capacity')::int) as capacity
        from journal where actor_kind = 'driver' and type in ('registered', 'updated') group by actor_id
      )
      select l.driver_id, max(l.load) as load, max(greatest(d.capacity, s.capacity)) as capacity
      from loads l left join drivers d using (driver_id) left join stated s using (driver_id)
      where l.load > coalesce(greatest(d.capacity, s.capacity), 0)
      group by l.driver_id`,
  },
  {
    name: 'load_is_not_the_sum',
    sql: `
      select driver_id, d.load, a.active from drivers d
      full join (select driver_id, sum(size) as active from assignments where ended_at is null group by driver_id) a
        using (driver_id)
      where coalesce(d.load, 0) <> coalesce(a.active, 0)`,
  },
  {
    name: 'hole_in_the_journal',
    sql: `
      select shard, s.seq, j.rows, j.low, j.high from shards s
      full join (select shard, count(*) as rows, min(seq) as low, max(seq) as high from journal group by shard) j
        using (shard)
      left join journal_floors f using (shard)
      where coalesce(j.high, f.seq, 0) - coalesce(f.seq, 0) <> coalesce(j.rows, 0)
        or j.low <> coalesce(f.seq, 0) + 1 or s.seq is distinct from coalesce(j.high, f.seq, 0)`,
  },
  {
    name: 'hole_in_an_actor',
    sql: `
      select kind, id, r.version, j.rows, j.low, j.high from (
        select 'order' as kind, order_id as id, version from orders
        union all select 'driver', driver_id, version from drivers
      ) as r
      full join (
        select actor_kind as kind, actor_id as id, count(*) as rows, min(version) as low, max(version) as high
        from ${JOURNAL} as j group by actor_kind, actor_id
      ) as j using (kind, id)
      where (coalesce(j.rows, 0) <> coalesce(j.high, 0) or coalesce(j.low, 1) <> 1
        or r.version is distinct from coalesce(j.high, 0))
        -- A driver's events are in the journals of all shards that it was at home in, each of which begins somewhere else.
        and not (kind = 'driver' and exists (select from journal_floors))`,
  },
  {
    name: 'fare_is_not_its_lines',
    sql: `
      select order_id, o.terms->'price' as price from ${ORDERS_WITH_TERMS} as o
      where o.terms ? 'price' and (o.terms->'price'->>'amount')::bigint is distinct from (
        select coalesce(sum((line->>'amount')::bigint), 0)
        from jsonb_array_elements(o.terms->'price'->'breakdown') as line)`,
  },
  {
    name: 'adjustments_differ_from_journal',
    sql: `
      select order_id, o.state->'adjustments' as adjustments, j.lines from orders o
      full join (
        select actor_id as order_id, jsonb_agg(line order by version, nth) as lines
        from ${JOURNAL} as j, jsonb_array_elements(data->'lines') with ordinality as each (line, nth)
        where actor_kind = 'order' and type = 'adjusted' group by actor_id
      ) as j using (order_id)
      where coalesce(o.state->'adjustments', '[]') <> coalesce(j.lines, '[]')`,
  },
  {
    name: 'price_differs_from_journal',
    sql: `
      with priced as (
        select distinct on (actor_id) actor_id as order_id, (data->'terms'->'price'->>'amount')::bigint as amount
        from ${JOURNAL} as j where actor_kind = 'order' and type in ('placed', 'amended') and data->'terms' ? 'price'
        order by actor_id, version desc
      )
      select order_id, p.amount, o.terms->'price'->'amount' as stored from priced p join ${ORDERS_WITH_TERMS} as o using (order_id)
      where (o.terms->'price'->>'amount')::bigint is distinct from p.amount`,
  },
  {
    name: 'promised_to_another',
    // Of orders for later, which have no assignment yet.
    sql: `
      with last as (
        select distinct on (actor_id) actor_id as order_id, case type when 'reserved' then data->>'driverId' end as driver
        from ${JOURNAL} as j where actor_kind = 'order' and type in ('reserved', 'unreserved') order by actor_id, version desc
      )
      select order_id, o.driver_id, l.driver as journal_driver from orders o left join last l using (order_id)
      where o.status = 'scheduled' and o.driver_id is distinct from l.driver`,
  },
  {
    name: 'delivered_without_proof',
    sql: `
      select order_id from ${ORDERS_WITH_TERMS} as o
      where status = 'delivered' and jsonb_typeof(terms->'proof'->'required') = 'array'
        and jsonb_array_length(terms->'proof'->'required') > 0 and state->'proof' is null`,
  },
  {
    name: 'ratings_differ_from_journal',
    sql: `
      select coalesce(r.order_id, j.actor_id) as order_id, coalesce(r.side, j.data->>'side') as side from (
        -- Those of orders that were forgotten stay.
        select * from ratings where exists (select from orders o where o.order_id = ratings.order_id)
          or not exists (select from journal_floors) and not exists (select from forgotten_orders)
      ) r
      full join (select actor_id, data from ${JOURNAL} as j where actor_kind = 'order' and type = 'rated') j
        on j.actor_id = r.order_id and j.data->>'side' = r.side
      where r.stars is distinct from (j.data->>'stars')::int or r.driver_id is distinct from j.data->>'driverId'
        or r.customer_id is distinct from j.data->>'customerId'
        or not exists (select from orders o where o.order_id = j.actor_id
          and (o.state->'ratings'->(j.data->>'side')->>'stars')::int = (j.data->>'stars')::int)`,
  },
  {
    name: 'position_twice',
    sql: `
      select driver_id, recorded_at, count(*) as times from positions
      group by driver_id, recorded_at having count(*) > 1
      union all
      select driver_id, from_at, 2 from (
        select driver_id, from_at, lag(to_at) over (partition by driver_id order by to_at) as before from position_runs
      ) as runs where from_at <= before`,
  },
]
