import type { LlmTotals as LlmTotalsShape } from '../db/llm/totals.ts';
import type {
  LlmBarGroup as LlmBarGroupShape,
  LlmBucket as LlmBucketShape,
  LlmGroup as LlmGroupShape,
} from '../db/stats/llm-stats.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { type LlmStats as LlmStatsShape, queryLlmStats, readsCalls } from '../resolvers/llm-stats.ts';
import { namesBelow } from '../resolvers/selected-fields.ts';
import { barCount, barsArgs } from './bars.ts';
import { builder, costs } from './builder.ts';
import { DurationSummary } from './duration-summary.ts';
import { FieldRef } from './field-ref.ts';
import { LogFilter } from './filter.ts';
import { LAST_DAY, TimeRange, TimeRangeInput } from './time.ts';

export const LlmTotals = builder.objectRef<LlmTotalsShape>('LlmTotals');
LlmTotals.implement({
  description:
    'Sums over model calls that are `counted`: those that went to a model itself. A sum of tokens beyond 2^53 - 1 is given as that number.',
  fields: (t) => {
    const sum = (name: Exclude<keyof LlmTotalsShape, 'costUsd'>, description: string) =>
      t.expose(name, { type: 'SafeInt', description });
    return {
      calls: sum('calls', 'The number of calls.'),
      errors: sum('errors', 'The number of calls whose record has an error, as `LogFilter.hasError` says.'),
      inputTokens: sum('inputTokens', 'All tokens that were sent, including those that came from a cache.'),
      outputTokens: sum('outputTokens', 'All tokens of the answers, including those of reasoning.'),
      cacheReadTokens: sum('cacheReadTokens', "Of `inputTokens`: read from the providers' caches."),
      cacheCreationTokens: sum('cacheCreationTokens', "Of `inputTokens`: written to the providers' caches."),
      reasoningTokens: sum('reasoningTokens', 'Of `outputTokens`: spent on reasoning.'),
      costUsd: t.exposeFloat('costUsd', {
        description:
          'What the calls cost, in US dollars, without those that have no cost. Costs are added as whole billionths of a dollar, so the sum is exact.',
      }),
      unpriced: sum('unpriced', 'The number of calls that have no cost.'),
    };
  },
});

const LlmGroup = builder.objectRef<LlmGroupShape>('LlmGroup');
LlmGroup.implement({
  description: 'The model calls with one value of a field.',
  fields: (t) => ({
    value: t.exposeString('value', { nullable: true, description: 'The value. Null for calls without a value.' }),
    totals: t.expose('totals', { type: LlmTotals, description: 'The sums over these calls.' }),
    durations: t.expose('durations', {
      type: DurationSummary,
      nullable: true,
      description: 'How long these calls took, in milliseconds.',
    }),
  }),
});

const LlmBarGroup = builder.objectRef<LlmBarGroupShape>('LlmBarGroup');
LlmBarGroup.implement({
  description: 'The model calls of a bar that have one value, or the rest of them.',
  fields: (t) => ({
    value: t.exposeString('value', {
      nullable: true,
      description: 'The value. Null for calls without a value, and for the rest.',
    }),
    rest: t.exposeBoolean('rest', {
      description: 'True for the last group: the calls whose value has no group of its own.',
    }),
    totals: t.expose('totals', { type: LlmTotals, description: 'The sums over these calls. They may all be 0.' }),
  }),
});

const LlmBucket = builder.objectRef<LlmBucketShape>('LlmBucket');
LlmBucket.implement({
  description: 'The model calls of one bar: from `start` (inclusive) to `end` (exclusive).',
  fields: (t) => ({
    start: t.expose('start', { type: 'DateTime', description: 'The start of the bar, inclusive.' }),
    end: t.expose('end', { type: 'DateTime', description: 'The end of the bar, exclusive.' }),
    totals: t.expose('totals', { type: LlmTotals, description: 'The sums over the calls of the bar.' }),
    durations: t.expose('durations', {
      type: DurationSummary,
      nullable: true,
      description: 'How long the calls of the bar took, in milliseconds.',
    }),
    groups: t.expose('groups', {
      ...costs({ size: 'page' }),
      type: [LlmBarGroup],
      nullable: true,
      description:
        'The calls of the bar by the values of the field `by` of `bars`: the dearest values over the whole range, in the same order in every bar, then the rest. ' +
        'Their sums add up to `totals`. Null without `by`.',
    }),
  }),
});

