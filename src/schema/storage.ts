import { readStorage, type StorageReport, type StoredPartition } from '../db/read/storage.ts';
import { builder, costs } from './builder.ts';

const PARTITIONS_MAX = 200;

const PartitionState = builder.enumType('PartitionState', {
  description: 'Whether a partition still takes most of what comes.',
  values: {
    OPEN: { description: 'Records of its time still come: it has only the indexes that are cheap to write.' },
    SEALED: { description: 'Its time is over: it has every index, so that searches in it are fast.' },
  } as const,
});

const Partition = builder.objectRef<StoredPartition>('Partition');
Partition.implement({
  description: 'The records of one stretch of time, as the database keeps them.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its table.' }),
    from: t.expose('from', { type: 'DateTime', description: 'Begin of its time, included.' }),
    to: t.expose('to', { type: 'DateTime', description: 'End of its time, not included.' }),
    state: t.expose('state', { type: PartitionState, description: 'Whether it still takes most of what comes.' }),
    rows: t.expose('rows', { type: 'SafeInt', description: 'Its records; an estimate where it is large.' }),
    bytes: t.expose('bytes', { type: 'SafeInt', description: 'Its size on disk, indexes included.' }),
  }),
});

const Storage = builder.objectRef<StorageReport>('Storage');
Storage.implement({
  description: 'What the logs database keeps, and how much room it takes.',
  fields: (t) => ({
    sizeBytes: t.expose('sizeBytes', {
      type: 'SafeInt',
      description: 'Size of all records on disk, indexes included.',
    }),
    rows: t.expose('rows', {
      type: 'SafeInt',
      description: 'All records; an estimate where counting would read them.',
    }),
    oldest: t.expose('oldest', {
      type: 'DateTime',
      nullable: true,
      description: 'Timestamp of the oldest record; null where there is none.',
    }),
    newest: t.expose('newest', {
      type: 'DateTime',
      nullable: true,
      description: 'Timestamp of the newest record; null where there is none.',
    }),
    retention: t.field({
      type: 'Duration',
      nullable: true,
      description: 'Records older than this are removed by the server itself (`LOG_RETENTION`); null: none are.',
      resolve: (_, __, { config }) => config.retentionMs,
    }),
    partitions: t.expose('partitions', {
      ...costs({ size: PARTITIONS_MAX }),
      type: [Partition],
      description: 'The partitions that hold them, oldest first.',
    }),
  }),
});

builder.queryField('storage', (t) =>
  t.field({
    ...costs({ statements: 4 }),
    type: Storage,
    nullable: true,
    description: 'What the logs database keeps, and how much room it takes.',
    resolve: (_, __, { sql }) => readStorage(sql),
  }),
);
