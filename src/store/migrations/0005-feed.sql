-- How far the journal of each shard is published to subscribers. Behind what was really published after a crash, never ahead
-- of it. In a table of its own: the rows of `shards` are locked by every commit.
create table feed_watermarks (
  shard integer primary key check (shard >= 0),
  seq bigint not null check (seq >= 0),
  updated_at timestamptz not null default now()
) with (fillfactor = 20);
