import { fieldSpec, fieldsWith } from '../../log/fields.ts';
import type { Field, Filter, Test } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, levelIndex } from '../../log/level.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { columnOf } from '../schema/columns.ts';
import { type CallSpan, callHolding, callSql, isOfCall, withCallsJoined } from './call-sql.ts';
import { joined, textHolds } from './expressions.ts';
import { isAmong } from './id-sql.ts';
import { jsonHolds, pathTest } from './json-sql.ts';
import { valueTest } from './value-sql.ts';

/**
 * The filter as a boolean expression over the columns of `system_logs`, of records within `span`: model calls are looked for in
 * its partitions only. It may be null where `compileMatch` returns false: to negate it, write `(...) is not true`.
 */
export function filterSql(sql: Sql, filter: Filter, span: CallSpan = null): Fragment {
  const read = (inner: Filter): Fragment => filterSql(sql, inner, span);
  if (isOfCall(filter)) return callSql(sql, filter, span);
  switch (filter.kind) {
    case 'all':
      return filter.of.length === 0
        ? sql`true`
        : sql`(${joined(sql, withCallsJoined(filter.kind, filter.of).map(read), sql` and `)})`;
    case 'any':
      return filter.of.length === 0
        ? sql`false`
        : sql`(${joined(sql, withCallsJoined(filter.kind, filter.of).map(read), sql` or `)})`;
    case 'not':
      return sql`(${read(filter.of)}) is not true`;
    case 'hasError':
      // Exactly the predicate of idx_system_logs_errors, so that Postgres uses the index.
      return sql`(severity_number >= 17 or error_type is not null)`;
    case 'field':
      return asksForErrors(filter.field, filter.test)
        ? sql`(severity_number >= ${sql.unsafe(String(ERROR_SEVERITY))} and ${columnTest(sql, filter.field, filter.test)})`
        : columnTest(sql, filter.field, filter.test);
    case 'textContains':
      return sql`(${textAnywhere(sql, filter.text)} or ${callHolding(sql, filter.text, span)})`;
    case 'attribute':
      return pathTest(sql, sql`attributes`, filter);
    case 'hasLlmCall':
    case 'llm':
    case 'llmParameter':
      return callSql(sql, filter, span);
  }
}

/** `and` and the filter, after other conditions; nothing for null. */
export const andFilter = (sql: Sql, filter: Filter | null, span: CallSpan = null): Fragment =>
  filter === null ? sql`` : sql`and ${filterSql(sql, filter, span)}`;

/**
 * Whether the test accepts only levels at ERROR or above. Then a condition on the severity number lets Postgres use
 * `idx_system_logs_errors`.
 */
function asksForErrors(field: Field, test: Test): boolean {
  if (field !== 'level') return false;
  const isError = (level: unknown): boolean => (level as number) >= levelIndex(ERROR_SEVERITY);
  if (test.op === 'in') return test.values.length > 0 && test.values.every(isError);
  return (test.op === '>=' || test.op === '>') && isError(test.value);
}

const columnTest = (sql: Sql, field: Field, test: Test): Fragment =>
  test.op === 'in' && field !== 'level' && fieldSpec(field).kind === 'text'
    ? isAmong(sql, columnOf(field), test.values as string[])
    : valueTest(sql, columnSql(sql, field), typeOf(field), test);

const columnSql = (sql: Sql, field: Field): Fragment =>
  field === 'uid' ? sql`(uid::text collate "C")` : field === 'level' ? sql`level` : sql`${sql(columnOf(field))}`;

/** Numbers are compared as doubles, so that an integer column can be compared with 1.5 or 1e300. */
function typeOf(field: Field): string {
  if (field === 'level') return 'smallint';
  return fieldSpec(field).kind === 'number' ? 'float8' : 'text';
}

const TEXT_FIELDS = fieldsWith({ kind: 'text' });

function textAnywhere(sql: Sql, text: string): Fragment {
  const inFields = TEXT_FIELDS.map((field) => textHolds(sql, columnSql(sql, field), text));
  return sql`(${joined(sql, inFields, sql` or `)} or ${jsonHolds(sql, sql`attributes`, text)})`;
}
