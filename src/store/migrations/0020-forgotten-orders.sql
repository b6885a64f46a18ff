-- Orders that are kept for a time and then forgotten, with their assignments, decisions and quotes at once, and their events when the
-- journal of their shard has grown that old.

-- Until the last event of an order has left the journal it stands here, so that whoever compares the two knows why it has no row.
create table forgotten_orders (
  order_id text collate "C" primary key,
  shard integer not null,
  -- Of its last event.
  seq bigint not null
);

-- The journal of a shard begins after this number. In a table of its own: the rows of `shards` are locked by every commit.
create table journal_floors (
  shard integer primary key check (shard >= 0),
  seq bigint not null check (seq >= 0)
);

-- The ended assignments of an order. One entry when one ends; those that are active have an index of their own.
create index assignments_ended on assignments (order_id) where ended_at is not null;
