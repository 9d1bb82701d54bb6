import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import { countSource } from '../rollups/count-source.ts';
import { RECORD, selectList } from '../schema/columns.ts';
import { readAt } from './read-by-position.ts';
import { walkColumns } from './walk.ts';

export type Order = 'NEWEST_FIRST' | 'OLDEST_FIRST';

export interface PageRequest {
  filter: Filter;
  window: TimeWindow;
  order: Order;
  limit: number;
  /** Returns the last `limit` records between the cursors instead of the first, in the same order. */
  backward: boolean;
  /** Only records that come after this one in `order`. */
  after: Position | null;
  /** Only records that come before this one in `order`. */
  before: Position | null;
  /** The fields to read; must include timestamp and uid. Default: all. */
  fields?: ReadonlySet<keyof LogRecord>;
  /** Skips the query for records on the other side of the cursor that the page starts from. */
  isPageAlone?: boolean;
}

/**
 * In the direction of reading, a page has a neighbour when more than `limit` records lie between the cursors: so filling the gap
 * up to a cursor ends there. Against it, when a record lies at the cursor that the page starts from, or beyond it.
 */
export interface Page {
  records: LogRecord[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** A page by keyset on (timestamp, uid). Records that are stored meanwhile do not move others to another page. */
export async function readPage(sql: Sql, request: PageRequest): Promise<Page> {
  const { filter, window, order, limit, backward, after, before, isPageAlone } = request;
  const descending = order === 'NEWEST_FIRST';
  const columns = request.fields ? selectList(request.fields) : RECORD;
  const found = await walkColumns<LogRecord>(sql, columns, {
    filter,
    window,
    newestFirst: descending !== backward,
    above: descending ? before : after,
    below: descending ? after : before,
    limit: limit + 1,
  });
  const more = found.length > limit;
  const records = found.slice(0, limit);
  const start = backward ? before : after;
  const anyBefore = start !== null && !isPageAlone && (await isAnyFrom(sql, request, start, backward !== descending));
  return backward
    ? { records: records.reverse(), hasNextPage: anyBefore, hasPreviousPage: more }
    : { records, hasNextPage: more, hasPreviousPage: anyBefore };
}

/** Whether a matching record lies at a cursor or beyond it. Usually the cursor's own record matches, so one row is read. */
async function isAnyFrom(
  sql: Sql,
  { filter, window }: PageRequest,
  cursor: Position,
  later: boolean,
): Promise<boolean> {
  const edge = { ...cursor, inclusive: true };
  const found = await walkColumns(sql, 'ts', {
    filter,
    window,
    newestFirst: !later,
    above: later ? edge : null,
    below: later ? null : edge,
    limit: 1,
  });
  return found.length > 0;
}

export const countLogs = (sql: Sql, filter: Filter, window: TimeWindow): Promise<number> =>
  inSnapshot(sql, async (tx) => {
    const span = await readStoredSpan(tx, window);
    if (!span) return 0;
    const { count, from } = await countSource(tx, { filter, span, by: {} });
    const [row] = await tx<{ count: number }[]>`select coalesce(${count}, 0) as count from ${from}`;
    return row!.count;
  });

/** The records at these positions, in the same order; null where no record is, or none in the scope. One statement. */
export async function findLogs(
  sql: Sql,
  positions: readonly Position[],
  scope: Filter | null,
): Promise<(LogRecord | null)[]> {
  const found: (LogRecord | null)[] = positions.map(() => null);
  for (const { index, ...record } of await readAt<LogRecord>(sql, 'system_logs', RECORD, positions, scope))
    found[index] = record;
  return found;
}
