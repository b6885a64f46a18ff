-- Price lists, and the rounds of surge that fares were computed with.
--
-- A ruleset never changes: the trigger is the last line of defence, so that every past fare can be computed again.
create table rulesets (
  version text collate "C" primary key check (length(version) between 1 and 64),
  valid_from timestamptz not null,
  valid_to timestamptz check (valid_to > valid_from),
  -- Matching cells; null: everywhere.
  cells text[] check (cardinality(cells) > 0),
  created_at timestamptz not null default now(),
  body jsonb not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'a % is never changed', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger rulesets_are_final before update or delete on rulesets for each row execute function refuse_change();

insert into rulesets (version, valid_from, created_at, body) values ('1', 'epoch', date_trunc('milliseconds', now()), '{
  "version": "1", "currency": "USD", "baseMinor": 250, "perKmMinor": 95, "perMinuteMinor": 28, "minimumMinor": 600,
  "roundToMinor": 5, "byVehicleType": {"bike": 850, "car": 1000, "van": 1400}}');

-- One row per area and round: whoever computes one twice finds it taken.
create table price_rounds (
  area text collate "C" not null,
  round bigint not null check (round >= 0),
  at timestamptz not null,
  ruleset_version text collate "C" not null,
  flags jsonb not null,
  usual jsonb not null,
  -- [cell, multiplier, smoothed, demand, supply] of those that are not neutral or were counted.
  cells jsonb not null,
  primary key (area, round)
);

create index price_rounds_by_age on price_rounds using brin (at);
