-- Bookings: what orders are looked for by, drivers who are promised to orders of later, and ratings.
--
-- Generated, so that it is there for whichever version of the code wrote the row, and a stored column rather than an index over
-- the document: the document changes with every turn, and what an index covers must not, or each turn would write to all indexes.
alter table orders add column reference text collate "C" generated always as (state->'terms'->>'reference') stored;
create index orders_by_reference on orders (reference, created_at desc, order_id desc) where reference is not null;

-- Only of orders for later: of the others the due time is that of their creation, which has an index.
create index orders_by_due on orders (due_at, order_id) where due_at > created_at;
-- The orders of later that a driver is promised to: read when it is activated.
create index orders_reserved on orders (driver_id) where phase = 'scheduled' and driver_id is not null;

-- What the parties of an order thought of each other, without their words: those stay, sealed, with the order.
create table ratings (
  order_id text collate "C" not null,
  -- Who rates.
  side text not null check (side in ('customer', 'driver')),
  driver_id text collate "C" not null,
  customer_id text collate "C",
  stars smallint not null check (stars between 1 and 5),
  at timestamptz not null,
  primary key (order_id, side)
);

create index ratings_of_drivers on ratings (driver_id) include (stars) where side = 'customer';
create index ratings_of_customers on ratings (customer_id) include (stars) where side = 'driver' and customer_id is not null;

-- Out of the journal, in the transaction of the event: so that they are the journal's, whatever writes it, and a commit without
-- a rating pays one comparison per event.
create function note_rating() returns trigger language plpgsql as $$
begin
  insert into ratings (order_id, side, driver_id, customer_id, stars, at)
  values (new.actor_id, new.data->>'side', new.data->>'driverId', new.data->>'customerId', (new.data->>'stars')::smallint, new.at);
  return null;
end
$$;

create trigger journal_rated after insert on journal
for each row when (new.actor_kind = 'order' and new.type = 'rated') execute function note_rating();
