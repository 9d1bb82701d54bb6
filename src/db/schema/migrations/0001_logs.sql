-- The records. Partitions are attached by src/db/partitions.ts, which also makes their indexes: an index on the parent
-- would be copied to every partition, sealed or not. Text is collated "C": ordered by code point, folded for A-Z only.
create table system_logs (
  ts                 timestamptz not null,
  uid                uuid not null,
  received_at        timestamptz not null,
  batch_id           bigint not null,
  level              smallint not null,
  severity_number    smallint not null,
  message            text collate "C" not null,
  service            text collate "C" not null,
  component          text collate "C",
  action             text collate "C",
  host               text collate "C",
  environment        text collate "C",
  deployment_version text collate "C",
  correlation_id     text collate "C",
  trace_id           text collate "C",
  span_id            text collate "C",
  pipeline_id        text collate "C",
  user_id            text collate "C",
  duration_ms        double precision,
  error_type         text collate "C",
  stack_trace        text collate "C",
  http_method        text collate "C",
  http_path          text collate "C",
  http_status        integer,
  http_user_agent    text collate "C",
  http_client_ip     text collate "C",
  attributes         jsonb not null,
  primary key (ts, uid)
) partition by range (ts);

comment on column system_logs.level is '0 TRACE, 1 DEBUG, 2 INFO, 3 WARNING, 4 ERROR, 5 CRITICAL';

-- Each partition's bounds, so that a question without a time walks them one by one instead of asking the parent.
create table log_partitions (
  name    text collate "C" primary key,
  from_ts timestamptz not null,
  to_ts   timestamptz not null,
  state   text not null default 'OPEN' check (state in ('OPEN', 'SEALED')),
  check (from_ts < to_ts)
);
create index idx_log_partitions_from on log_partitions (from_ts);

-- One row a batch. `seq` is drawn under a lock just before commit, so it is commit order on all servers.
create sequence ingest_batches_id_seq as bigint cache 1;
create sequence ingest_batches_seq_seq as bigint cache 1;
create table ingest_batches (
  id           bigint primary key,
  key          uuid not null unique,
  seq          bigint not null unique,
  from_ts      timestamptz,
  to_ts        timestamptz,
  rows         integer not null,
  committed_at timestamptz not null default clock_timestamp()
);
create index idx_ingest_batches_committed on ingest_batches (committed_at);

-- Idempotency keys of a day and what was answered under them.
create table ingest_requests (
  key        text collate "C" primary key,
  body_hash  bytea not null,
  batch_id   bigint not null,
  answer     jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
create index idx_ingest_requests_created on ingest_requests (created_at);

-- Facts about this database as a whole: one row each.
create table weir_state (
  name  text primary key,
  value jsonb not null
);
-- The highest seq whose batch a clean-up of cursors has removed: what follows an older cursor is no longer kept.
insert into weir_state (name, value) values ('cursors_expired_through', '0');
-- Which logs database this is: servers that share it find each other by this name.
insert into weir_state (name, value) values ('database_id', to_jsonb(gen_random_uuid()));
