import type { Comparison, Test, ValueAtPath } from '../../log/filter/filter.ts';
import type { Json } from '../../log/json.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { COMPARISONS, joined, mayHold, regExpOf, textHolds } from './expressions.ts';
import { ofBigInteger, textComparison } from './json-comparison.ts';
import { formOf, jsonForms } from './json-form.ts';
import { valueAtPointer } from './json-pointer.ts';

// What `json-sql.ts` is for PostgreSQL. JSON is text here: each function parses it again. So a value is computed once, and tested
// under a name: `list_transform([value], lambda held: ...)[1]`.

/** As `pathTest`. */
export const duckPathTest = (sql: Sql, root: Fragment, { paths, test, elements }: ValueAtPath): Fragment =>
  named(sql, valueAt(sql, root, paths), sql`held`, (held) =>
    elements ? elementsTest(sql, held, test) : jsonTest(sql, held, test),
  );

const named = (sql: Sql, value: Fragment, name: Fragment, test: (named: Fragment) => Fragment): Fragment =>
  sql`list_transform([${value}], lambda ${name}: ${test(name)})[1]`;

function valueAt(sql: Sql, root: Fragment, paths: readonly (readonly string[])[]): Fragment {
  const values = paths.map((path) => valueAtPointer(sql, root, path));
  if (values.length === 1) return values[0]!;
  const present = values.map((value) => sql`nullif(${value}, 'null')`);
  return sql`coalesce(${joined(sql, present, sql`, `)})`;
}

/**
 * As `jsonHolds`: one of the strings in the JSON text that is not followed by `:`, as keys are, holds the text. The expression
 * reads the text from its start, so that it takes no end of a string for a start.
 */
export function duckJsonHolds(sql: Sql, json: Fragment, text: string): Fragment {
  const [start, signs] = ['^(?:[^"]|"(?:[^"\\\\]|\\\\.)*")*"', '(?:[^"\\\\]|\\\\u....|\\\\[^u])*'];
  const holding = `${start}${signs}${Array.from(text, regExpInJson).join('')}${signs}"(?:[^:]|$)`;
  const escaped = JSON.stringify(text).slice(1, -1);
  return sql`(${mayHold(sql, sql`${json}::text`, escaped)} and regexp_matches(${json}::text, ${holding}::text))`;
}

/** A sign as it stands in a JSON string: the case of an escape does count. */
function regExpInJson(sign: string): string {
  const inJson = JSON.stringify(sign).slice(1, -1);
  return inJson === sign ? regExpOf(sign) : inJson.replaceAll('\\', '\\\\');
}

const elementsTest = (sql: Sql, value: Fragment, test: Test): Fragment => sql`
  case when json_type(${value}) = 'ARRAY'
    then len(list_filter(json_extract(${value}, '$[*]'), lambda element: ${jsonTest(sql, sql`element`, test)})) > 0
    else ${jsonTest(sql, value, test)} end`;

/** `value` is null or JSON null when the record has no value. It is a name. */
function jsonTest(sql: Sql, value: Fragment, test: Test): Fragment {
  switch (test.op) {
    case 'exists':
      return sql`json_type(${value}) <> 'NULL'`;
    case 'in':
      return isAmong(sql, value, test.values);
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

function isAmong(sql: Sql, value: Fragment, values: readonly Json[]): Fragment {
  return sql`list_contains(${jsonForms(sql, values)}, ${formOf(sql, value, values)})`;
}

function jsonContains(sql: Sql, value: Fragment, wanted: Json): Fragment {
  const inArray = sql`list_contains(
    list_transform(json_extract(${value}, '$[*]'), lambda element: ${formOf(sql, sql`element`, [wanted])}), (${jsonForms(sql, [wanted])})[1])`;
  if (typeof wanted !== 'string') return inArray;
  return sql`(${ofText(sql, value, (text) => textHolds(sql, text, wanted))} or ${inArray})`;
}

const ofText = (sql: Sql, value: Fragment, test: (text: Fragment) => Fragment): Fragment =>
  sql`(json_type(${value}) = 'VARCHAR' and ${test(textOf(sql, value))})`;

const textOf = (sql: Sql, value: Fragment): Fragment => sql`json_extract_string(${value}, '$')`;

function comparison(sql: Sql, value: Fragment, op: Comparison, wanted: number | string): Fragment {
  const number =
    typeof wanted === 'number'
      ? sql`try_cast(${value} as float8) ${COMPARISONS[op](sql)} ${wanted}::float8`
      : ofBigInteger(sql, op, wanted);
  return sql`
    case json_type(${value})
      when 'UBIGINT' then ${number}
      when 'BIGINT' then ${number}
      when 'DOUBLE' then ${number}
      when 'VARCHAR' then ${named(sql, textOf(sql, value), sql`text`, () => textComparison(sql, op, wanted))}
      else false end`;
}
