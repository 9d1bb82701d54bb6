-- The servers that use this database. Each writes its row every few seconds; an old row is of a server that is gone.
create table weir_servers (
  id      uuid primary key,
  seen_at timestamptz not null
);
