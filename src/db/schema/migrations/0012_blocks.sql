-- Times of records, each with filters over their texts: src/db/blocks/block.ts. A search reads only the times whose filters may
-- hold its text. Each record is in a block or in a gap from its commit on.
-- A database that `pg_restore --clean` has replaced by an older one may have left its tables: they are dropped first.
drop table if exists log_blocks, log_block_gaps;
create table log_blocks (
  from_ts        timestamptz not null,
  to_ts          timestamptz not null,
  rows           integer not null,
  message_filter bytea not null,
  text_filter    bytea not null,
  check (from_ts <= to_ts)
);
-- Neither compressed nor moved out: a filter is random bits, and every search reads all of its time.
alter table log_blocks alter column message_filter set storage plain, alter column text_filter set storage plain;
create index idx_log_blocks_to on log_blocks (to_ts);

comment on column log_blocks.to_ts is 'time of the last record, inclusive, in the same hour as from_ts';
comment on column log_blocks.message_filter is 'a bit for each four bytes of the messages, at their hash of 16 bits, scaled to the number of bits';
comment on column log_blocks.text_filter is 'the same of all other texts';

-- Times, inclusive at both ends, with records that may be in no block: a search reads all of them.
create table log_block_gaps (
  from_ts timestamptz not null,
  to_ts   timestamptz not null,
  check (from_ts <= to_ts)
);
create index idx_log_block_gaps_to on log_block_gaps (to_ts);

-- A server of the version before may still write: it leaves `filtered` false, and the time of its batch becomes a gap.
alter table ingest_batches add column if not exists filtered boolean not null default false;

create or replace function add_block_gap() returns trigger language plpgsql as $$
begin
  insert into log_block_gaps (from_ts, to_ts) values (new.from_ts, new.to_ts);
  return null;
end $$;

create or replace trigger add_block_gap after insert on ingest_batches
  for each row when (not new.filtered and new.from_ts is not null) execute function add_block_gap();

-- The records that are there already. Read last: the trigger's lock has waited for every batch that it does not see.
insert into log_block_gaps (from_ts, to_ts) select from_ts, to_ts - interval '1 microsecond' from log_partitions;
