import type { LogRecord } from '../log/record.ts';
import { shift } from '../log/time.ts';
import type { Sql } from './client.ts';
import { RECORD } from './columns.ts';
import { filterSql } from './filter-sql.ts';
import type { Bounds } from './partitions.ts';
import { routeOf } from './route.ts';
import { readBySearch, readFew } from './search.ts';
import { beyond, inOrder, type Walk, type Window, within } from './walk-sql.ts';

export { type Edge, type Walk, type Window, within } from './walk-sql.ts';

const MICROSECOND_MS = 0.001;

/** The times for which there are partitions, cut to the window, oldest first: no record lies elsewhere. */
export const readStretches = (sql: Sql, { from, to }: Window): Promise<Bounds[]> => sql<Bounds[]>`
  select greatest(from_ts, ${from}::timestamptz) as "from", least(to_ts, ${to}::timestamptz) as "to"
  from log_partitions
  where to_ts > coalesce(${from}::timestamptz, '-infinity') and from_ts < ${to}::timestamptz
  order by from_ts`;

/** From the begin of the first partition in the window to the end of the last; null where there is none. */
export async function readSpan(sql: Sql, window: Window): Promise<Bounds | null> {
  const stretches = await readStretches(sql, window);
  return stretches.length > 0 ? { from: stretches[0]!.from, to: stretches.at(-1)!.to } : null;
}

/**
 * Walks the partitions one by one until `limit` rows are found, so that no statement goes to all of them (STORAGE.md,
 * Partitions and Questions). `columns` is a select list.
 */
export async function walkColumns<Row>(sql: Sql, columns: string, walk: Walk): Promise<Row[]> {
  const stretches = await readStretches(sql, cut(walk));
  if (stretches.length === 0) return [];
  const route = routeOf(walk.filter);
  const everywhere = { from: stretches[0]!.from, to: stretches.at(-1)!.to };
  const few = route === 'id' ? await readFew<Row>(sql, columns, walk, everywhere) : undefined;
  if (few) return few;

  const rows: Row[] = [];
  for (const stretch of walk.newestFirst ? stretches.reverse() : stretches) {
    const step = { ...walk, limit: walk.limit - rows.length };
    const read = route === 'search' ? readBySearch<Row> : readAlong<Row>;
    rows.push(...(await read(sql, columns, step, stretch)));
    if (rows.length >= walk.limit) break;
  }
  return rows;
}

export const walkRecords = (sql: Sql, walk: Walk): Promise<LogRecord[]> => walkColumns<LogRecord>(sql, RECORD, walk);

/** Along the primary key, which finds a page soon unless matches are rare. */
async function readAlong<Row>(sql: Sql, columns: string, walk: Walk, stretch: Bounds): Promise<Row[]> {
  const rows = await sql<object[]>`
    select ${sql.unsafe(columns)} from system_logs
    where ${within(sql, stretch)} ${beyond(sql, walk)} and ${filterSql(sql, walk.filter)}
    order by ${inOrder(sql, walk)} limit ${walk.limit}`;
  return rows as unknown as Row[];
}

/** The window as far as the edges leave it. */
function cut({ window, above, below }: Walk): Window {
  const from = above && (window.from === null || above.timestamp > window.from) ? above.timestamp : window.from;
  const end = below && shift(below.timestamp, MICROSECOND_MS);
  return { from, to: end && end < window.to ? end : window.to };
}
