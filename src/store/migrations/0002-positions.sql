-- The history of positions, one partition per UTC day: made ahead, dropped by retention (see partitions.ts).
--
-- The primary key is the index that a route is read by and the guard that nothing is stored twice. The checks are the
-- last line of defence behind the edge: a NaN is above every number here, so `between` refuses it too.
create table positions (
  driver_id text collate "C" not null check (length(driver_id) between 1 and 64),
  recorded_at timestamptz not null,
  received_at timestamptz not null,
  latitude float8 not null check (latitude between -90 and 90),
  longitude float8 not null check (longitude between -180 and 180),
  speed real check (speed between 0 and 1e6),
  heading real check (heading between 0 and 360),
  accuracy real check (accuracy between 0 and 1e9),
  order_id text check (length(order_id) <= 128),
  -- bit 0: late, bit 1: clamped
  flags smallint not null,
  primary key (driver_id, recorded_at)
) partition by range (recorded_at);

-- What could not be stored, with its reason, so that it goes to somebody and not to nowhere.
create table dead_letters (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  source text not null,
  reason text not null,
  payload jsonb not null
);

create index dead_letters_at on dead_letters (at);
