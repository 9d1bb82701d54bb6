import fc, { type Arbitrary } from 'fast-check';
import { coerceInputValue, type GraphQLInputType } from 'graphql';
import { encodeChainCursor, encodeLogId, encodePageCursor, encodeRunCursor } from '../../src/log/cursor.ts';
import { FACET_FIELDS, SURROUNDING_FIELDS } from '../../src/log/fields.ts';
import type { LogFilterInput } from '../../src/log/filter/filter.ts';
import type { NewRecord } from '../../src/log/record.ts';
import type { Timestamp } from '../../src/log/time.ts';
import { schema } from '../../src/schema/index.ts';
import { filterOver } from './arbitrary-filters.ts';
import type { Coordinate } from './every-field.ts';

export type Arguments = Record<Coordinate, Record<string, unknown>>;

/** The time of all records: [from, to). */
interface Times {
  from: Timestamp;
  to: Timestamp;
}

const few = fc.integer({ min: 0, max: 5 });
const maybe = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const absent = fc.constant(undefined);

/** The arbitrary filters may compare a status with a number that is no Int. */
function isValid(filter: LogFilterInput): boolean {
  let valid = true;
  coerceInputValue(filter, schema.getType('LogFilter') as GraphQLInputType, () => {
    valid = false;
  });
  return valid;
}

/**
 * Values for all arguments of the API, about these records. Each has every argument of its field as a key, so that a test can
 * tell when one is missing here. The end of each time is given: without one it would be the clock's.
 */
export function argumentsOver(records: readonly NewRecord[], { from, to }: Times): Arbitrary<Arguments> {
  const one = fc.constantFrom(...records);
  const valuesOf = (field: keyof NewRecord): Arbitrary<unknown> => one.map((record) => record[field] ?? 'none');
  const id = one.map(encodeLogId);
  const filter = maybe(filterOver(records).filter(isValid));
  const time = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ to }) },
    fc.constantFrom('30m', '2h', '1d').map((last) => ({ last, to })),
    fc.tuple(one, one).map(([{ timestamp: a }, { timestamp: b }]) => (a < b ? { from: a, to: b } : { from: b, to: a })),
    fc.constant({ from, to }),
  );
  const cursor = maybe(one.map(encodePageCursor));
  const page = fc.oneof(
    fc.record({ first: few, after: cursor, last: absent, before: cursor }),
    fc.record({ first: absent, after: cursor, last: few, before: cursor }),
  );
  const paged = <T extends object>(others: Arbitrary<T>) => fc.tuple(others, page).map(([a, b]) => ({ ...a, ...b }));
  const facet = fc.oneof(
    fc.constantFrom('LEVEL', ...Object.keys(FACET_FIELDS)).map((field) => ({ field })),
    fc.constantFrom(['a'], ['a', 'b'], ['team']).map((attribute) => ({ attribute })),
  );
  const bars = {
    buckets: fc.integer({ min: 1, max: 12 }),
    width: maybe(fc.constantFrom('30m', '1h', '6h')),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
  };
  const previewOver = fc
    .record({
      measure: fc.constantFrom('COUNT', 'ERROR_RATE', 'ABSENCE', 'NEW_ERROR', 'LLM_COST_USD'),
      query: fc.constantFrom('', 'level:>=error', 'llm:*'),
      window: fc.constantFrom('1m', '30m', '1h'),
    })
    .map((rule) => ({ ...rule, threshold: /ABSENCE|NEW/.test(rule.measure) ? null : 0.5 }));
  const first = fc.record({ first: few });
  const runNames = fc.subarray(['leads', 'orders'], { minLength: 1 });
  return fc.record({
    'Query.node': fc.record({ id }),
    'Query.nodes': fc.record({ ids: fc.array(id, { maxLength: 12 }) }),
    'Query.log': fc.record({ id }),
    'Query.logs': paged(
      fc.record({ filter, time: maybe(time), order: fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST') }),
    ),
    'Log.surrounding': fc.record({
      before: few,
      after: few,
      by: fc.subarray(Object.keys(SURROUNDING_FIELDS), { maxLength: 2 }),
      within: fc.constantFrom('10m', '1h', '1d'),
    }),
    'Query.correlation': fc.record({ correlationId: valuesOf('correlationId') }),
    'Query.correlations': fc.record({
      ...{ filter, time, first: few },
      after: maybe(
        one.map(({ timestamp, correlationId }) =>
          encodeChainCursor({ timestamp, correlationId: correlationId ?? 'none' }),
        ),
      ),
    }),
    'Correlation.userIds': first,
    'Correlation.steps': first,
    'Correlation.logs': paged(fc.record({ filter })),
    'Query.pipeline': fc.record({ pipelineId: valuesOf('pipelineId') }),
    'Query.pipelines': fc.record({
      ...{ time, first: few, after: maybe(one.map(encodeRunCursor)) },
      statuses: maybe(fc.subarray(['RUNNING', 'STALLED', 'SUCCEEDED'])),
      names: maybe(runNames),
      services: maybe(fc.array(valuesOf('service'), { minLength: 1, maxLength: 3 })),
    }),
    'Pipeline.stages': first,
    'Pipeline.logs': paged(fc.record({ filter })),
    'Query.stats': fc.record({ filter, time }),
    'LogStats.byService': first,
    'LogStats.byComponent': first,
    'LogStats.histogram': fc.record({ buckets: fc.integer({ min: 1, max: 12 }) }),
    'LogStats.bars': fc.record({ ...bars, by: maybe(facet), first: few }),
    'LogStats.topErrors': first,
    'ErrorGroup.bars': fc.record(bars),
    'Query.llmStats': fc.record({ filter, time }),
    'LlmStats.groups': fc.record({ by: facet, first: few }),
    'LlmStats.bars': fc.record({ ...bars, by: maybe(facet), first: few }),
    'Query.alertPreview': fc.record({ input: previewOver, time: fc.constant({ from, to }) }),
    'AlertPreview.values': fc.record({ buckets: fc.integer({ min: 1, max: 40 }) }),
    'Query.facets': fc.record({ by: facet, filter, time, first: few }),
    'Query.patterns': fc.record({ filter, time, first: few, sample: fc.constant(100), baseline: maybe(time) }),
    'Pattern.bars': fc.record({ buckets: fc.integer({ min: 1, max: 12 }) }),
    'Query.unusual': fc.record({ filter: filterOver(records).filter(isValid), against: filter, time, first: few }),
    // The test opens several, from several cursors.
    'Subscription.tail': fc.record({ filter, after: absent, backfill: absent }),
    // Without ids it would depend on the clock which runs come.
    'Subscription.pipelines': fc.record({
      pipelineIds: fc.array(valuesOf('pipelineId'), { minLength: 1, maxLength: 5 }),
      names: maybe(runNames),
      services: maybe(fc.array(valuesOf('service'), { minLength: 1, maxLength: 3 })),
    }),
    // Up to now, whenever that is.
    'Subscription.stats': fc.record({ filter, window: fc.constant('36500d'), every: fc.constant('1h') }),
  });
}
