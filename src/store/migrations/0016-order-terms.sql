-- What was agreed to about an order stays as it is from its booking on, but for a change before a driver has it; how the order
-- stands changes with each turn. As one document both were written seven times. Terms have a row of their own now. Orders of
-- before keep theirs in their state until somebody changes them: no row is written here.
create table order_terms (
  order_id text collate "C" primary key,
  terms jsonb not null
);

-- Generated out of the state it would be lost with the next turn. As an ordinary column it keeps what it has, and whoever writes
-- an order of the form of before without saying it, a node of the version before, has it filled in.
alter table orders alter column reference drop expression;

create function fill_reference() returns trigger language plpgsql as $$
begin
  new.reference := new.state->'terms'->>'reference';
  return new;
end
$$;

create trigger orders_reference before insert on orders
for each row when (new.reference is null and new.state ? 'terms') execute function fill_reference();

-- What explains a decision, in fewer words: see packed-decision.ts. One of the two is there.
alter table decisions alter column body drop not null;
alter table decisions add column packed text;
