-- An order's status changes with nearly each of its turns. An index that knows the status makes every such update leave the place
-- of the row and enter all indexes of the table again; where no index knows what has changed, the new version of the row stays on its
-- page, and the indexes hear nothing of it. So indexes know the phase, which an order under way keeps from its assignment to its end.
alter table orders add column phase text not null generated always as (
  case when status in ('assigned', 'en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff') then 'under_way' else status end
) stored;

drop index orders_due;
drop index orders_open;
drop index orders_by_status;
create index orders_due on orders (shard, due_at) where phase = 'scheduled';
create index orders_open on orders (shard, order_id) where phase = 'placed';
create index orders_by_phase on orders (phase, created_at desc, order_id desc);

-- Room on a page for the next version of each of the three or four rows that it holds.
alter table orders set (fillfactor = 70);
