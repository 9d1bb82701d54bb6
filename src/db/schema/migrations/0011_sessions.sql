-- Sessions of browsers: who has the cookie acts with the key. Of both only the SHA-256 is kept. A session may be of the key of
-- WEIR_ADMIN_KEY, which is not in api_keys.
create table sessions (
  hash       bytea primary key check (length(hash) = 32),
  key_hash   bytea not null check (length(key_hash) = 32),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index idx_sessions_key_hash on sessions (key_hash, created_at);

-- Servers learn of sessions as they learn of keys: 0004_api_keys.sql.
create trigger count_sessions_version
  after insert or delete or truncate or update on sessions for each statement execute function count_api_keys_version();
