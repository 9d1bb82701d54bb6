import type { Fragment, Sql } from '../connection/client.ts';
import { joined } from './expressions.ts';

/**
 * In DuckDB, the JSON value at a path of keys; null where there is none. By a pointer (RFC 6901): DuckDB's own paths take some keys for
 * patterns. A pointer would read an element of a list where a key is a number, so those keys need an object.
 */
export function valueAtPointer(sql: Sql, root: Fragment, path: readonly string[]): Fragment {
  const value = sql`json_extract(${root}, ${pointerTo(path)}::text)`;
  const parents = path.flatMap((key, index) => (/^[-#0-9]/.test(key) ? [pointerTo(path.slice(0, index))] : []));
  if (parents.length === 0) return value;
  const areObjects = parents.map((pointer) => sql`json_type(${root}, ${pointer}::text) = 'OBJECT'`);
  return sql`(case when ${joined(sql, areObjects, sql` and `)} then ${value} end)`;
}

/** `$` is the root. */
const pointerTo = (path: readonly string[]): string =>
  path.length === 0 ? '$' : path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
