-- Events of orders that are still there, out of the part of a shard's journal that was forgotten: one order that was booked a year ahead
-- need not keep all that happened on its shard since then. They go with their order.
create table kept_events (
  like journal including defaults including constraints,
  primary key (shard, seq)
);

create unique index kept_events_by_actor on kept_events (actor_id, version, actor_kind);
