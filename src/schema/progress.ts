import type { Run, RunStatus as Status } from '../log/run.ts';
import { builder } from './builder.ts';

export const RunStatus = builder.enumType('RunStatus', {
  description:
    'How a run stands. A run tells of its progress in its records (docs/progress.md); the newest of them by timestamp and uid that the caller may see decides. It decides also after an end: a ' +
    'run that is resumed keeps its pipeline id and is running again.',
  values: {
    RUNNING: {
      description:
        'It has not ended, and the server received that record within the last `expect_within_seconds` which the record names: 1 to 86400, or 60 if it names none.',
    },
    STALLED: { description: 'It has not ended, and the server received that record longer ago.' },
    SUCCEEDED: { description: 'It ended, and says that it succeeded.' },
    FAILED: { description: 'It ended, and says that it failed.' },
    CANCELLED: { description: 'It ended because someone cancelled it.' },
    TIMED_OUT: { description: 'It ended because its time was over.' },
  } satisfies Record<Status, { description: string }>,
});

export const Progress = builder.objectRef<Run>('Progress');
Progress.implement({
  description:
    'How far a run is, as it last told. A value that the run did not tell, or that is not valid, counts as absent.',
  fields: (t) => ({
    processed: t.field({
      type: 'SafeInt',
      description: 'The number of items that it has handled, successfully or not. 0 if it told none.',
      resolve: ({ progress }) => progress.processed,
    }),
    failed: t.field({
      type: 'SafeInt',
      description: 'How many of `processed` failed. 0 if it told none.',
      resolve: ({ progress }) => progress.failed,
    }),
    total: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The number of items that it has to handle. Null if it did not tell.',
      resolve: ({ progress }) => progress.total,
    }),
    percentage: t.float({
      nullable: true,
      description: 'From 0 to 100: what it told, or `processed` of `total`. Null without a total.',
      resolve: ({ progress }) => progress.percentage,
    }),
    ratePerSecond: t.float({
      nullable: true,
      description: 'Items in a second. Null if it did not tell.',
      resolve: ({ progress }) => progress.ratePerSecond,
    }),
    elapsed: t.field({
      type: 'Duration',
      description: 'The time since its start. Zero if it did not tell.',
      resolve: ({ progress }) => progress.elapsedMs,
    }),
    eta: t.field({
      type: 'Duration',
      nullable: true,
      description:
        'The time that it still needs: what it told, or what `total`, `processed` and `ratePerSecond` make. Null without a total or a rate, and at the end.',
      resolve: ({ progress }) => progress.etaMs,
    }),
    currentItem: t.string({
      nullable: true,
      description: 'The item that it was handling. At most 1,000 characters.',
      resolve: ({ progress }) => progress.currentItem,
    }),
    stage: t.string({
      nullable: true,
      description: 'The part of the run that it was in. At most 1,000 characters.',
      resolve: ({ progress }) => progress.stage,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it last told: the timestamp of that record.',
      resolve: ({ timestamp }) => timestamp,
    }),
  }),
});
