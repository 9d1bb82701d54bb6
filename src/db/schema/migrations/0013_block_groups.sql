-- Blocks of partitions that are sealed, in groups: src/db/blocks/group-blocks.ts. A search asks a group for a few of its bitmaps,
-- not each block for its filter. A record's block is in log_blocks or in a group.
-- A database that `pg_restore --clean` has replaced by an older one may have left its tables: they are dropped first.
drop table if exists log_block_times, log_block_slices, log_block_groups;
create table log_block_groups (
  id           bigint generated always as identity primary key,
  from_ts      timestamptz not null,
  to_ts        timestamptz not null,
  message_bits integer not null,
  text_bits    integer not null,
  width        integer not null,
  per_slice    integer not null,
  check (from_ts <= to_ts)
);
create index idx_log_block_groups_to on log_block_groups (to_ts);

comment on table log_block_groups is 'blocks of one partition whose filters have the same lengths';
comment on column log_block_groups.to_ts is 'time of the last record, inclusive';
comment on column log_block_groups.message_bits is 'bits of the filter over messages of each block, so the number of bitmaps';
comment on column log_block_groups.text_bits is 'the same of the filter over all other texts';
comment on column log_block_groups.width is 'bits of a bitmap: one for each block of the group, and zeros';
comment on column log_block_groups.per_slice is 'bitmaps of a slice';

-- Bitmap n of a filter has bit n of each block. It is in slice n / per_slice, at n % per_slice * width.
create table log_block_slices (
  group_id bigint not null references log_block_groups on delete cascade,
  in_text  boolean not null,
  slice    integer not null,
  bitmaps  bit varying not null,
  primary key (group_id, in_text, slice)
);
-- Neither compressed nor moved out: they are random bits.
alter table log_block_slices alter column bitmaps set storage plain;
comment on column log_block_slices.in_text is 'whether it is of the filter over all texts but the messages';

-- The times of a group's blocks, 64 in a row.
create table log_block_times (
  group_id   bigint not null references log_block_groups on delete cascade,
  place      integer not null,
  from_times timestamptz[] not null,
  to_times   timestamptz[] not null,
  primary key (group_id, place)
);
comment on column log_block_times.place is 'the place in a bitmap of the first of these blocks';
