-- Endpoints of customers, and what they are sent. Everything that is to be sent is a row first, made from the journal.
create table webhooks (
  webhook_id text collate "C" primary key,
  mode text not null check (mode in ('live', 'test')),
  url text not null,
  events text[] not null check (cardinality(events) > 0),
  description text,
  status text not null default 'enabled' check (status in ('enabled', 'disabled')),
  disabled_at timestamptz,
  -- `request` or `failing`.
  disabled_reason text,
  -- Since when nothing has been taken; null where the last was.
  failing_since timestamptz,
  -- The present one and the one before it, sealed where there is a key for that.
  secrets jsonb not null,
  previous_until timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  updated_at timestamptz not null
);

create index webhooks_by_creation on webhooks (mode, created_at desc, webhook_id desc);

create table webhook_deliveries (
  -- Of an event made of its place in the journal and its endpoint: the same event is never recorded twice.
  delivery_id text collate "C" primary key,
  webhook_id text collate "C" not null,
  message_id text collate "C" not null,
  type text not null,
  object_id text collate "C" not null,
  sequence integer not null,
  -- What waits for one another, in the order of `sequence`: an object's, or what goes alone.
  lane text collate "C" not null,
  -- Whose owner sends it.
  shard integer not null,
  state text not null check (state in ('pending', 'delivered', 'dead')),
  body text not null,
  created_at timestamptz not null,
  -- When its time to be delivered began: made or replayed.
  since timestamptz not null,
  attempts integer not null default 0,
  first_tried_at timestamptz,
  last_tried_at timestamptz,
  next_try_at timestamptz,
  ended_at timestamptz,
  took_ms integer,
  last_status integer,
  last_error text,
  replays integer not null default 0
) with (fillfactor = 80);

create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, created_at desc, delivery_id desc);
create index webhook_deliveries_dead on webhook_deliveries (webhook_id, created_at desc, delivery_id desc)
  where state = 'dead';
create index webhook_deliveries_in_lane on webhook_deliveries (webhook_id, lane, sequence) where state = 'pending';
create index webhook_deliveries_waiting on webhook_deliveries (webhook_id, created_at) where state = 'pending';
create index webhook_deliveries_by_age on webhook_deliveries (created_at);

-- A lane with something to send. Its row is locked by whoever adds to it and whoever takes from it, so neither misses the other;
-- and a claim moves `due_at` on, so that what a dead node was sending comes up again.
create table webhook_lanes (
  webhook_id text collate "C" not null,
  lane text collate "C" not null,
  shard integer not null,
  undelivered integer not null,
  due_at timestamptz not null,
  primary key (webhook_id, lane)
) with (fillfactor = 60);

create index webhook_lanes_due on webhook_lanes (webhook_id, due_at) where undelivered > 0;

-- How far the journal of each shard was made into deliveries.
create table webhook_watermarks (
  shard integer primary key check (shard >= 0),
  seq bigint not null check (seq >= 0),
  updated_at timestamptz not null default now()
) with (fillfactor = 20);
