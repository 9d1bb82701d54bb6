-- Sums over the counted rows of llm_logs, kept as log_rollups is: deltas are appended in the transaction that stores or
-- removes the calls, and src/db/rollups/rollup-keeper.ts merges them. Sums of tokens and costs are numeric: a sum of whole
-- numbers that a sender chose must never overflow.
create table llm_rollups (
  step                   integer not null check (step in (0, 60, 3600, 86400)),
  ts                     timestamptz not null,
  key                    bigint,
  operation              text collate "C",
  provider               text collate "C",
  request_model          text collate "C",
  response_model         text collate "C",
  service                text collate "C" not null,
  component              text collate "C",
  environment            text collate "C",
  calls                  bigint not null,
  errors                 bigint not null,
  input_tokens           numeric not null,
  output_tokens          numeric not null,
  cache_read_tokens      numeric not null,
  cache_creation_tokens  numeric not null,
  reasoning_tokens       numeric not null,
  cost_nano_usd          numeric not null,
  unpriced               bigint not null
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
        autovacuum_analyze_scale_factor = 0.05);
create index idx_llm_rollups_step on llm_rollups (step, ts, key);

comment on column llm_rollups.step is 'seconds that a merged row stands for; 0: one minute, not merged yet';
comment on column llm_rollups.ts is 'begin of the step, a multiple of it since 1970 in UTC';
comment on column llm_rollups.key is 'hash of the columns from operation to environment; null in step 0';

-- Whole minutes, [from_ts, to_ts), whose rollups say nothing: there the calls themselves are summed. May overlap.
create table llm_rollup_gaps (
  from_ts timestamptz not null,
  to_ts   timestamptz not null,
  check (from_ts < to_ts)
);
create index idx_llm_rollup_gaps_to on llm_rollup_gaps (to_ts);

-- The calls that are there already.
insert into llm_rollup_gaps (from_ts, to_ts)
select date_trunc('minute', min(ts), 'UTC'), date_trunc('minute', max(ts), 'UTC') + interval '1 minute'
from llm_logs having count(*) > 0;
