import type {
  DurationSummary as DurationSummaryShape,
  ErrorGroup as ErrorGroupShape,
  StatsBucket as StatsBucketShape,
  ValueCount as ValueCountShape,
} from '../db/stats/stats.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import {
  BUCKETS_MAX,
  errorRate,
  type LogStats as LogStatsShape,
  levelCounts,
  queryStats,
  ratePerSecond,
  total,
} from '../resolvers/stats.ts';
import { builder, costs } from './builder.ts';
import { LogFilter } from './filter.ts';
import { LevelCount } from './level.ts';
import { Log } from './references.ts';

import { LAST_DAY, TimeRange, TimeRangeInput } from './time.ts';

export const ValueCount = builder.objectRef<ValueCountShape>('ValueCount');
ValueCount.implement({
  description:
    'How many records have one value. In lists the most common comes first; equal counts are in order of the value.',
  fields: (t) => ({
    value: t.exposeString('value', { nullable: true, description: 'The value; null: the records without one.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'Its records.' }),
  }),
});

const StatsBucket = builder.objectRef<StatsBucketShape>('StatsBucket');
StatsBucket.implement({
  description: 'One bar of a histogram: from `start` (included) to `end` (not included).',
  fields: (t) => ({
    start: t.expose('start', { type: 'DateTime', description: 'Begin of the bar, included.' }),
    end: t.expose('end', { type: 'DateTime', description: 'End of the bar, not included.' }),
    total: t.expose('total', { type: 'SafeInt', description: 'Records in the bar.' }),
    errorCount: t.expose('errorCount', { type: 'SafeInt', description: 'Records at ERROR or above in the bar.' }),
    byLevel: t.field({
      ...costs({ size: 6 }),
      type: [LevelCount],
      description: 'All six levels, lowest first, also those without records.',
      resolve: ({ byLevel }) => levelCounts(byLevel),
    }),
  }),
});

const ErrorGroup = builder.objectRef<ErrorGroupShape>('ErrorGroup');
ErrorGroup.implement({
  description: 'Records at ERROR or above that look alike: the same error type, service and component.',
  fields: (t) => ({
    errorType: t.exposeString('errorType', { nullable: true, description: 'Their error type; null: they have none.' }),
    service: t.exposeString('service', { description: 'The service that they come from.' }),
    component: t.exposeString('component', { nullable: true, description: 'The component that they come from.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'How many there are in the range.' }),
    firstSeen: t.expose('firstSeen', { type: 'DateTime', description: 'Timestamp of the earliest in the range.' }),
    lastSeen: t.expose('lastSeen', { type: 'DateTime', description: 'Timestamp of the latest in the range.' }),
    sample: t.expose('sample', { type: Log, nullable: true, description: 'The newest of them, whole.' }),
  }),
});

const DurationSummary = builder.objectRef<DurationSummaryShape>('DurationSummary');
DurationSummary.implement({
  description:
    'How long things took, in milliseconds, over the records that carry `durationMs`. All but `count` are null where none does.',
  fields: (t) => ({
    count: t.expose('count', { type: 'SafeInt', description: 'Records that carry a duration.' }),
    avg: t.exposeFloat('avg', { nullable: true, description: 'Their mean.' }),
    p50: t.exposeFloat('p50', { nullable: true, description: 'Half of them took this long or less.' }),
    p95: t.exposeFloat('p95', { nullable: true, description: '95 of 100 took this long or less.' }),
    p99: t.exposeFloat('p99', { nullable: true, description: '99 of 100 took this long or less.' }),
    max: t.exposeFloat('max', { nullable: true, description: 'The longest.' }),
  }),
});

export const LogStats = builder.objectRef<LogStatsShape>('LogStats');
LogStats.implement({
  description:
    'Counts over a filter and a range of time. All fields of one `LogStats` are read in one snapshot, so they agree with each other; each costs only when it is asked for.',
  fields: (t) => {
    const size = (defaultValue: number) =>
      t.arg.int({ required: true, defaultValue, description: `So many at most, 1 to ${PAGE_MAX}.` });
    const byFirst = costs({ statements: 1, size: ({ first }) => first });
    return {
      range: t.field({
        type: TimeRange,
        description: 'The range that was counted. Where it was left open at its begin: from the oldest record on.',
        resolve: (stats) => stats.range(),
      }),
      total: t.field({
        ...costs({ statements: 1 }),
        type: 'SafeInt',
        description: 'All records of the range.',
        resolve: total,
      }),
      errorRate: t.field({
        ...costs({ statements: 1 }),
        type: 'Float',
        description: 'Records at ERROR or above over all records, 0 to 1; 0 where there are none.',
        resolve: errorRate,
      }),
      ratePerSecond: t.field({
        ...costs({ statements: 1 }),
        type: 'Float',
        description: 'Records over the seconds of the range; 0 for an empty range.',
        resolve: ratePerSecond,
      }),
      byLevel: t.field({
        ...costs({ statements: 1, size: 6 }),
        type: [LevelCount],
        description: 'All six levels, lowest first, also those without records.',
        resolve: (stats) => levelCounts(stats.byLevel()),
      }),
      byService: t.field({
        ...byFirst,
        type: [ValueCount],
        nullable: true,
        description: 'The services with the most records.',
        args: { first: size(20) },
        resolve: (stats, { first }) => stats.byService(first),
      }),
      byComponent: t.field({
        ...byFirst,
        type: [ValueCount],
        nullable: true,
        description: 'The components with the most records.',
        args: { first: size(20) },
        resolve: (stats, { first }) => stats.byComponent(first),
      }),
      histogram: t.field({
        ...costs({ statements: 1, size: ({ buckets }) => buckets }),
        type: [StatsBucket],
        nullable: true,
        description:
          'Every bar of the range, the empty ones too, oldest first. Bars are of a round width (1s, 5s, 15s, 1m, 5m, 15m, 1h, 6h, 1d, 7d ...), the narrowest that gives at most `buckets` of them, ' +
          'and start at multiples of it in UTC. The bars at both ends count only what lies in the range, so that all add up to `total`.',
        args: {
          buckets: t.arg.int({ required: true, defaultValue: 60, description: `Bars at most, 1 to ${BUCKETS_MAX}.` }),
        },
        resolve: (stats, { buckets }) => stats.histogram(buckets),
      }),
      topErrors: t.field({
        ...byFirst,
        type: [ErrorGroup],
        nullable: true,
        description: 'The errors that occur most: records at ERROR or above, grouped by what they look like.',
        args: { first: size(10) },
        resolve: (stats, { first }) => stats.topErrors(first),
      }),
      activeUsers: t.field({
        ...costs({ statements: 1 }),
        type: 'SafeInt',
        nullable: true,
        description: 'How many different user ids were seen.',
        resolve: (stats) => stats.activeUsers(),
      }),
      durations: t.field({
        ...costs({ statements: 1 }),
        type: DurationSummary,
        nullable: true,
        description: 'How long things took.',
        resolve: (stats) => stats.durations(),
      }),
    };
  },
});

builder.queryField('stats', (t) =>
  t.field({
    type: LogStats,
    nullable: true,
    description: 'Counts over a filter and a range of time: how much, how bad, from where.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records; left out: all.' }),
      time: t.arg({ type: TimeRangeInput, required: true, defaultValue: LAST_DAY, description: 'When they happened.' }),
    },
    resolve: (_, args, context) => queryStats(args, context),
  }),
);
