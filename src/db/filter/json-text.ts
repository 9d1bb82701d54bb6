import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';

/**
 * The text of the value at a path of keys, in parentheses: null where there is none, or JSON null. A key never reads an element of a list.
 * A value that is not text gives its JSON text.
 */
export const textAtPath = (sql: Sql, root: Fragment, path: readonly string[]): Fragment =>
  isDuckDb(sql)
    ? sql`json_text(${path.reduce((value, key) => memberOf(sql, value, key), root)})`
    : sql`(${path.slice(0, -1).reduce((value, key) => sql`${value} -> ${key}::text`, root)} ->> ${path.at(-1)!}::text)`;

/** A JSON pointer: DuckDB's own paths take some keys for patterns. Of a list, only a pointer of digits has an element. */
function memberOf(sql: Sql, value: Fragment, key: string): Fragment {
  const member = sql`json_extract(${value}, ${pointerTo(key)}::text)`;
  return /^[0-9]+$/.test(key) ? sql`case when json_type(${value}) = 'OBJECT' then ${member} end` : member;
}

const pointerTo = (key: string): string => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
