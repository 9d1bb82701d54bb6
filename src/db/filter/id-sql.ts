import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import type { Column } from '../schema/columns.ts';
import { HASHED_COLUMNS, hashOf } from '../schema/id-hash.ts';
import { isOneOf } from './expressions.ts';

// Columns of `HASHED_COLUMNS` get conditions on the hash beside the one on the value: the index of a new partition serves the
// former, the index of an old one the latter. All of them are null where the column is null.
//
// The planner has no statistics of a partial index's expression, and takes 0.5 % of the rows for what has a hash: so many that it
// would read the primary key or another index too, to fetch fewer of them. A range is taken for 0.5 % as well. The equality and a
// range that follows from it are 0.0025 % together, even in a partition that was never analyzed. A list is taken for ten values:
// several ids in a filter may still read the primary key of such a partition, until autovacuum analyzes it.

const HASHED: ReadonlySet<Column> = new Set<Column>(HASHED_COLUMNS);

/** Whether the column has one of these values. */
export function isAmong(sql: Sql, column: Column, values: readonly string[]): Fragment {
  const named = as(sql, column);
  if (isDuckDb(sql)) return isOneOf(sql, named, 'text', values);
  const hash = as(sql, hashOf(column));
  const [only] = values;
  if (values.length === 1 && only !== undefined) {
    const equal = sql`${named} = ${only}::text`;
    const wanted = sql`hashtextextended(${only}::text, 0)`;
    return HASHED.has(column)
      ? sql`(${hash} = ${wanted} and ${hash} between ${wanted} and ${wanted} and ${equal})`
      : equal;
  }
  const among = sql`${named} = any(${values as string[]}::text[])`;
  if (!HASHED.has(column)) return among;
  const hashes = (aggregate: string) => hashesOf(sql, aggregate, values);
  return sql`(${hash} = any(${hashes('array_agg')}::bigint[]) and ${hash} between ${hashes('min')} and ${hashes('max')} and ${among})`;
}

/** Whether the column has the value of an expression: of a column of another table in the statement. */
export function isEqual(sql: Sql, column: Column, value: string): Fragment {
  const equal = `${column} = ${value}`;
  if (isDuckDb(sql) || !HASHED.has(column)) return as(sql, equal);
  const [hash, wanted] = [hashOf(column), hashOf(value)];
  return as(sql, `(${hash} = ${wanted} and ${hash} between ${wanted} and ${wanted} and ${equal})`);
}

/** Computed once for a statement, not for each partition. */
const hashesOf = (sql: Sql, aggregate: string, values: readonly string[]): Fragment =>
  sql`(select ${as(sql, `${aggregate}(${hashOf('id')})`)} from unnest(${values as string[]}::text[]) as id)`;

const as = (sql: Sql, text: string): Fragment => sql.unsafe(text) as unknown as Fragment;
