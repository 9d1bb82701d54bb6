import { EVENT_RECORDS_MAX, type TailEvent } from '../live/tail-event.ts';
import { liveStats } from '../resolvers/live-stats.ts';
import { BACKFILL_MAX, tail } from '../resolvers/tail.ts';
import { builder, costs } from './builder.ts';
import { LogFilter } from './filter.ts';
import { Log } from './references.ts';

import { LogStats } from './stats.ts';

const TailBatch = builder.objectRef<TailEvent>('TailBatch');
TailBatch.implement({
  description: `Records in the order in which they were committed, at most ${EVENT_RECORDS_MAX} of them. Spooled records come when they reach the database.`,
  fields: (t) => ({
    logs: t.field({
      ...costs({ size: EVENT_RECORDS_MAX }),
      type: [Log],
      description:
        'May be empty: a batch comes at once, and then at least every 10 s while anything is committed, so that the cursor stays fresh under a rare filter.',
      resolve: ({ records }) => records,
    }),
    cursor: t.expose('cursor', {
      type: 'TailCursor',
      description:
        'Hand it to `tail(after:)` to go on right after this batch, also on another server or after a restart.',
    }),
    skipped: t.expose('skipped', {
      type: 'SafeInt',
      description:
        'Records left out just before this batch because this subscriber could not keep up. A tail from the cursor of the batch before gets them.',
    }),
    live: t.exposeBoolean('live', { description: 'False while records from before the subscription are replayed.' }),
  }),
});

builder.subscriptionFields((t) => ({
  tail: t.field({
    ...costs({ statements: 1 }),
    type: TailBatch,
    description:
      'Records under the filter as they are committed, each once and none left out. To go on after a break, hand over the last cursor: CURSOR_EXPIRED says that what follows it is no longer kept, ' +
      'CURSOR_INVALID that it is no cursor of this database. `Log.correlation` and `Log.surrounding` are null here.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records; left out: all.' }),
      after: t.arg({
        type: 'TailCursor',
        description:
          'Everything committed since this cursor first, then live. What was cleaned up meanwhile is not replayed. Left out: from now on.',
      }),
      backfill: t.arg.int({
        required: true,
        defaultValue: 0,
        description: `First one batch of so many of the newest stored records, 0 to ${BACKFILL_MAX}, by timestamp and uid, oldest first. An error beside \`after\`.`,
      }),
    },
    subscribe: (_, args, context) => tail(args, context),
    resolve: (event) => event,
  }),
  stats: t.field({
    type: LogStats,
    description:
      'The stats of the window that ends now, at once and then again and again. A slow reader misses some of them.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records; left out: all.' }),
      window: t.arg({
        type: 'Duration',
        required: true,
        defaultValue: 300_000,
        description: 'How far back the window reaches.',
      }),
      every: t.arg({
        type: 'Duration',
        required: true,
        defaultValue: 1000,
        description: 'How often, at least `250ms` apart.',
      }),
    },
    subscribe: (_, args, context) => liveStats(args, context),
    resolve: (stats) => stats,
  }),
}));
