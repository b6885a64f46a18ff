-- What the figures of the last hour need and no other table has: how soon positions were acknowledged, and how many of the drivers on
-- duty had an order. Each process adds to rows of its own, so whoever reads adds those of all nodes up.
create table minute_samples (
  minute timestamptz not null,
  source text collate "C" not null,
  -- Positions by how long they took: one more than the bounds, which are the code's.
  acknowledged bigint[] not null,
  -- Summed over the looks of the minute.
  on_duty bigint not null check (on_duty >= 0),
  busy bigint not null check (busy >= 0),
  primary key (minute, source)
) with (fillfactor = 70);
