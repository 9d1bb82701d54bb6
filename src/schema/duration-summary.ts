import type { DurationSummary as DurationSummaryShape } from '../db/stats/stats.ts';
import { builder } from './builder.ts';

export const DurationSummary = builder.objectRef<DurationSummaryShape>('DurationSummary');
DurationSummary.implement({
  description:
    'Durations in milliseconds, over the records that have `durationMs`. All fields except `count` are null if no record has one.',
  fields: (t) => ({
    count: t.expose('count', { type: 'SafeInt', description: 'The number of records that have a duration.' }),
    avg: t.exposeFloat('avg', { nullable: true, description: 'The mean.' }),
    p50: t.exposeFloat('p50', { nullable: true, description: '50 % took this long or less.' }),
    p95: t.exposeFloat('p95', { nullable: true, description: '95 % took this long or less.' }),
    p99: t.exposeFloat('p99', { nullable: true, description: '99 % took this long or less.' }),
    max: t.exposeFloat('max', { nullable: true, description: 'The longest duration.' }),
  }),
});
