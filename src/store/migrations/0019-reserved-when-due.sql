-- A driver that is activated reads the orders that it is promised to: also those that are due and have no driver yet. An order that
-- is placed has a driver_id only where it is promised, so the index has nothing of the others.
create index orders_promised on orders (driver_id) where phase in ('scheduled', 'placed') and driver_id is not null;
drop index orders_reserved;
