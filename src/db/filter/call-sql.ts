import { allOf, anyOf, type Filter, type Test } from '../../log/filter/filter.ts';
import { LLM_TESTED, LLM_TEXTS, type LlmField, llmFieldSpec, llmKind } from '../../log/llm-fields.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { joined, textHolds } from './expressions.ts';
import { jsonHolds, pathTest } from './json-sql.ts';
import { valueTest } from './value-sql.ts';

// A model call is a row of `llm_logs` under the key of its record. Conditions on the same call are tested together, in one
// subquery: Postgres then chooses between reading the record's call and reading all calls of the time once.

/**
 * Where the calls of records are found: within a span, or at any time (null). `IN_ROW`: each row has the columns of its call
 * beside those of its record.
 */
export type CallSpan = TimeSpan | 'IN_ROW' | null;

/** Whether a filter tests nothing but the model call. */
export function isOfCall(filter: Filter): boolean {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.length > 0 && filter.of.every(isOfCall);
    case 'not':
      return isOfCall(filter.of);
    default:
      return filter.kind === 'hasLlmCall' || filter.kind === 'llm' || filter.kind === 'llmParameter';
  }
}

/** Whether a filter of a call holds for a record without one. */
function holdsWithout(filter: Filter): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.of.every(holdsWithout);
    case 'any':
      return filter.of.some(holdsWithout);
    case 'not':
      return !holdsWithout(filter.of);
    default:
      return false;
  }
}

/** Whether only records with a call can match. */
export function needsCall(filter: Filter): boolean {
  if (isOfCall(filter)) return !holdsWithout(filter);
  if (filter.kind === 'all') return filter.of.some(needsCall);
  return filter.kind === 'any' && filter.of.length > 0 && filter.of.every(needsCall);
}

/** A filter that needs a call, as what it tests of the call, and everything else. Both must hold. */
export function splitByCall(filter: Filter): { ofCall: Filter; others: Filter } {
  const members = filter.kind === 'all' ? filter.of : [filter];
  return { ofCall: allOf(...members.filter(isOfCall)), others: allOf(...members.filter((one) => !isOfCall(one))) };
}

/** The members, of which those that test only the call are one. */
export function withCallsJoined(kind: 'all' | 'any', members: readonly Filter[]): Filter[] {
  const [calls, others] = [members.filter(isOfCall), members.filter((one) => !isOfCall(one))];
  return calls.length === 0 ? others : [...others, kind === 'all' ? allOf(...calls) : anyOf(...calls)];
}

/** A filter of a call as an expression over the columns of its record. */
export function callSql(sql: Sql, filter: Filter, span: CallSpan): Fragment {
  return holdsWithout(filter)
    ? sql`not ${callExists(sql, sql`(${callRowSql(sql, filter)}) is not true`, span)}`
    : callExists(sql, callRowSql(sql, filter), span);
}

/** A text of the record's call contains this text. */
export function callHolding(sql: Sql, text: string, span: CallSpan): Fragment {
  const inFields = LLM_TEXTS.map((field) => textHolds(sql, columnSql(sql, field), text));
  return callExists(
    sql,
    sql`(${joined(sql, inFields, sql` or `)} or ${finishReason(sql, { op: 'contains', value: text })}
      or ${jsonHolds(sql, sql`parameters`, text)})`,
    span,
  );
}

/** The key of `llm_logs` has other names here, so that `ts` and `uid` are those of the record, whatever its table is called. */
function callExists(sql: Sql, condition: Fragment, span: CallSpan): Fragment {
  if (span === 'IN_ROW') return sql`(${condition})`;
  const calls = sql`from llm_logs as call (call_ts, call_uid)`;
  const tested = sql`${callWithin(sql, span)} and ${condition}`;
  // DuckDB would first group all records by their keys if the subquery named them.
  return isDuckDb(sql)
    ? sql`row(ts, uid) in (select row(call_ts, call_uid) ${calls} where true ${tested})`
    : sql`exists (select 1 ${calls} where call_ts = ts and call_uid = uid ${tested})`;
}

const callWithin = (sql: Sql, span: TimeSpan | null): Fragment =>
  span === null ? sql`` : sql`and call_ts >= ${span.from}::timestamptz and call_ts < ${span.to}::timestamptz`;

/** A filter of a call as an expression over the columns of `llm_logs`. It may be null instead of false. */
export function callRowSql(sql: Sql, filter: Filter): Fragment {
  const read = (inner: Filter): Fragment => callRowSql(sql, inner);
  switch (filter.kind) {
    case 'all':
      return filter.of.length === 0 ? sql`true` : sql`(${joined(sql, filter.of.map(read), sql` and `)})`;
    case 'any':
      return sql`(${joined(sql, filter.of.map(read), sql` or `)})`;
    case 'not':
      return sql`(${read(filter.of)}) is not true`;
    case 'llm':
      return fieldTest(sql, filter.field, filter.test);
    case 'llmParameter':
      return pathTest(sql, sql`parameters`, filter);
    default:
      return sql`true`;
  }
}

function fieldTest(sql: Sql, field: LlmField, test: Test): Fragment {
  if (field === 'finishReason') return finishReason(sql, test);
  const type = { text: 'text', number: 'float8', flag: 'boolean', texts: 'text', json: 'jsonb' }[llmKind(field)];
  const tests = LLM_TESTED[field].map((tested) => valueTest(sql, columnSql(sql, tested), type, test));
  return sql`(${joined(sql, tests, sql` or `)})`;
}

const finishReason = (sql: Sql, test: Test): Fragment => sql`exists (
  select 1 from unnest(finish_reasons) as reasons (reason) where ${valueTest(sql, sql`(reason collate "C")`, 'text', test)})`;

/** A cost in dollars: the same quotient of doubles as in `compileMatch`. */
const columnSql = (sql: Sql, field: Parameters<typeof llmFieldSpec>[0]): Fragment =>
  field === 'costNanoUsd'
    ? sql`(cost_nano_usd::float8 / 1e9::float8)`
    : (sql.unsafe(llmFieldSpec(field).column) as unknown as Fragment);
