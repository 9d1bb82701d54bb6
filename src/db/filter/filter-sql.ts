import { fieldSpec, fieldsWith } from '../../log/fields.ts';
import type { Field, Filter, Test } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, levelIndex } from '../../log/level.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { columnOf } from '../schema/columns.ts';
import { COMPARISONS, holdingPattern, joined } from './expressions.ts';
import { elementsTest, jsonTest } from './json-sql.ts';

/**
 * The filter as a boolean expression over the columns of `system_logs`. It may be null where `compileMatch` returns false: to
 * negate it, write `(...) is not true`.
 */
export function filterSql(sql: Sql, filter: Filter): Fragment {
  const read = (inner: Filter): Fragment => filterSql(sql, inner);
  switch (filter.kind) {
    case 'all':
      return filter.of.length === 0 ? sql`true` : sql`(${joined(sql, filter.of.map(read), sql` and `)})`;
    case 'any':
      return filter.of.length === 0 ? sql`false` : sql`(${joined(sql, filter.of.map(read), sql` or `)})`;
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
      return textAnywhere(sql, filter.text);
    case 'attribute': {
      const value = attributeSql(sql, filter.paths);
      return filter.elements ? elementsTest(sql, value, filter.test) : jsonTest(sql, value, filter.test);
    }
  }
}

/** `and` and the filter, after other conditions; nothing for null. */
export const andFilter = (sql: Sql, filter: Filter | null): Fragment =>
  filter === null ? sql`` : sql`and ${filterSql(sql, filter)}`;

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

function columnTest(sql: Sql, field: Field, test: Test): Fragment {
  const column = columnSql(sql, field);
  const type = sql.unsafe(typeOf(field)) as unknown as Fragment;
  switch (test.op) {
    case 'exists':
      return sql`${column} is not null`;
    case 'in':
      return test.values.length === 1
        ? sql`${column} = ${test.values[0] as string}::${type}`
        : sql`${column} = any(${test.values as string[]}::${type}[])`;
    case 'prefix':
      return sql`starts_with(${column}, ${test.text}::text)`;
    case 'contains':
      return sql`${column} ilike ${holdingPattern(test.value as string)}::text`;
    case 'all':
      return sql`(${joined(
        sql,
        test.of.map((one) => columnTest(sql, field, one)),
        sql` and `,
      )})`;
    default:
      return sql`${column} ${COMPARISONS[test.op](sql)} ${test.value}::${type}`;
  }
}

const columnSql = (sql: Sql, field: Field): Fragment =>
  field === 'uid' ? sql`(uid::text collate "C")` : field === 'level' ? sql`level` : sql`${sql(columnOf(field))}`;

/** Numbers are compared as doubles, so that an integer column can be compared with 1.5 or 1e300. */
function typeOf(field: Field): string {
  if (field === 'level') return 'smallint';
  return fieldSpec(field).kind === 'number' ? 'float8' : 'text';
}

const TEXT_FIELDS = fieldsWith({ kind: 'text' });

/**
 * The JSON text of `attributes` contains the text in its escaped form if any value contains it. This is cheap, and most records
 * fail it. It may also be true because of a key, so the values are then tested one by one.
 */
function textAnywhere(sql: Sql, text: string): Fragment {
  const [pattern, escaped] = [holdingPattern(text), holdingPattern(JSON.stringify(text).slice(1, -1))];
  const inFields = TEXT_FIELDS.map((field) => sql`${columnSql(sql, field)} ilike ${pattern}::text`);
  return sql`(${joined(sql, inFields, sql` or `)} or (
    attributes::text collate "C" ilike ${escaped}::text and exists (
      select from jsonb_path_query(attributes, 'strict $.** ? (@.type() == "string")') as value
      where (value #>> '{}') collate "C" ilike ${pattern}::text)))`;
}

/** The value at the first path that has one. `->` with a text key never reads an element of an array. */
function attributeSql(sql: Sql, paths: readonly (readonly string[])[]): Fragment {
  const values = paths.map((path) =>
    path.reduce((value, key) => sql`${value} -> ${key}::text`, sql`attributes` as Fragment),
  );
  if (values.length === 1) return sql`(${values[0]!})`;
  const present = values.map((value) => sql`nullif(${value}, 'null')`);
  return sql`coalesce(${joined(sql, present, sql`, `)})`;
}
