-- The history of positions, packed: a group of positions is one row of arrays, and its bytes and its index entry are shared by all of them.
--
-- `position_tail` is what came last: a row for each group commit and lane (see position-lanes.ts), in the order of arrival. Compaction
-- takes a lane's rows out, puts them in order and writes `position_runs`: stretches of one driver's way, of which no two of a driver overlap
-- (see compact-positions.ts). `positions` keeps a row each: of what came late, of what one of these tables would not take, and of the time before them.
-- Whoever reads all of it reads `position_history`, or asks the three tables for one driver (see driver-positions.ts).
--
-- Arrays have no checks for their elements, so they are for the whole array; a NaN is above every number here, so `all` refuses it too.
-- Nothing is compressed: numbers hardly get smaller by it, and texts here are short. A row keeps to its page as long as it fits there.
create table position_tail (
  lane smallint not null,
  id bigint generated always as identity,
  stored_at timestamptz not null default now(),
  points int not null,
  -- of recorded_at
  from_at timestamptz not null,
  to_at timestamptz not null,
  driver_id text[] collate "C" not null,
  recorded_at timestamptz[] not null,
  -- received_at - recorded_at
  lag_ms int[] not null,
  latitude float8[] not null check (-90 <= all(latitude) and 90 >= all(latitude)),
  longitude float8[] not null check (-180 <= all(longitude) and 180 >= all(longitude)),
  -- Null: nobody said any; so in the other columns that may be null.
  speed real[] check (0 <= all(speed) and 1e6 >= all(speed)),
  heading real[] check (0 <= all(heading) and 360 >= all(heading)),
  accuracy real[] check (0 <= all(accuracy) and 1e9 >= all(accuracy)),
  order_id text[] collate "C",
  flags smallint[] not null,
  primary key (lane, id),
  check (points = cardinality(driver_id) and points = cardinality(recorded_at) and points = cardinality(lag_ms)
    and points = cardinality(latitude) and points = cardinality(longitude) and points = cardinality(flags))
) with (toast_tuple_target = 8160);

-- One partition per UTC day, like `positions` (see partitions.ts).
create table position_runs (
  driver_id text collate "C" not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  points int not null,
  recorded_at timestamptz[] not null,
  lag_ms int[] not null,
  latitude float8[] not null,
  longitude float8[] not null,
  speed real[],
  heading real[],
  accuracy real[],
  order_id text[] collate "C",
  flags smallint[] not null
) partition by range (to_at);

create index position_runs_of_driver on position_runs (driver_id, to_at);

-- To count what is in arrays takes an `analyze` seconds of a core, and helps no plan.
do $$
declare
  name text;
begin
  foreach name in array array['driver_id', 'recorded_at', 'lag_ms', 'latitude', 'longitude', 'speed', 'heading', 'accuracy', 'order_id', 'flags'] loop
    execute format('alter table position_tail alter %I set storage external, alter %I set statistics 0', name, name);
    if name <> 'driver_id' then
      execute format('alter table position_runs alter %I set storage external', name);
    end if;
  end loop;
end $$;

-- Every position once, however it is kept. For whoever counts and checks: it reads all of the tail, whichever driver is asked for.
create view position_history as
select distinct on (driver_id, recorded_at)
  driver_id, recorded_at, received_at, latitude, longitude, speed, heading, accuracy, order_id, flags
from (
  select driver_id, recorded_at, received_at, latitude, longitude, speed, heading, accuracy, order_id, flags from positions
  union all
  select r.driver_id, p.recorded_at, p.recorded_at + p.lag_ms * interval '1 ms',
    p.latitude, p.longitude, p.speed, p.heading, p.accuracy, p.order_id, p.flags
  from position_runs r, unnest(r.recorded_at, r.lag_ms, r.latitude, r.longitude, r.speed, r.heading, r.accuracy, r.order_id, r.flags)
    as p (recorded_at, lag_ms, latitude, longitude, speed, heading, accuracy, order_id, flags)
  union all
  select p.driver_id, p.recorded_at, p.recorded_at + p.lag_ms * interval '1 ms',
    p.latitude, p.longitude, p.speed, p.heading, p.accuracy, p.order_id, p.flags
  from position_tail t, unnest(t.driver_id, t.recorded_at, t.lag_ms, t.latitude, t.longitude, t.speed, t.heading, t.accuracy, t.order_id,
    t.flags) as p (driver_id, recorded_at, lag_ms, latitude, longitude, speed, heading, accuracy, order_id, flags)
) as kept
order by driver_id, recorded_at;
