import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { valueAtPointer } from './json-pointer.ts';

/**
 * The text of the value at a path of keys: null where there is none, or JSON null. A key never reads an element of a list. A value that
 * is not text gives its JSON text.
 */
export const textAtPath = (sql: Sql, root: Fragment, path: readonly string[]): Fragment =>
  isDuckDb(sql)
    ? sql`json_text(${valueAtPointer(sql, root, path)})`
    : sql`(${path.slice(0, -1).reduce((value, key) => sql`${value} -> ${key}::text`, root)} ->> ${path.at(-1)!}::text)`;
