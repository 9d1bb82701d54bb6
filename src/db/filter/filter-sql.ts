import { fieldSpec } from '../../log/fields.ts';
import type { Comparison, Field, Filter, Test } from '../../log/filter/filter.ts';
import type { Json } from '../../log/json.ts';
import { ERROR_SEVERITY, levelIndex } from '../../log/level.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { columnOf } from '../schema/columns.ts';

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
    case 'attribute':
      return jsonTest(sql, attributeSql(sql, filter.paths), filter.test);
  }
}

const joined = (sql: Sql, parts: readonly Fragment[], separator: Fragment): Fragment =>
  parts.reduce((left, right) => sql`${left}${separator}${right}`);

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

const COMPARISONS = {
  '<': (sql: Sql) => sql`<`,
  '<=': (sql: Sql) => sql`<=`,
  '>': (sql: Sql) => sql`>`,
  '>=': (sql: Sql) => sql`>=`,
} as const satisfies Record<Comparison, (sql: Sql) => Fragment>;

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

/** `value` is null or JSON null when the record has no value. Numbers are compared as jsonb: a cast could fail. */
function jsonTest(sql: Sql, value: Fragment, test: Test): Fragment {
  switch (test.op) {
    case 'exists':
      return sql`jsonb_typeof(${value}) <> 'null'`;
    case 'in':
      return test.values.length === 0
        ? sql`false`
        : sql`${value} in (${joined(
            sql,
            test.values.map((wanted) => jsonSql(sql, wanted)),
            sql`, `,
          )})`;
    case 'prefix':
      return ofText(sql, value, (text) => sql`starts_with(${text}, ${test.text}::text)`);
    case 'contains':
      return jsonContains(sql, value, test.value);
    default: {
      const { op, value: wanted } = test;
      const comparison = COMPARISONS[op](sql);
      return typeof wanted === 'string'
        ? ofText(sql, value, (text) => sql`${text} ${comparison} ${wanted}::text`)
        : sql`(jsonb_typeof(${value}) = 'number' and ${value} ${comparison} ${jsonSql(sql, wanted)})`;
    }
  }
}

function jsonContains(sql: Sql, value: Fragment, wanted: Json): Fragment {
  const inArray = sql`exists (
    select from jsonb_array_elements(case when jsonb_typeof(${value}) = 'array' then ${value} end) as element
    where element = ${jsonSql(sql, wanted)})`;
  if (typeof wanted !== 'string') return inArray;
  return sql`(${ofText(sql, value, (text) => sql`${text} ilike ${holdingPattern(wanted)}::text`)} or ${inArray})`;
}

const ofText = (sql: Sql, value: Fragment, test: (text: Fragment) => Fragment): Fragment =>
  sql`(jsonb_typeof(${value}) = 'string' and ${test(sql`(${value} #>> '{}') collate "C"`)})`;

/** The value at the first path that has one. `->` with a text key never reads an element of an array. */
function attributeSql(sql: Sql, paths: readonly (readonly string[])[]): Fragment {
  const values = paths.map((path) =>
    path.reduce((value, key) => sql`${value} -> ${key}::text`, sql`attributes` as Fragment),
  );
  if (values.length === 1) return sql`(${values[0]!})`;
  const present = values.map((value) => sql`nullif(${value}, 'null')`);
  return sql`coalesce(${joined(sql, present, sql`, `)})`;
}

const jsonSql = (sql: Sql, value: Json): Fragment => sql`${JSON.stringify(value)}::text::jsonb`;

const holdingPattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
