-- Model calls: one row for each record that tells of one, under the record's key (ts, uid). The first columns are fields of
-- the call (src/log/llm-fields.ts). Those after `parameters` repeat the record's, so that sums need no join.
create table llm_logs (
  ts                     timestamptz not null,
  uid                    uuid not null,
  batch_id               bigint not null,
  operation              text collate "C",
  counted                boolean not null,
  provider               text collate "C",
  request_model          text collate "C",
  response_model         text collate "C",
  conversation_id        text collate "C",
  tool_name              text collate "C",
  agent_name             text collate "C",
  input_tokens           bigint,
  output_tokens          bigint,
  cache_read_tokens      bigint,
  cache_creation_tokens  bigint,
  reasoning_tokens       bigint,
  cost_nano_usd          bigint,
  cost_source            text collate "C" check (cost_source in ('SENDER', 'PRICE_LIST')),
  price_version          text collate "C",
  time_to_first_token_ms double precision,
  finish_reasons         text[] collate "C" not null default '{}',
  parameters             jsonb,
  service                text collate "C" not null,
  component              text collate "C",
  environment            text collate "C",
  user_id                text collate "C",
  correlation_id         text collate "C",
  pipeline_id            text collate "C",
  duration_ms            double precision,
  has_error              boolean not null,
  primary key (ts, uid)
) partition by range (ts);

comment on column llm_logs.cost_nano_usd is 'whole billionths of a US dollar: sums are exact';
comment on column llm_logs.price_version is 'of the price list that the cost was taken from; null where the sender said it';

-- What models were asked and answered (LLM_CONTENT), apart, because it is kept for a time of its own.
create table llm_contents (
  ts     timestamptz not null,
  uid    uuid not null,
  input  jsonb,
  output jsonb,
  primary key (ts, uid)
) partition by range (ts);

-- The partitions of both. They have the bounds of the partitions of system_logs, and exist only where there are calls. Tables of
-- their own, so that servers of the version before do not see them.
create table llm_log_partitions (like log_partitions including defaults including constraints, primary key (name));
create index idx_llm_log_partitions_from on llm_log_partitions (from_ts);
create table llm_content_partitions (like log_partitions including defaults including constraints, primary key (name));
create index idx_llm_content_partitions_from on llm_content_partitions (from_ts);

-- How many rows of llm_logs belong to the batch. A replay looks for calls only where there are some.
alter table ingest_batches add column calls integer not null default 0;
