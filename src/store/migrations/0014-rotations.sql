-- A key may be rotated again before the secret of the last rotation is in use everywhere: each of those before has its own end.
alter table api_keys add column earlier_secrets jsonb not null default '[]';
