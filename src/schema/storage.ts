import { readStorage, type StorageReport, type StoredPartition } from '../db/read/storage.ts';
import { ofAllRecords } from '../resolvers/visible.ts';
import { builder, costs } from './builder.ts';

const PARTITIONS_MAX = 200;

const PartitionState = builder.enumType('PartitionState', {
  description: 'Whether a partition still gets most of the new records.',
  values: {
    OPEN: { description: 'New records still belong to its time. It has only the indexes that are cheap to write.' },
    SEALED: { description: 'Its time has passed. It has all indexes, so that searches are fast.' },
  } as const,
});

const Partition = builder.objectRef<StoredPartition>('Partition');
Partition.implement({
  description: 'A table of the logs database that holds the records of one time span.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the table.' }),
    from: t.expose('from', { type: 'DateTime', description: 'The start of its time span, inclusive.' }),
    to: t.expose('to', { type: 'DateTime', description: 'The end of its time span, exclusive.' }),
    state: t.expose('state', { type: PartitionState, description: 'Whether it still gets most of the new records.' }),
    rows: t.expose('rows', {
      type: 'SafeInt',
      description: 'The number of its records. An estimate if the partition is large.',
    }),
    bytes: t.expose('bytes', { type: 'SafeInt', description: 'Its size on disk, with indexes, in bytes.' }),
  }),
});

const Storage = builder.objectRef<StorageReport>('Storage');
Storage.implement({
  description: 'The stored records, and their size on disk.',
  fields: (t) => ({
    sizeBytes: t.expose('sizeBytes', {
      type: 'SafeInt',
      description: 'The size of all records on disk, with indexes, in bytes.',
    }),
    rows: t.expose('rows', {
      type: 'SafeInt',
      description: 'The number of all records. An estimate if a count would have to read them.',
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
      ...costs({ size: PARTITIONS_MAX }),
      type: [Partition],
      description: 'The partitions, oldest first.',
    }),
  }),
});

builder.queryField('storage', (t) =>
  t.field({
    ...costs({ statements: 4 }),
    type: Storage,
    nullable: true,
    description:
      'The stored records, and their size on disk. FORBIDDEN for a key with a scope: it is about all records.',
    resolve: (_, __, context) => readStorage(ofAllRecords(context, 'storage').sql),
  }),
);
