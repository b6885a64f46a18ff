-- A price as it was promised: never changed. An order keeps its own copy, so an expired quote is only history.
create table quotes (
  quote_id text collate "C" primary key,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at >= created_at),
  customer text,
  body jsonb not null
);
