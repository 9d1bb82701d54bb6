-- The newest record of progress of each run, so that lists of runs need no search. A writer sets the row in the transaction
-- that stores the record; a clean-up that removes the record sets it anew from the records that are left.
create table pipeline_runs (
  pipeline_id text collate "C" primary key,
  ts          timestamptz not null,
  uid         uuid not null,
  name        text collate "C",
  service     text collate "C" not null,
  host        text collate "C",
  ended       text collate "C",
  stalls_at   timestamptz not null,
  progress    jsonb not null,
  summary     jsonb
);
create index idx_pipeline_runs_ts on pipeline_runs (ts, uid);

comment on column pipeline_runs.ended is 'SUCCEEDED, FAILED, CANCELLED or TIMED_OUT; null before the end';
