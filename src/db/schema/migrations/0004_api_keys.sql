-- API keys. Of a key itself only its SHA-256 is kept. A row stays after the key is revoked or has expired.
create table api_keys (
  id                 uuid primary key default gen_random_uuid(),
  hash               bytea not null unique check (length(hash) = 32),
  name               text collate "C" not null,
  prefix             text collate "C" not null,
  rights             text[] not null check (cardinality(rights) > 0),
  scope_text         text,
  scope              text,
  stamp              jsonb,
  records_per_second integer check (records_per_second > 0),
  created_at         timestamptz not null default clock_timestamp(),
  expires_at         timestamptz,
  revoked_at         timestamptz,
  last_used_at       timestamptz,
  check ((scope_text is null) = (scope is null))
);

comment on column api_keys.scope is 'the tree that scope_text was parsed to when the key was made: JSON as text, so that no number changes';
comment on column api_keys.last_used_at is 'to the minute';

-- Servers read this number every two seconds, and the keys when it has changed. It also changes after a statement by hand.
insert into weir_state (name, value) values ('api_keys_version', '1');

create function count_api_keys_version() returns trigger language plpgsql as $$
begin
  update weir_state set value = to_jsonb((value #>> '{}')::bigint + 1) where name = 'api_keys_version';
  return null;
end $$;

create trigger count_api_keys_version
  after insert or delete or truncate
    or update of hash, name, prefix, rights, scope_text, scope, stamp, records_per_second, expires_at, revoked_at
  on api_keys for each statement execute function count_api_keys_version();
