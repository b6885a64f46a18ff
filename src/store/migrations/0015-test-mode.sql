-- Orders of tests, which are few among many, have their mode in their id: a `t` where its time begins.
create index orders_of_tests on orders (created_at desc, order_id desc) where substr(order_id, 7, 1) = 't';

-- Couriers that a test has ordered. Whichever node has the lease drives one.
create table virtual_couriers (
  driver_id text collate "C" primary key,
  behaviour text not null,
  latitude float8 not null check (latitude between -90 and 90),
  longitude float8 not null check (longitude between -180 and 180),
  speed_mps float8 not null check (speed_mps > 0),
  created_at timestamptz not null,
  -- Then it goes off duty.
  expires_at timestamptz not null,
  driven_by text,
  driven_until timestamptz
) with (fillfactor = 70);
