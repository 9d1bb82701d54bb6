-- Partitions whose rows are in Parquet files and no longer in the database. A row is added in the transaction that drops the
-- partition, so a snapshot sees a record in one of both. Records that come late for such a time are in a partition of the same
-- bounds, until that is archived too: then one set of files holds all, and this row is replaced.
create table archived_partitions (
  id          bigint generated always as identity primary key,
  name        text collate "C" not null,
  from_ts     timestamptz not null,
  to_ts       timestamptz not null,
  archived_at timestamptz not null default now(),
  check (from_ts < to_ts)
);
create index idx_archived_partitions_from on archived_partitions (from_ts);

create table archive_files (
  archived_id bigint not null references archived_partitions on delete cascade,
  kind        text not null check (kind in ('logs', 'llm')),
  path        text not null unique,
  from_ts     timestamptz not null,
  to_ts       timestamptz not null,
  rows        bigint not null,
  bytes       bigint not null,
  modified_ms bigint not null,
  sha256      text not null
);
create index idx_archive_files_archived on archive_files (archived_id);

comment on column archived_partitions.name is 'of the partition; not unique: a server that knows of no archive may make one of the same name with other bounds';
comment on column archive_files.kind is 'logs: rows of system_logs, llm: rows of llm_logs';
comment on column archive_files.path is 'within ARCHIVE_DIR';
comment on column archive_files.from_ts is 'time of the first record, inclusive';
comment on column archive_files.to_ts is 'time of the last record, inclusive';
comment on column archive_files.modified_ms is 'of the file, in milliseconds since 1970: a file with another one is read and compared with sha256';

-- Records that clean-ups have removed from archived partitions, until the files are written without them. One row for each step
-- of a clean-up: under the lock `cleanup`, so a snapshot that sees one sees those before.
create table archive_removals (
  id          bigint generated always as identity primary key,
  archived_id bigint not null references archived_partitions on delete cascade,
  times       timestamptz[] not null,
  uids        uuid[] not null,
  rows        integer not null generated always as (cardinality(uids)) stored,
  removed_at  timestamptz not null default now()
);
create index idx_archive_removals_archived on archive_removals (archived_id, id);

-- Files that no row names any more. They are deleted when no snapshot is left that may read them.
create table archive_unlinked (
  path       text primary key,
  removed_by xid8 not null default pg_current_xact_id(),
  removed_at timestamptz not null default now()
);

-- Changes in every transaction that changes one of these tables: a server reads the lists again when it has another number.
insert into weir_state (name, value) values ('archive_version', '0');

-- False for a server of the version before, and for one that has not noticed the archive yet. Nothing is archived while one runs: it
-- would miss archived records, and remove what belongs to them.
alter table weir_servers add column reads_archive boolean not null default false;
