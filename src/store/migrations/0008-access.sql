-- Keys of the API. Of a key's secret only the digest is kept; the one before stays good for a while after a rotation.
create table api_keys (
  key_id text collate "C" primary key,
  name text not null,
  mode text not null default 'live' check (mode in ('live', 'test')),
  role text not null check (role in ('customer', 'driver', 'dispatcher', 'service', 'admin')),
  -- Whom it speaks for: a customer's or driver's id.
  subject text collate "C",
  -- Null: everything that the role may do.
  scopes text[],
  digest bytea not null check (length(digest) = 32),
  previous_digest bytea check (length(previous_digest) = 32),
  previous_until timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  rotated_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  -- Written now and then, not with each request.
  last_used_at timestamptz,
  check ((previous_digest is null) = (previous_until is null))
) with (fillfactor = 80);

create index api_keys_by_creation on api_keys (created_at desc, key_id desc);

-- What people did to the deployment. Written before the act, so that none is without a row; its outcome follows.
create table audit_log (
  act_id text collate "C" primary key,
  at timestamptz not null,
  actor_role text not null,
  actor_id text collate "C" not null,
  key_id text collate "C",
  action text not null,
  target text collate "C",
  address text,
  detail jsonb not null default '{}',
  -- The status of the answer; null where none is known.
  status integer
);

-- An id begins with its time, so its order is that of the acts.
create index audit_log_by_actor on audit_log (actor_id, act_id desc);
create index audit_log_by_action on audit_log (action, act_id desc);
create index audit_log_by_target on audit_log (target, act_id desc) where target is not null;
