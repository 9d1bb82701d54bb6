import { type Condition, everyCondition, type Field, type Filter } from '../../log/filter/filter.ts';
import { LLM_FIELD_NAMES, LLM_FIELDS, LLM_TESTED, type LlmFieldName } from '../../log/llm-fields.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { GroupedSource, Groupings, SourceOf } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { rolledUp } from '../rollups/rolled-up.ts';
import { LLM_ROLLUPS } from '../rollups/rollup.ts';
import { ROLLUP_STEPS } from '../rollups/rollup-steps.ts';
import { withArchivedCalls } from './archived-calls.ts';

/**
 * Where model calls are read, the cheapest first. `ROLLUPS`: sums by time, and single calls at the edges of the time span.
 * `CALLS`: `llm_logs`, which repeats some fields of the record. `RECORDS`: `llm_logs` joined with `system_logs`.
 */
export const CALL_PLACES = ['ROLLUPS', 'CALLS', 'RECORDS'] as const;
export type CallPlace = (typeof CALL_PLACES)[number];

/** The first place that knows everything which these places know. */
export const joinedPlace = (...places: CallPlace[]): CallPlace =>
  CALL_PLACES[Math.max(0, ...places.map((place) => CALL_PLACES.indexOf(place)))]!;

const IN_ROLLUPS: ReadonlySet<Field> = new Set<Field>(['service', 'component', 'environment']);
const IN_CALLS: ReadonlySet<Field> = new Set<Field>([
  ...IN_ROLLUPS,
  ...(['correlationId', 'pipelineId', 'userId', 'durationMs'] as const),
]);

const CALL_IN_ROLLUPS: ReadonlySet<LlmFieldName> = new Set<LlmFieldName>([
  'operation',
  'provider',
  'requestModel',
  'responseModel',
]);

function isInRollups(condition: Condition): boolean {
  // All rows tell of a call.
  if (condition.kind === 'hasLlmCall') return true;
  if (condition.kind === 'llm') return LLM_TESTED[condition.field].every((field) => CALL_IN_ROLLUPS.has(field));
  return condition.kind === 'field' && IN_ROLLUPS.has(condition.field);
}

const CALL_KINDS: readonly Condition['kind'][] = ['hasError', 'hasLlmCall', 'llm', 'llmParameter'];

const isInCalls = (condition: Condition): boolean =>
  CALL_KINDS.includes(condition.kind) || (condition.kind === 'field' && IN_CALLS.has(condition.field));

/** The first place that knows every field that the filter tests. */
export function placeOf(filter: Filter): CallPlace {
  if (everyCondition(filter, isInRollups)) return 'ROLLUPS';
  return everyCondition(filter, isInCalls) ? 'CALLS' : 'RECORDS';
}

/** The columns of `LLM_ROLLUPS.sums`, for a single call. */
const SUMS_OF_ONE = `1 as calls, has_error::integer as errors, input_tokens, output_tokens, cache_read_tokens,
  cache_creation_tokens, reasoning_tokens, cost_nano_usd, (cost_nano_usd is null)::integer as unpriced`;
/** What `filterSql` reads of a record for `hasError`. */
const ERROR_OF_ONE = 'case when has_error then 17 else 1 end as severity_number, null::text as error_type';
const FIELDS_OF_ONE = LLM_FIELD_NAMES.map((field) => LLM_FIELDS[field].column);
const SUMMED = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens', 'reasoning_tokens'];
const OTHER_FIELDS_OF_ONE = FIELDS_OF_ONE.filter((column) => ![...SUMMED, 'cost_nano_usd'].includes(column));

export interface CallQuestion<Name extends string = string> {
  filter: Filter;
  span: TimeSpan;
  /** The first place that knows what else is read: values to group by. */
  place: CallPlace;
  /** The widest step of rollups to use, in seconds. */
  widest?: number;
  /** Over the columns of the place, and `ts`. */
  by: Groupings<Name>;
}

