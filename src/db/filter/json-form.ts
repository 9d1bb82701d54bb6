import { isJsonObject, type Json } from '../../log/json.ts';
import { compareText } from '../../log/text-comparison.ts';
import type { Fragment, Sql } from '../connection/client.ts';

// Equal JSON values have one text in DuckDB: what it extracts has no spaces and one spelling of each number and sign, and the keys of
// objects are in the order in which PostgreSQL writes jsonb. Only a whole number may also be written with `.0`: 1.0 is 1.

/** The text of a value in a record, to compare with those of `wanted`. `value` is a name. */
export const formOf = (sql: Sql, value: Fragment, wanted: readonly Json[]): Fragment =>
  wanted.every(hasNoNumber)
    ? sql`${value}::text`
    : sql`case when contains(${value}::text, '.0')
        then regexp_replace(${value}::text, '("(?:[^"\\\\]|\\\\.)*")|([0-9]+)\\.0\\b', '\\1\\2', 'g') else ${value}::text end`;

const hasNoNumber = (value: Json): boolean => typeof value === 'string' || typeof value === 'boolean';

/** A list of the texts of values to compare with. DuckDB computes it once for a statement. */
export const jsonForms = (sql: Sql, values: readonly Json[]): Fragment =>
  sql`json_extract(${inOrder([...values])}::json, '$[*]')::text[]`;

/** JSON with the keys of objects in the order of jsonb: by their length in bytes, then by their bytes. */
function inOrder(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => Buffer.byteLength(a) - Buffer.byteLength(b) || compareText(a, b));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${inOrder(value[key] as Json)}`).join(',')}}`;
}
