-- Searches that are kept under a name. `view` is for the page: the server does not read it.
create table saved_searches (
  id          uuid primary key default gen_random_uuid(),
  name        text collate "C" not null unique,
  description text,
  query       text not null,
  view        jsonb,
  metric      boolean not null,
  created_at  timestamptz not null default clock_timestamp(),
  updated_at  timestamptz not null default clock_timestamp()
);

comment on column saved_searches.metric is 'whether servers count its records for /metrics';