/**
 * The counted calls of records that match, for `from ${from}`: rows with one column for each of `LLM_ROLLUPS.sums`, to be grouped by `by`.
 * A row is a call, or the sums of many; then `calls` may be 0. `sql` must be a snapshot.
 */
export async function callSource<Name extends string>(
  sql: Sql,
  question: CallQuestion<Name>,
): Promise<GroupedSource<Name>> {
  const { filter, span, widest = ROLLUP_STEPS[0], by } = question;
  const place = joinedPlace(placeOf(filter), question.place);
  const calls: SourceOf = (store, part) => countedCalls(store, { filter, place, span: part });
  if (place === 'ROLLUPS') {
    const group = LLM_ROLLUPS.groups.join(', ');
    const source = await rolledUp(sql, LLM_ROLLUPS, {
      ...{ span, widest },
      ofRollup: sql`${sql.unsafe(`ts, ${group}, ${Object.keys(LLM_ROLLUPS.sums).join(', ')}`)}`,
      ofRow: sql`${sql.unsafe(`ts, ${group}, ${SUMS_OF_ONE}`)}`,
    });
    if (source) {
      const from = sql`${source.from} as sums where ${filterSql(sql, filter, 'IN_ROW')}`;
      return withArchivedCalls(sql, by, from, source.edges, calls);
    }
  }
  return withArchivedCalls(sql, by, (await calls(sql, span)).from, [span], calls);
}

type SingleCalls = Pick<CallQuestion, 'filter' | 'span' | 'place'>;

/**
 * The counted calls of records that match, for `from ${from}`: one row for each, with `ts`, the columns of the place, those of
 * `LLM_ROLLUPS.sums`, `duration_ms` and `time_to_first_token_ms`.
 */
export async function countedCalls(sql: Sql, question: SingleCalls): Promise<{ from: Fragment }> {
  if (readsRecords(question) && !isDuckDb(sql)) await planJoins(sql);
  return { from: sql`${singleCalls(sql, question)} and counted` };
}

/** As the `from` of `countedCalls`, but also with the calls that are not counted. Needs no snapshot. */
export function singleCalls(sql: Sql, question: SingleCalls): Fragment {
  const rows = readsRecords(question) ? joinedRows(sql, question.span) : callRows(sql, question.span);
  return sql`(${rows}) as single where ${filterSql(sql, question.filter, 'IN_ROW')}`;
}

const readsRecords = ({ filter, place }: SingleCalls): boolean => joinedPlace(placeOf(filter), place) === 'RECORDS';

/**
 * Settings for the rest of the snapshot. The planner takes `ts` and `uid` for independent, so it expects one row from the join
 * and would sort all of them; without sorts it groups by hash. Partition by partition, a hash fits into memory.
 */
const planJoins = (tx: Sql): Promise<unknown> =>
  tx`select set_config('enable_partitionwise_join', 'on', true), set_config('enable_sort', 'off', true)`;

/** Rows of `llm_logs`, with the names that `filterSql` and the sums read. */
const callRows = (sql: Sql, span: TimeSpan): Fragment => {
  const columns = [...OTHER_FIELDS_OF_ONE, 'service', 'component', 'environment', 'user_id', 'correlation_id'];
  return sql`
    select ${sql.unsafe(`ts, uid, ${columns.join(', ')}, pipeline_id, duration_ms, ${SUMS_OF_ONE}, ${ERROR_OF_ONE}`)}
    from llm_logs where ${within(sql, span)}`;
};

/** Rows of `system_logs` that tell of a call, with its fields. The bounds stand twice, so that both tables read few partitions. */
const joinedRows = (sql: Sql, { from, to }: TimeSpan): Fragment => sql`
  select system_logs.*, ${sql.unsafe(`${OTHER_FIELDS_OF_ONE.join(', ')}, ${SUMS_OF_ONE}`)}
  from system_logs join llm_logs on llm_logs.ts = system_logs.ts and llm_logs.uid = system_logs.uid
  where system_logs.ts >= ${from}::timestamptz and system_logs.ts < ${to}::timestamptz
    and llm_logs.ts >= ${from}::timestamptz and llm_logs.ts < ${to}::timestamptz`;
