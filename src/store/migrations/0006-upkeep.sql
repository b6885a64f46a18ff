-- What a round of surge was computed from besides its counts: the round before it and what its neighbours had said. Null: a round
-- of an older version, which cannot be computed again.
alter table price_rounds add column basis jsonb;

-- Keys are forgotten by their age. Deleting leaves room in old pages for new rows, which is what a brin index cannot stand.
drop index idempotency_keys_by_age;
create index idempotency_keys_by_age on idempotency_keys (created_at);
