import type { Fragment, Sql } from '../connection/client.ts';

/**
 * Rows that the archive has answered, as a table in parentheses for a statement of PostgreSQL. `columns`: name and type of each.
 * The statement then counts or sorts them with those of the database. Text has collation "C".
 */
export const archivedRows = (
  sql: Sql,
  rows: readonly object[],
  columns: Readonly<Record<string, string>>,
): Fragment => {
  const list = Object.entries(columns).map(
    ([name, type]) => `"${name}" ${type}${type === 'text' ? ' collate "C"' : ''}`,
  );
  return sql`(select * from jsonb_to_recordset(${sql.json(rows as never)}) as archived (${sql.unsafe(list.join(', '))}))`;
};
