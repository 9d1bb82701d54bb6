import type { TimeSpan } from '../log/time-span.ts';
import { builder } from './builder.ts';

export const TimeRangeInput = builder.inputType('TimeRangeInput', {
  description:
    'A range of `timestamp`: from `from` (inclusive) to `to` (exclusive). `{last: "15m"}` is the 15 minutes before now. ' +
    '`{last: "1h", to: "2026-11-21T20:00:00Z"}` is the hour before that time. A range without `to` ends now. If stored records are at most a minute ahead of now, ' +
    'because the clock of their machine is, it ends just after the newest of these. "Now" and that record are read once for each operation.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'At this time or later. If omitted, there is no lower limit.' }),
    to: t.field({
      type: 'DateTime',
      description: 'Before this time. If omitted, now, or up to a minute later: see above.',
    }),
    last: t.field({
      type: 'Duration',
      description: 'Sets `from` to `to`, or to now without `to`, minus this duration. An error together with `from`.',
    }),
  }),
});

/** The default of `time` in fields about recent records. */
export const LAST_DAY = { last: 86_400_000 };

export const TimeRange = builder.objectRef<TimeSpan>('TimeRange');
TimeRange.implement({
  description: 'A time range.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'The start, inclusive.' }),
    to: t.expose('to', { type: 'DateTime', description: 'The end, exclusive.' }),
  }),
});
