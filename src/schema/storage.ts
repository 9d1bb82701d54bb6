import type { ArchiveContents } from '../db/read/archive-contents.ts';
import { type ListedPartition, readStorage, type StorageReport } from '../db/read/storage.ts';
import { ofAllRecords } from '../resolvers/visible.ts';
import { builder, costs } from './builder.ts';

/** For the cost: 200 of the database, and some years of archived ones. */
const PARTITIONS_LISTED = 1000;

const PartitionState = builder.enumType('PartitionState', {
  description: 'Where the records of a partition are, and whether it still gets most of the new ones.',
  values: {
    OPEN: { description: 'New records still belong to its time. It has only the indexes that are cheap to write.' },
    SEALED: { description: 'Its time has passed. It has all indexes, so that searches are fast.' },
    ARCHIVED: {
      description:
        'Its records are in Parquet files of the archive, and no longer in the database. The same questions read them. Beside it, a partition of the same time may hold records that came later.',
    },
  } as const,
});

const Partition = builder.objectRef<ListedPartition>('Partition');
Partition.implement({
  description: 'The records of one time span: a table of the logs database, or files of the archive.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'The name of the table. An archived one keeps the name of its table.',
    }),
    from: t.expose('from', { type: 'DateTime', description: 'The start of its time span, inclusive.' }),
    to: t.expose('to', { type: 'DateTime', description: 'The end of its time span, exclusive.' }),
    state: t.expose('state', {
      type: PartitionState,
      description: 'Whether it still gets most of the new records, or is archived.',
    }),
    rows: t.expose('rows', {
      type: 'SafeInt',
      description: 'The number of its records. An estimate if the partition is large and in the database.',
    }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description: 'Its size on disk in bytes: with indexes, or of its files.',
    }),
  }),
});

/** Of an archive that is set and holds nothing yet. */
const EMPTY: ArchiveContents = { files: 0, rows: 0, bytes: 0, oldest: null, newest: null };

const Archive = builder.objectRef<ArchiveContents>('Archive');
Archive.implement({
  description:
    'The archive: Parquet files of sealed partitions, which the same questions read. Its partitions stand in `partitions` as ARCHIVED, with the bytes of their files, and are in `rows`, `oldest` and `newest` of the storage.',
  fields: (t) => ({
    location: t.string({
      nullable: true,
      description:
        'The folder of the files on this server (`ARCHIVE_DIR`). Null for a caller without the right ADMIN, and on a server where it is not set.',
      resolve: (_, __, { caller, config }) => (caller.rights.has('ADMIN') ? config.archive.folder : null),
    }),
    files: t.expose('files', { type: 'SafeInt', description: 'The number of its files, with those of model calls.' }),
    rows: t.expose('rows', {
      type: 'SafeInt',
      description: 'The number of its records, without those that clean-ups have removed.',
    }),
    bytes: t.expose('bytes', {
      type: 'SafeInt',
      description:
        'The size of its files in bytes. Records that were removed take space until their file is written again.',
    }),
    oldest: t.expose('oldest', {
      type: 'DateTime',
      nullable: true,
      description: 'The timestamp of its oldest record. Null if it has none.',
    }),
    newest: t.expose('newest', {
      type: 'DateTime',
      nullable: true,
      description: 'The timestamp of its newest record. Null if it has none.',
    }),
  }),
});

const Storage = builder.objectRef<StorageReport>('Storage');
Storage.implement({
  description: 'The stored records, and their size on disk.',
  fields: (t) => ({
    sizeBytes: t.expose('sizeBytes', {
      type: 'SafeInt',
      description:
        'The size of all records in the database on disk, with indexes, in bytes. The files of the archive are not in it.',
    }),
    rows: t.expose('rows', {
      type: 'SafeInt',
      description: 'The number of all records, archived ones too. An estimate if a count would have to read them.',
    }),
    oldest: t.expose('oldest', {
      type: 'DateTime',
      nullable: true,
      description: 'The timestamp of the oldest record. Null if there is none.',
    }),
    newest: t.expose('newest', {
      type: 'DateTime',
      nullable: true,
      description: 'The timestamp of the newest record. Null if there is none.',
    }),
    retention: t.field({
      type: 'Duration',
      nullable: true,
      description:
        'The server automatically deletes records older than this (`LOG_RETENTION`). Null if it deletes none.',
      resolve: (_, __, { config }) => config.retentionMs,
    }),
    partitions: t.expose('partitions', {
      ...costs({ size: PARTITIONS_LISTED }),
      type: [Partition],
      description: 'The partitions, oldest first, with the archived ones.',
    }),
    archive: t.field({
      type: Archive,
      nullable: true,
      description:
        'The archive. Null if none is set. A server without `ARCHIVE_DIR` tells of the archive too if its database has archived partitions: it cannot read them.',
      resolve: ({ archive }, _, { config }) => archive ?? (config.archive.folder === null ? null : EMPTY),
    }),
  }),
});

builder.queryField('storage', (t) =>
  t.field({
    ...costs({ statements: 6 }),
    type: Storage,
    nullable: true,
    description:
      'The stored records, and their size on disk. FORBIDDEN for a key with a scope: it is about all records.',
    resolve: (_, __, context) => readStorage(ofAllRecords(context, 'storage').sql),
  }),
);
