import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { joined } from './expressions.ts';

/**
 * The text of the value at a path of keys: null where there is none, or JSON null. A key never reads an element of a list. A value that
 * is not text gives its JSON text.
 */
export const textAtPath = (sql: Sql, root: Fragment, path: readonly string[]): Fragment =>
  isDuckDb(sql)
    ? sql`json_text(${duckValueAt(sql, root, path)})`
    : sql`(${path.slice(0, -1).reduce((value, key) => sql`${value} -> ${key}::text`, root)} ->> ${path.at(-1)!}::text)`;

/** By a JSON pointer: DuckDB's own paths take some keys for patterns. Of a list, only some pointers have an element. */
function duckValueAt(sql: Sql, root: Fragment, path: readonly string[]): Fragment {
  const value = sql`json_extract(${root}, ${pointerTo(path)}::text)`;
  const lists = path.flatMap((key, index) => (/^[-#0-9]/.test(key) ? [pointerTo(path.slice(0, index))] : []));
  if (lists.length === 0) return value;
  const areObjects = lists.map((pointer) => sql`json_type(${root}, ${pointer}::text) = 'OBJECT'`);
  return sql`(case when ${joined(sql, areObjects, sql` and `)} then ${value} end)`;
}

/** `$` is the root. */
const pointerTo = (path: readonly string[]): string =>
  path.length === 0 ? '$' : path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
