import { type Facet, isRolledUp } from '../db/stats/facets.ts';
import type {
  BarGroup as BarGroupShape,
  StatsBucket as StatsBucketShape,
  ValueCount as ValueCountShape,
} from '../db/stats/stats.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { type BarsArguments, BUCKETS_MAX } from '../resolvers/bars.ts';
import { readsRows } from '../resolvers/counted-rows.ts';
import { argumentsBelow, namesBelow } from '../resolvers/selected-fields.ts';
import {
  type ErrorGroup as ErrorGroupShape,
  errorRate,
  type LogStats as LogStatsShape,
  levelCounts,
  queryStats,
  ratePerSecond,
  total,
} from '../resolvers/stats.ts';
import { barCount, barsArgs } from './bars.ts';
import { builder, costs } from './builder.ts';
import { DurationSummary } from './duration-summary.ts';
import { FieldRef } from './field-ref.ts';
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

const BarGroup = builder.objectRef<BarGroupShape>('BarGroup');
BarGroup.implement({
  description: 'The records of a bar that have one value, or the rest of them.',
  fields: (t) => ({
    value: t.exposeString('value', {
      nullable: true,
      description: 'The value. Null for records without a value, and for the rest.',
    }),
    rest: t.exposeBoolean('rest', {
      description: 'True for the last group: the records whose value has no group of its own.',
    }),
    count: t.expose('count', { type: 'SafeInt', description: 'The number of records in the bar. It may be 0.' }),
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
    groups: t.expose('groups', {
      ...costs({ size: 'page' }),
      type: [BarGroup],
      nullable: true,
      description:
        'The records of the bar by the values of the field `by` of `bars`: its most common values over the whole range, in the same order in every bar, then the rest. ' +
        'Their sum is `total`. Null without `by`.',
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
    bars: t.field({
      ...costs({ statements: 1, size: barCount }),
      type: ['SafeInt'],
      nullable: true,
      description:
        'The number of these records in each bar that `LogStats.bars` returns for the same arguments. The sum is `count`.',
      args: barsArgs(24),
      resolve: (group, args) => group.bars(args),
    }),
  }),
});

/** Of a field that returns `LogStats` under its argument `filter`. */
export const statsCost = costs({ countsRows: ({ filter }, scope) => readsRows(filter, scope) });

export const LogStats = builder.objectRef<LogStatsShape>('LogStats');
LogStats.implement({
  description:
    'Counts of the records that match a filter and a time range. All fields of one `LogStats` are read in one snapshot, so they agree with each other. A field costs nothing if it is not selected.',
  fields: (t) => {
    const size = (defaultValue: number) =>
      t.arg.int({ required: true, defaultValue, description: `The most items to return, 0 to ${PAGE_MAX}.` });
    const byFirst = costs({ statements: 1, reads: 'counts', size: ({ first }) => first });
    return {
      range: t.field({
        type: TimeRange,
        description: 'The range that was counted. If it has no `from`, it starts at the oldest record.',
        resolve: (stats) => stats.range(),
      }),
      total: t.field({
        ...costs({ statements: 1, reads: 'counts' }),
        type: 'SafeInt',
        description: 'The number of records.',
        resolve: total,
      }),
      errorRate: t.field({
        ...costs({ statements: 1, reads: 'counts' }),
        type: 'Float',
        description: 'Records at ERROR or above divided by all records: 0 to 1. 0 if there are no records.',
        resolve: errorRate,
      }),
      ratePerSecond: t.field({
        ...costs({ statements: 1, reads: 'counts' }),
        type: 'Float',
        description: 'Records divided by the seconds of the range up to now. 0 if no time of the range has passed.',
        resolve: ratePerSecond,
      }),
      byLevel: t.field({
        ...costs({ statements: 1, reads: 'counts', size: 6 }),
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
        ...costs({ statements: 1, reads: 'counts', size: ({ buckets }) => buckets }),
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
      bars: t.field({
        ...costs({
          statements: 1,
          reads: 'counts',
          countsRows: ({ by }) => by != null && !isRolledUp(by as Facet),
          size: barCount,
          // Beside the values, the rest. A longer list is rejected.
          page: ({ first }) => (Number(first) < PAGE_MAX ? Number(first) + 1 : first),
        }),
        type: [StatsBucket],
        nullable: true,
        description:
          'All bars of the range, also empty ones, oldest first. Up to 12 hours, a bar starts where the clocks of `timeZone` show a multiple of its width since midnight. ' +
          'Bars of 7 and 14 days start on Mondays, bars of other days at midnight, counted from 1970-01-01. A day may have 23 or 25 hours. An hour that the clocks show twice ' +
          'makes two bars if the width is an hour or less. Otherwise it belongs to the bar that it begins in. The first and last bar count only records in the range, so the sum of all bars is `total`.',
        args: {
          ...barsArgs(60),
          by: t.arg({
            type: FieldRef,
            description: 'A field or an attribute: `groups` then counts its values in each bar.',
          }),
          first: t.arg.int({
            required: true,
            defaultValue: 8,
            description: `The most values in \`groups\`, beside the rest: 0 to ${PAGE_MAX}.`,
          }),
        },
        resolve: (stats, args, _, info) => stats.bars(args, namesBelow(info).has('groups')),
      }),
      topErrors: t.field({
        ...costs({ statements: 1, reads: 'rows', size: ({ first }) => first }),
        type: [ErrorGroup],
        nullable: true,
        description: 'The most common errors: records at ERROR or above, grouped by error type, service and component.',
        args: { first: size(10) },
        resolve: (stats, { first }, _, info) =>
          stats.topErrors(first, argumentsBelow(info, 'bars') as unknown as BarsArguments[]),
      }),
      activeUsers: t.field({
        ...costs({ statements: 1, reads: 'rows' }),
        type: 'SafeInt',
        nullable: true,
        description: 'The number of different user ids.',
        resolve: (stats) => stats.activeUsers(),
      }),
      durations: t.field({
        ...costs({ statements: 1, reads: 'rows' }),
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
    ...statsCost,
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
