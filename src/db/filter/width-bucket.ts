import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';

/**
 * How many of these bounds are at or below the value of a column. `bounds` are sorted: `Timestamp`s for `timestamptz`, or finite numbers.
 * DuckDB has no such function; its `case` halves the bounds again and again.
 */
export function widthBucket(
  sql: Sql,
  column: string,
  bounds: readonly (string | number)[],
  type: 'timestamptz' | 'float8',
): Fragment {
  if (!isDuckDb(sql)) {
    return sql`width_bucket(${sql.unsafe(column)}, ${bounds as string[]}::${sql.unsafe(type)}[])`;
  }
  const between = (first: number, end: number): string => {
    if (first === end) return String(first);
    const middle = (first + end) >> 1;
    return `case when ${column} < '${bounds[middle]}'::${type} then ${between(first, middle)} else ${between(middle + 1, end)} end`;
  };
  return sql`(${sql.unsafe(between(0, bounds.length))})`;
}