const LlmStats = builder.objectRef<LlmStatsShape>('LlmStats');
LlmStats.implement({
  description:
    'Sums over the model calls of the records that match a filter and a time range. Only calls that are `counted` are summed. All fields of one `LlmStats` are read in one snapshot, so they agree with each other. A field costs nothing if it is not selected.',
  fields: (t) => {
    const ofRows = costs({ statements: 1, reads: 'rows' });
    return {
      range: t.field({
        type: TimeRange,
        description: 'The range of the calls. If it has no `from`, it starts at the oldest record.',
        resolve: (stats) => stats.range(),
      }),
      totals: t.field({
        ...costs({ statements: 1, reads: 'counts' }),
        type: LlmTotals,
        description: 'The sums over all calls.',
        resolve: (stats) => stats.totals(),
      }),
      durations: t.field({
        ...ofRows,
        type: DurationSummary,
        nullable: true,
        description: 'How long the calls took, in milliseconds.',
        resolve: (stats) => stats.durations(),
      }),
      timeToFirstToken: t.field({
        ...ofRows,
        type: DurationSummary,
        nullable: true,
        description: 'How long it took until the first token of the answer came, in milliseconds.',
        resolve: (stats) => stats.timeToFirstToken(),
      }),
      groups: t.field({
        // The percentiles of `durations` are read from the calls.
        ...costs({ statements: 1, reads: 'rows', size: ({ first }) => first }),
        type: [LlmGroup],
        nullable: true,
        description:
          'The calls by the values of a field or an attribute. The dearest values come first, then those with most calls, then by value.',
        args: {
          by: t.arg({ type: FieldRef, required: true, description: 'The field or attribute.' }),
          first: t.arg.int({
            required: true,
            defaultValue: 20,
            description: `The most items to return, 0 to ${PAGE_MAX}.`,
          }),
        },
        resolve: (stats, args, _, info) => stats.groups(args, namesBelow(info).has('durations')),
      }),
      bars: t.field({
        ...costs({
          statements: 1,
          reads: 'rows',
          size: barCount,
          page: ({ first }) => (Number(first) < PAGE_MAX ? Number(first) + 1 : first),
        }),
        type: [LlmBucket],
        nullable: true,
        description:
          'All bars of the range, also those without calls, oldest first. They start and end as those of `LogStats.bars` with the same arguments.',
        args: {
          ...barsArgs(60),
          by: t.arg({
            type: FieldRef,
            description: 'A field or an attribute: `groups` then sums by its values in each bar.',
          }),
          first: t.arg.int({
            required: true,
            defaultValue: 8,
            description: `The most values in \`groups\`, beside the rest: 0 to ${PAGE_MAX}.`,
          }),
        },
        resolve: (stats, args, _, info) => stats.bars(args, namesBelow(info)),
      }),
    };
  },
});

builder.queryField('llmStats', (t) =>
  t.field({
    ...costs({ countsRows: ({ filter }, scope) => readsCalls(filter, scope) }),
    type: LlmStats,
    nullable: true,
    description:
      'Calls, errors, tokens and costs of the model calls of the records that match a filter and a time range.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records. If omitted, all.' }),
      time: t.arg({
        type: TimeRangeInput,
        required: true,
        defaultValue: LAST_DAY,
        description: 'The time range of the records.',
      }),
    },
    resolve: (_, args, context) => queryLlmStats(args, context),
  }),
);
