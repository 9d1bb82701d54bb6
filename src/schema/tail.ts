import { EVENT_RECORDS_MAX, type TailEvent } from '../live/tail-event.ts';
import { liveStats } from '../resolvers/live-stats.ts';
import { BACKFILL_MAX, tail } from '../resolvers/tail.ts';
import { builder, costs } from './builder.ts';
import { LogFilter } from './filter.ts';
import { Log } from './references.ts';
import { LogStats, statsCost } from './stats.ts';

const TailBatch = builder.objectRef<TailEvent>('TailBatch');
TailBatch.implement({
  description: `Records in commit order, at most ${EVENT_RECORDS_MAX}. Spooled records come when they are stored in the database.`,
  fields: (t) => ({
    logs: t.field({
      ...costs({ size: EVENT_RECORDS_MAX }),
      type: [Log],
      description:
        'May be empty. A batch comes immediately, and then at least every 10 s while records are committed, so the cursor stays recent even if few records match. ' +
        'For a key with a scope a batch comes at least every 10 s, whether records are committed or not.',
      resolve: ({ records }) => records,
    }),
    cursor: t.expose('cursor', {
      type: 'TailCursor',
      description:
        'Use it in `tail(after:)` to continue just after this batch, also on another server or after a restart.',
    }),
    skipped: t.expose('skipped', {
      type: 'SafeInt',
      description:
        'The number of records that were left out just before this batch, because this subscriber was too slow. A tail from the cursor of the previous batch gets them.',
    }),
    live: t.exposeBoolean('live', { description: 'False while records from before the subscription are replayed.' }),
  }),
});

builder.subscriptionFields((t) => ({
  tail: t.field({
    ...costs({ statements: 1 }),
    type: TailBatch,
    description:
      'Records that match the filter, when they are committed: each exactly once. To continue after a break, give the last cursor. The error CURSOR_EXPIRED means that the batches after it are deleted, ' +
      'CURSOR_INVALID that it is not a cursor of this database. `Log.correlation` and `Log.surrounding` are null in a tail.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records. If omitted, all.' }),
      after: t.arg({
        type: 'TailCursor',
        description:
          'First replays all records that were committed after this cursor, then continues live. Records that are deleted in the meantime are not replayed. If omitted, the tail starts now.',
      }),
      backfill: t.arg.int({
        required: true,
        defaultValue: 0,
        description: `First returns one batch with this many of the newest stored records, 0 to ${BACKFILL_MAX}. They are ordered by timestamp and uid, oldest first. An error together with \`after\`.`,
      }),
    },
    subscribe: (_, args, context) => tail(args, context),
    resolve: (event) => event,
  }),
  stats: t.field({
    ...statsCost,
    type: LogStats,
    description:
      'The stats of the window that ends now: immediately, and then every `every`. A slow subscriber misses some of them.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records. If omitted, all.' }),
      window: t.arg({
        type: 'Duration',
        required: true,
        defaultValue: 300_000,
        description: 'The length of the window.',
      }),
      every: t.arg({
        type: 'Duration',
        required: true,
        defaultValue: 1000,
        description: 'The time between two results, at least `250ms`.',
      }),
    },
    subscribe: (_, args, context) => liveStats(args, context),
    resolve: (event) => event.open(),
  }),
}));
