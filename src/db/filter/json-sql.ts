import type { Comparison, Test, ValueAtPath } from '../../log/filter/filter.ts';
import type { Json } from '../../log/json.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { COMPARISONS, holdingPattern, joined } from './expressions.ts';
import { ofBigInteger, textComparison } from './json-comparison.ts';
import { duckJsonHolds, duckPathTest } from './json-duckdb.ts';

// A value stands in an expression up to 8 times, with up to 33 keys as parameters: 200 conditions stay below Postgres' limit of
// 65,535 parameters. The tests cast nothing that could fail: `case` keeps the planner from testing a value of another type.

/** The test of the value at the first of the paths that leads to one. */
export function pathTest(sql: Sql, root: Fragment, at: ValueAtPath): Fragment {
  if (isDuckDb(sql)) return duckPathTest(sql, root, at);
  const { paths, test, elements } = at;
  const value = valueAt(sql, root, paths);
  return elements ? elementsTest(sql, value, test) : jsonTest(sql, value, test);
}

/** `->` with a text key never reads an element of an array. */
function valueAt(sql: Sql, root: Fragment, paths: readonly (readonly string[])[]): Fragment {
  const values = paths.map((path) => path.reduce((value, key) => sql`${value} -> ${key}::text`, root));
  if (values.length === 1) return sql`(${values[0]!})`;
  const present = values.map((value) => sql`nullif(${value}, 'null')`);
  return sql`coalesce(${joined(sql, present, sql`, `)})`;
}

/**
 * A text at any depth contains the text. The JSON text contains it in its escaped form if any value contains it. This is cheap,
 * and most records fail it. It may also be true because of a key, so the values are then tested one by one.
 */
export function jsonHolds(sql: Sql, json: Fragment, text: string): Fragment {
  if (isDuckDb(sql)) return duckJsonHolds(sql, json, text);
  const [pattern, escaped] = [holdingPattern(text), holdingPattern(JSON.stringify(text).slice(1, -1))];
  return sql`(${json}::text collate "C" ilike ${escaped}::text and exists (
    select from jsonb_path_query(${json}, 'strict $.** ? (@.type() == "string")') as value
    where (value #>> '{}') collate "C" ilike ${pattern}::text))`;
}

/** A list passes when one of its elements passes. */
const elementsTest = (sql: Sql, value: Fragment, test: Test): Fragment => sql`
  case when jsonb_typeof(${value}) = 'array'
    then exists (select from jsonb_array_elements(${value}) as element where ${jsonTest(sql, sql`element`, test)})
    else ${jsonTest(sql, value, test)} end`;

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
    case 'all':
      return sql`(${joined(
        sql,
        test.of.map((one) => jsonTest(sql, value, one)),
        sql` and `,
      )})`;
    default:
      return comparison(sql, value, test.op, test.value);
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
  sql`(jsonb_typeof(${value}) = 'string' and ${test(textOf(sql, value))})`;

const textOf = (sql: Sql, value: Fragment): Fragment => sql`(${value} #>> '{}') collate "C"`;

function comparison(sql: Sql, value: Fragment, op: Comparison, wanted: number | string): Fragment {
  const number =
    typeof wanted === 'number'
      ? sql`${value} ${COMPARISONS[op](sql)} ${jsonSql(sql, wanted)}`
      : ofBigInteger(sql, op, wanted);
  return sql`
    case jsonb_typeof(${value})
      when 'number' then ${number}
      when 'string' then (select ${textComparison(sql, op, wanted)} from (select ${textOf(sql, value)} as text) as held)
      else false end`;
}

const jsonSql = (sql: Sql, value: Json): Fragment => sql`${JSON.stringify(value)}::text::jsonb`;
