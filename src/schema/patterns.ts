import { UNUSUAL_COUNT_MIN, UNUSUAL_SAMPLE, type UnusualValue as UnusualValueShape } from '../db/stats/unusual.ts';
import { LEVELS } from '../log/level.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { BUCKETS_MAX } from '../resolvers/bars.ts';
import { readsRows } from '../resolvers/counted-rows.ts';
import {
  exampleOf,
  type PatternReport as PatternReportShape,
  type Pattern as PatternShape,
  patternBars,
  patterns,
  SAMPLE_MAX,
  totalOf,
  unusual,
} from '../resolvers/patterns.ts';
import { builder, costs } from './builder.ts';
import { LogField } from './field-ref.ts';
import { LogFilter } from './filter.ts';
import { LogLevel } from './level.ts';
import { Log } from './references.ts';
import { LAST_DAY, TimeRangeInput } from './time.ts';

/** Two samples and a thread that sorts them cost as much as so many statements. */
const SORTING_COST = 10;

const Pattern = builder.objectRef<PatternShape>('Pattern');
Pattern.implement({
  description:
    'Messages that are alike but for their variable parts. Only the first line of a message counts. Numbers, ids, addresses, times, paths and quoted texts always count as variable.',
  fields: (t) => ({
    template: t.exposeString('template', { description: 'The message, with `<*>` for each variable part.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'The number of its records in the sample.' }),
    share: t.exposeFloat('share', { description: '`count` divided by the size of the sample: 0 to 1.' }),
    highestLevel: t.field({
      type: LogLevel,
      description: 'The highest level of its records in the sample.',
      resolve: ({ highestLevel }) => LEVELS[highestLevel]!,
    }),
    services: t.stringList({
      description: 'The services of its records in the sample, by name.',
      resolve: ({ services }) => Array.from(services).sort(),
    }),
    firstSeen: t.expose('firstSeen', {
      type: 'DateTime',
      description: 'The timestamp of its earliest record in the sample.',
    }),
    lastSeen: t.field({
      type: 'DateTime',
      description: 'The timestamp of its latest record in the sample.',
      resolve: ({ newest }) => newest.timestamp,
    }),
    example: t.field({
      ...costs({ statements: 1 }),
      type: Log,
      nullable: true,
      description: 'Its latest record in the sample. Null if it has been removed meanwhile.',
      resolve: (pattern, _, context) => exampleOf(pattern, context),
    }),
    baselineCount: t.expose('baselineCount', {
      type: 'SafeInt',
      nullable: true,
      description:
        'The number of its records in a sample of `baseline`: 0 if the pattern is new. Null without `baseline`. The samples have the same size, so a rare pattern may be missing in one of them by chance.',
    }),
    query: t.exposeString('query', {
      description:
        'In the search language: finds all records of the pattern, and perhaps some others that contain the same texts.',
    }),
    bars: t.field({
      ...costs({ size: ({ buckets }) => buckets }),
      type: ['SafeInt'],
      nullable: true,
      description:
        'The number of its records in the sample in each of `buckets` equal parts of the time range, oldest first.',
      args: {
        buckets: t.arg.int({
          required: true,
          defaultValue: 24,
          description: `The number of parts, 1 to ${BUCKETS_MAX}.`,
        }),
      },
      resolve: (pattern, { buckets }) => patternBars(pattern, buckets),
    }),
  }),
});

const PatternReport = builder.objectRef<PatternReportShape>('PatternReport');
PatternReport.implement({
  description: 'The patterns of a sample of records.',
  fields: (t) => ({
    sampled: t.expose('sampled', { type: 'SafeInt', description: 'The number of records in the sample.' }),
    total: t.field({
      ...costs({ statements: 1, reads: 'counts' }),
      type: 'SafeInt',
      nullable: true,
      description: 'The number of records that match. It is counted only if it is selected.',
      resolve: (report, _, context) => totalOf(report, context),
    }),
    patterns: t.expose('patterns', {
      ...costs({ size: 'page' }),
      type: [Pattern],
      description: 'The patterns with the most records in the sample, the most common one first.',
    }),
  }),
});

const time = {
  type: TimeRangeInput,
  required: true,
  defaultValue: LAST_DAY,
  description: 'The time range of the records.',
} as const;

builder.queryField('patterns', (t) =>
  t.field({
    ...costs({
      statements: SORTING_COST,
      reads: 'rows',
      countsRows: ({ filter }, scope) => readsRows(filter, scope),
      page: ({ first }) => first,
    }),
    type: PatternReport,
    nullable: true,
    description:
      'Sorts messages into patterns, by the algorithm Drain. It reads an even sample of the records that match: slices of time that are spread evenly over the range, or all records if they are few or an index finds them.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records. If omitted, all.' }),
      time: t.arg(time),
      first: t.arg.int({
        required: true,
        defaultValue: 50,
        description: `The most patterns to return, 0 to ${PAGE_MAX}.`,
      }),
      sample: t.arg.int({
        required: true,
        defaultValue: 20_000,
        description: `The most records to look at, 1 to ${SAMPLE_MAX}. When they are rare in a very long range, the sample is smaller than it could be.`,
      }),
      baseline: t.arg({
        type: TimeRangeInput,
        description: 'Another time range, to tell which patterns are new: see `Pattern.baselineCount`.',
      }),
    },
    resolve: (_, args, context) => patterns(args, context),
  }),
);

const UnusualValue = builder.objectRef<UnusualValueShape>('UnusualValue');
UnusualValue.implement({
  description: 'A value that is more common in some records than in others: of a field, or of an attribute.',
  fields: (t) => ({
    field: t.expose('field', { type: LogField, nullable: true, description: 'The field. Null for an attribute.' }),
    attribute: t.exposeStringList('attribute', {
      nullable: true,
      description: 'The path of the attribute: one key. Null for a field.',
    }),
    value: t.exposeString('value', { description: 'The value. A number or a boolean is shown as JSON.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'The number of records with it under `filter`.' }),
    outside: t.expose('outside', { type: 'SafeInt', description: 'The number of records with it under `against`.' }),
    lift: t.exposeFloat('lift', {
      description:
        'How many times as common it is: its share of the records under `filter` divided by its share of those under `against`. Where `outside` is 0, the lift is computed as if it were 1.',
    }),
  }),
});

builder.queryField('unusual', (t) =>
  t.field({
    ...costs({ statements: SORTING_COST, reads: 'rows', size: ({ first }) => first }),
    type: [UnusualValue],
    nullable: true,
    description:
      `Values of fields, and of attributes at the top, that are more common under \`filter\` than under \`against\` in the same time range, the highest lift first: those with at least ${UNUSUAL_COUNT_MIN} records. ` +
      `It counts in even samples of ${UNUSUAL_SAMPLE} records on each side, so the counts are exact if fewer match. Values of more than 200 characters are left out.`,
    args: {
      filter: t.arg({ type: LogFilter, required: true, description: 'The records to explain.' }),
      against: t.arg({
        type: LogFilter,
        description: 'The records to compare with. If omitted, all records that do not match `filter`.',
      }),
      time: t.arg(time),
      first: t.arg.int({
        required: true,
        defaultValue: 20,
        description: `The most values to return, 0 to ${PAGE_MAX}.`,
      }),
    },
    resolve: (_, args, context) => unusual(args, context),
  }),
);
