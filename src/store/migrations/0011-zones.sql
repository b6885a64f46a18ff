-- Zones on the map, and the vehicles of the fleet. Both change seldom and are known to every thread of every node, so each
-- change has a number: whoever has seen all up to one asks for what came after it. The numbers are given under a lock that
-- is held until the commit, so that no change can appear below one that was seen already.
create table changes (
  kind text primary key check (kind in ('zones', 'vehicles')),
  last bigint not null check (last >= 0)
) with (fillfactor = 20);

insert into changes (kind, last) values ('zones', 0), ('vehicles', 0);

create table zones (
  zone_id text collate "C" primary key check (length(zone_id) between 1 and 64),
  kind text not null check (kind in ('service_area', 'geofence', 'price_area')),
  name text not null,
  -- Of this zone: 1, then one more with each change.
  version integer not null check (version > 0),
  -- Of all zones: the number of its last change.
  change bigint not null unique,
  dwell_s integer check (dwell_s > 0),
  -- GeoJSON. Null where the zone was deleted: what is left says so to those who knew it.
  geometry jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  check ((geometry is null) = (deleted_at is not null))
);

create index zones_by_creation on zones (created_at desc, zone_id desc) where deleted_at is null;

-- How price areas were drawn when: a quote names the version that it was priced with.
create table zone_versions (
  zone_id text collate "C" not null,
  version integer not null,
  at timestamptz not null,
  geometry jsonb not null,
  primary key (zone_id, version)
);

create trigger zone_versions_are_final before update or delete on zone_versions for each row execute function refuse_change();

create table vehicles (
  vehicle_id text collate "C" primary key check (length(vehicle_id) between 1 and 64),
  type text not null,
  capacity integer check (capacity between 1 and 1000),
  -- Whoever drives it. A driver has one vehicle, and a vehicle one driver.
  driver_id text collate "C",
  version integer not null check (version > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Its plate and its periods of maintenance.
  body jsonb not null
);

create unique index vehicles_by_driver on vehicles (driver_id) where driver_id is not null;
create index vehicles_by_creation on vehicles (created_at desc, vehicle_id desc);

-- Drivers who are still to be told what has become of their vehicle: written with the change, removed once their actor has it.
create table vehicle_news (
  driver_id text collate "C" primary key,
  change bigint not null,
  at timestamptz not null
);
