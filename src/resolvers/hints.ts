import type { Filter } from '../log/filter/filter.ts';
import { hintsForNothing } from '../log/filter/hints.ts';
import type { LogConnection } from './connection.ts';
import type { Context } from './context.ts';

/** Adds hints about a filter under which a whole list is empty. */
export function hintIfEmpty<List extends readonly unknown[]>(list: List, filter: Filter, { hints }: Context): List {
  if (list.length === 0) hints.push(...hintsForNothing(filter));
  return list;
}

/** A connection without cursors, which adds hints if it finds nothing. */
export const hintedConnection = (connection: LogConnection, filter: Filter, context: Context): LogConnection => ({
  ...connection,
  page: async () => {
    const page = await connection.page();
    if (!page.hasNextPage && !page.hasPreviousPage) hintIfEmpty(page.records, filter, context);
    return page;
  },
});
