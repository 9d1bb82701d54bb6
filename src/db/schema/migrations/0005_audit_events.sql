-- What the holders of ADMIN keys did: a row in the transaction of what was done. No clean-up of records removes rows.
create table audit_events (
  id         uuid primary key,
  at         timestamptz not null default clock_timestamp(),
  action     text collate "C" not null,
  key_name   text collate "C",
  key_prefix text collate "C",
  address    text collate "C",
  details    jsonb not null
);
create index idx_audit_events_at on audit_events (at, id);
