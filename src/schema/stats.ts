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
    'The number of records with one value. In lists, the most common value comes first. Values with equal counts are ordered by value.',
  fields: (t) => ({
    value: t.exposeString('value', { nullable: true, description: 'The value. Null for records without a value.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'The number of records.' }),
  }),
});

const StatsBucket = builder.objectRef<StatsBucketShape>('StatsBucket');
StatsBucket.implement({
  description: 'One bar of a histogram: from `start` (inclusive) to `end` (exclusive).',
  fields: (t) => ({
    start: t.expose('start', { type: 'DateTime', description: 'The start of the bar, inclusive.' }),
    end: t.expose('end', { type: 'DateTime', description: 'The end of the bar, exclusive.' }),
    total: t.expose('total', { type: 'SafeInt', description: 'The number of records in the bar.' }),
    errorCount: t.expose('errorCount', {
      type: 'SafeInt',
      description: 'The number of records at ERROR or above in the bar.',
    }),
    byLevel: t.field({
      ...costs({ size: 6 }),
      type: [LevelCount],
      description: 'The counts of all six levels, lowest first, also of levels without records.',
      resolve: ({ byLevel }) => levelCounts(byLevel),
    }),
  }),
});

const ErrorGroup = builder.objectRef<ErrorGroupShape>('ErrorGroup');
ErrorGroup.implement({
  description: 'Records at ERROR or above with the same error type, service and component.',
  fields: (t) => ({
    errorType: t.exposeString('errorType', {
      nullable: true,
      description: 'Their error type. Null if they have none.',
    }),
    service: t.exposeString('service', { description: 'The service that wrote them.' }),
    component: t.exposeString('component', { nullable: true, description: 'The component that wrote them.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'The number of these records in the range.' }),
    firstSeen: t.expose('firstSeen', {
      type: 'DateTime',
      description: 'The timestamp of the earliest one in the range.',
    }),
    lastSeen: t.expose('lastSeen', { type: 'DateTime', description: 'The timestamp of the latest one in the range.' }),
    sample: t.expose('sample', { type: Log, nullable: true, description: 'The newest of these records.' }),
  }),
});

const DurationSummary = builder.objectRef<DurationSummaryShape>('DurationSummary');
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

export const LogStats = builder.objectRef<LogStatsShape>('LogStats');
LogStats.implement({
  description:
    'Counts of the records that match a filter and a time range. All fields of one `LogStats` are read in one snapshot, so they agree with each other. A field costs nothing if it is not selected.',
  fields: (t) => {
    const size = (defaultValue: number) =>
      t.arg.int({ required: true, defaultValue, description: `The most items to return, 0 to ${PAGE_MAX}.` });
    const byFirst = costs({ statements: 1, size: ({ first }) => first });
    return {
      range: t.field({
        type: TimeRange,
        description: 'The range that was counted. If it has no `from`, it starts at the oldest record.',
        resolve: (stats) => stats.range(),
      }),
      total: t.field({
        ...costs({ statements: 1 }),
        type: 'SafeInt',
        description: 'The number of records.',
        resolve: total,
      }),
      errorRate: t.field({
        ...costs({ statements: 1 }),
        type: 'Float',
        description: 'Records at ERROR or above divided by all records: 0 to 1. 0 if there are no records.',
        resolve: errorRate,
      }),
      ratePerSecond: t.field({
        ...costs({ statements: 1 }),
        type: 'Float',
        description: 'Records divided by the seconds of the range. 0 if the range is empty.',
        resolve: ratePerSecond,
      }),
      byLevel: t.field({
        ...costs({ statements: 1, size: 6 }),
        type: [LevelCount],
        description: 'The counts of all six levels, lowest first, also of levels without records.',
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
          'All bars of the range, also empty ones, oldest first. The width of a bar is the smallest of 1s, 5s, 15s, 1m, 5m, 15m, 1h, 6h, 1d, 7d ... that gives at most `buckets` bars. ' +
          'Bars start at multiples of the width in UTC. The first and last bar count only records in the range, so the sum of all bars is `total`.',
        args: {
          buckets: t.arg.int({ required: true, defaultValue: 60, description: `The most bars, 1 to ${BUCKETS_MAX}.` }),
        },
        resolve: (stats, { buckets }) => stats.histogram(buckets),
      }),
      topErrors: t.field({
        ...byFirst,
        type: [ErrorGroup],
        nullable: true,
        description: 'The most common errors: records at ERROR or above, grouped by error type, service and component.',
        args: { first: size(10) },
        resolve: (stats, { first }) => stats.topErrors(first),
      }),
      activeUsers: t.field({
        ...costs({ statements: 1 }),
        type: 'SafeInt',
        nullable: true,
        description: 'The number of different user ids.',
        resolve: (stats) => stats.activeUsers(),
      }),
      durations: t.field({
        ...costs({ statements: 1 }),
        type: DurationSummary,
        nullable: true,
        description: 'Durations, in milliseconds.',
        resolve: (stats) => stats.durations(),
      }),
    };
  },
});

builder.queryField('stats', (t) =>
  t.field({
    type: LogStats,
    nullable: true,
    description: 'Counts of the records that match a filter and a time range: by level, service, time, error and more.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records. If omitted, all.' }),
      time: t.arg({
        type: TimeRangeInput,
        required: true,
        defaultValue: LAST_DAY,
        description: 'The time range of the records.',
      }),
    },
    resolve: (_, args, context) => queryStats(args, context),
  }),
);
