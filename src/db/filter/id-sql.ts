import type { Fragment, Sql } from '../connection/client.ts';
import type { Column } from '../schema/columns.ts';
import { HASHED_COLUMNS, hashOf } from '../schema/id-hash.ts';

const HASHED: ReadonlySet<Column> = new Set<Column>(HASHED_COLUMNS);

/**
 * Whether the column has one of these values. Columns of `HASHED_COLUMNS` get a condition on the hash too: the index of a new
 * partition serves it, and the index of an old one serves the condition on the value. Null where the column is null.
 */
export function isAmong(sql: Sql, column: Column, values: readonly string[]): Fragment {
  const named = as(sql, column);
  const [only] = values;
  const isOne = values.length === 1 && only !== undefined;
  const equal = isOne ? sql`${named} = ${only}::text` : sql`${named} = any(${values as string[]}::text[])`;
  if (!HASHED.has(column)) return equal;
  const hash = as(sql, hashOf(column));
  return isOne
    ? sql`(${hash} = hashtextextended(${only}::text, 0) and ${equal})`
    : sql`(${hash} = any((${hashesOf(sql, values)})::bigint[]) and ${equal})`;
}

/** Whether the column has the value of an expression, a column of another table of the statement. */
export const isEqual = (sql: Sql, column: Column, value: string): Fragment =>
  HASHED.has(column)
    ? sql`(${as(sql, `${hashOf(column)} = ${hashOf(value)} and ${column} = ${value}`)})`
    : as(sql, `${column} = ${value}`);

/** Read once for a statement, before its partitions. */
const hashesOf = (sql: Sql, values: readonly string[]): Fragment =>
  sql`select array_agg(${as(sql, hashOf('id'))}) from unnest(${values as string[]}::text[]) as id`;

const as = (sql: Sql, text: string): Fragment => sql.unsafe(text) as unknown as Fragment;
