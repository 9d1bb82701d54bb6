import type { TimeSpan } from '../log/time-span.ts';
import { builder } from './builder.ts';

export const TimeRangeInput = builder.inputType('TimeRangeInput', {
  description:
    'A stretch of time by `timestamp`: from `from` (included) to `to` (not included). `{last: "15m"}` is the quarter of an hour that ends now, ' +
    '`{last: "1h", to: "2026-11-21T20:00:00Z"}` the hour before that time. "Now" is read once for each operation.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'At this time or later. Left out: no bound.' }),
    to: t.field({ type: 'DateTime', description: 'Before this time. Left out: now.' }),
    last: t.field({ type: 'Duration', description: 'Sets `from` to `to` less this length. An error beside `from`.' }),
  }),
});

/** What `time` is where a question about "lately" leaves it out. */
export const LAST_DAY = { last: 86_400_000 };

export const TimeRange = builder.objectRef<TimeSpan>('TimeRange');
TimeRange.implement({
  description: 'A stretch of time with both its ends.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Its begin, included.' }),
    to: t.expose('to', { type: 'DateTime', description: 'Its end, not included.' }),
  }),
});
