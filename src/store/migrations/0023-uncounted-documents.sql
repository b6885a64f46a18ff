-- What an `analyze` finds out about documents helps no plan: they are stored and handed back, nothing looks for them or sorts them by what is in
-- them. But it sorts 30,000 of them each time that a tenth of a table has changed, and to compare two means to walk through both. In a record that
-- is young that is each time that autovacuum comes: a quarter to half a second of a core, beside commits that somebody waits for.
do $$
declare
  document record;
begin
  for document in
    select c.relname as owner, a.attname as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = current_schema::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped
      and (a.atttypid = 'jsonb'::regtype or (c.relname, a.attname) = ('decisions', 'packed'))
    order by c.relname
  loop
    execute format('alter table %I alter %I set statistics 0', document.owner, document.name);
  end loop;
end $$;

-- Of the tables that orders write a fifth as many rows are looked at: they are found by their keys, and of what is left (whose orders, since when) a
-- histogram of twenty steps says enough. Drivers do not grow in number, but an update counts as a change: theirs are a tenth within seconds, always.
do $$
declare
  counted record;
begin
  for counted in
    select c.relname as owner, a.attname as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = current_schema::regnamespace and a.attnum > 0 and not a.attisdropped and a.attstattarget is distinct from 0
      and c.relname in ('orders', 'order_terms', 'journal', 'assignments', 'decisions', 'idempotency_keys', 'quotes', 'drivers')
    order by c.relname
  loop
    execute format('alter table %I alter %I set statistics 20', counted.owner, counted.name);
  end loop;
end $$;
