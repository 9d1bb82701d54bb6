import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { readSpan } from '../partitions/stored-span.ts';
import { countedIn } from '../rollups/count-source.ts';
import { RECORD, selectList } from '../schema/columns.ts';
import { readAt } from './read-by-position.ts';
import { walkColumns } from './walk.ts';

export type Order = 'NEWEST_FIRST' | 'OLDEST_FIRST';

export interface PageRequest {
  filter: Filter;
  window: TimeWindow;
  order: Order;
  limit: number;
  /** The last `limit` records between the cursors rather than the first; in the same order. */
  backward: boolean;
  /** Only records that come after this one in `order`. */
  after: Position | null;
  /** Only records that come before this one in `order`. */
  before: Position | null;
  /** All that is read of a record, timestamp and uid among it; left out: everything. */
  fields?: ReadonlySet<keyof LogRecord>;
  /** Whether there is anything beyond `after` and `before` is not asked: `has...Page` says false then. */
  isPageAlone?: boolean;
}

export interface Page {
  records: LogRecord[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** A page by keyset on (timestamp, uid): what is stored between two pages moves no record from one to another. */
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
  const isAny = async (cursor: Position | null, later: boolean): Promise<boolean> =>
    cursor !== null && !isPageAlone && isAnyFrom(sql, request, cursor, later);
  return {
    records: backward ? records.reverse() : records,
    hasNextPage: (more && !backward) || (await isAny(before, !descending)),
    hasPreviousPage: (more && backward) || (await isAny(after, descending)),
  };
}

/** Whether a record lies at a cursor or beyond it; the cursor's own record answers that at once where it matches. */
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
    const span = await readSpan(tx, window);
    if (!span) return 0;
    const { count, from } = await countedIn(tx, filter, span);
    const [row] = await tx<{ count: number }[]>`select coalesce(${count}, 0) as count from ${from}`;
    return row!.count;
  });

/** The records at these positions, in the same order; null where there is none. One statement. */
export async function findLogs(sql: Sql, positions: readonly Position[]): Promise<(LogRecord | null)[]> {
  const found: (LogRecord | null)[] = positions.map(() => null);
  for (const { place, ...record } of await readAt<LogRecord>(sql, RECORD, positions)) found[place] = record;
  return found;
}
