-- How many records there are by time, level, service, component and environment. Rows are only ever appended: a writer's in
-- the transaction that stores the records, a clean-up's (negative) in the one that removes them. src/db/rollup-keeper.ts
-- merges them. What a minute holds is the sum of its rows of step 0 and 60.
create table log_rollups (
  step        integer not null check (step in (0, 60, 3600, 86400)),
  ts          timestamptz not null,
  key         bigint,
  level       smallint not null,
  service     text collate "C" not null,
  component   text collate "C",
  environment text collate "C",
  count       bigint not null
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
        autovacuum_analyze_scale_factor = 0.05);
create index idx_log_rollups_step on log_rollups (step, ts, key);

comment on column log_rollups.step is 'seconds that a merged row stands for; 0: one minute, not merged yet';
comment on column log_rollups.ts is 'begin of the step, a multiple of it since 1970 in UTC';
comment on column log_rollups.key is 'hash of level, service, component and environment; null in step 0';

-- Whole minutes, [from_ts, to_ts), whose rollups say nothing: there the records themselves are counted. May overlap.
create table log_rollup_gaps (
  from_ts timestamptz not null,
  to_ts   timestamptz not null,
  check (from_ts < to_ts)
);
create index idx_log_rollup_gaps_to on log_rollup_gaps (to_ts);

-- A server of the first version may still write: it leaves `rolled_up` false, and the times of its batch become a gap.
alter table ingest_batches add column rolled_up boolean not null default false;

create function add_rollup_gap() returns trigger language plpgsql as $$
begin
  insert into log_rollup_gaps (from_ts, to_ts)
  values (date_trunc('minute', new.from_ts, 'UTC'), date_trunc('minute', new.to_ts, 'UTC') + interval '1 minute');
  return null;
end $$;

create trigger add_rollup_gap after insert on ingest_batches
  for each row when (not new.rolled_up and new.from_ts is not null) execute function add_rollup_gap();

-- The records that are there already. Read last: the trigger's lock has waited for every batch that it does not see.
insert into log_rollup_gaps (from_ts, to_ts) select from_ts, to_ts from log_partitions;
