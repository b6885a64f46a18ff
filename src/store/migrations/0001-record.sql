-- The record: who owns each shard, what happened (journal) and how things stand (orders, drivers, assignments).
--
-- No foreign keys: each would take a lock per row in the commit, and the commit locks and checks these rows itself.
-- Ids compare byte by byte (collate "C"), as they do in the engine, so that both page and lock in the same order.
-- The constraints here are the last line of defence: a turn that meets one is a bug, and is refused.

create table shards (
  shard integer primary key check (shard >= 0),
  -- Raised by each taking over; a commit that names an older one is refused.
  epoch integer not null check (epoch > 0),
  owner text not null,
  -- The last number given in the journal of this shard.
  seq bigint not null default 0 check (seq >= 0),
  taken_at timestamptz not null default now()
) with (fillfactor = 20);

create table orders (
  order_id text collate "C" primary key,
  shard integer not null check (shard >= 0),
  version integer not null check (version > 0),
  status text not null,
  customer_id text collate "C",
  driver_id text collate "C",
  due_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  state jsonb not null
) with (fillfactor = 80);

create index orders_due on orders (shard, due_at) where status = 'scheduled';
create index orders_open on orders (shard, order_id) where status = 'placed';
create index orders_by_creation on orders (created_at desc, order_id desc);
create index orders_by_customer on orders (customer_id, created_at desc, order_id desc) where customer_id is not null;
create index orders_by_driver on orders (driver_id, created_at desc, order_id desc) where driver_id is not null;
create index orders_by_status on orders (status, created_at desc, order_id desc);

create table drivers (
  driver_id text collate "C" primary key,
  home_shard integer not null check (home_shard >= 0),
  epoch integer not null check (epoch > 0),
  version integer not null default 0 check (version >= 0),
  status text not null default 'offline',
  capacity integer not null default 1 check (capacity >= 0),
  -- May exceed the capacity, where that was lowered under way: so the claim checks it, not a constraint.
  load integer not null default 0 check (load >= 0),
  load_version integer not null default 0 check (load_version >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  state jsonb not null default '{}'
) with (fillfactor = 70);

create table assignments (
  assignment_id bigint generated always as identity primary key,
  order_id text collate "C" not null,
  offer_id text collate "C" not null,
  driver_id text collate "C" not null,
  size integer not null check (size > 0),
  -- By the record's clock, read while the driver's row is locked: so the intervals of one driver never run backwards.
  started_at timestamptz not null,
  ended_at timestamptz
) with (fillfactor = 80);

create unique index assignments_one_active on assignments (order_id) where ended_at is null;
create index assignments_active_by_driver on assignments (driver_id) where ended_at is null;

create table journal (
  shard integer not null,
  -- Contiguous per shard, so that a reader knows that it has missed nothing.
  seq bigint not null check (seq > 0),
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('order', 'driver')),
  actor_id text collate "C" not null,
  version integer not null check (version > 0),
  type text not null,
  data jsonb not null,
  primary key (shard, seq)
);

-- The kind comes last: readers ask by actor and version, and a driver may choose an id that looks like an order's.
create unique index journal_by_actor on journal (actor_id, version, actor_kind);

create table idempotency_keys (
  key text collate "C" primary key,
  request_hash text not null,
  response jsonb not null,
  created_at timestamptz not null default now()
);

create index idempotency_keys_by_age on idempotency_keys using brin (created_at);

create table decisions (
  decision_id bigint generated always as identity primary key,
  order_id text collate "C" not null,
  at timestamptz not null,
  body jsonb not null
);

create index decisions_by_order on decisions (order_id, decision_id);
