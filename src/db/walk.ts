import type { Position } from '../log/cursor.ts';
import type { Filter } from '../log/filter.ts';
import type { LogRecord } from '../log/record.ts';
import { shift, type Timestamp } from '../log/time.ts';
import type { Fragment, Sql } from './client.ts';
import { RECORD } from './columns.ts';
import { filterSql } from './filter-sql.ts';
import type { Bounds } from './partitions.ts';
import { readAt } from './positions.ts';
import { routeOf } from './route.ts';

/** [from, to); a null `from` is no bound. */
export interface Window {
  from: Timestamp | null;
  to: Timestamp;
}

/** A place that records lie beyond; with `inclusive`, at or beyond. */
export interface Edge extends Position {
  inclusive?: boolean;
}

/** The first `limit` records of a window in time order, from one end. */
export interface Walk {
  filter: Filter;
  window: Window;
  newestFirst: boolean;
  /** Only records later than this. */
  above: Edge | null;
  /** Only records earlier than this. */
  below: Edge | null;
  limit: number;
}

const MICROSECOND_MS = 0.001;
/** Matches that are sorted rather than met in order along the primary key. */
const FEW_MAX = 2000;

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

export const within = (sql: Sql, { from, to }: Bounds): Fragment =>
  sql`ts >= ${from}::timestamptz and ts < ${to}::timestamptz`;

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
    const found = route === 'search' ? await readFew<Row>(sql, columns, step, stretch) : undefined;
    rows.push(...(found ?? (await readAlong<Row>(sql, columns, step, stretch))));
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
    order by ${walk.newestFirst ? sql`ts desc, uid desc` : sql`ts, uid`} limit ${walk.limit}`;
  return rows as unknown as Row[];
}

/**
 * By whatever index the filter has, then sorted: without an order the planner is not tempted to walk the primary key.
 * Undefined where more than `FEW_MAX` match.
 */
async function readFew<Row>(sql: Sql, columns: string, walk: Walk, stretch: Bounds): Promise<Row[] | undefined> {
  const matches = await sql<Position[]>`
    select ts as "timestamp", uid from system_logs
    where ${within(sql, stretch)} ${beyond(sql, walk)} and ${filterSql(sql, walk.filter)} limit ${FEW_MAX + 1}`;
  if (matches.length > FEW_MAX) return undefined;
  const sorted = matches.toSorted(comparePositions);
  const wanted = (walk.newestFirst ? sorted.reverse() : sorted).slice(0, walk.limit);
  const rows = await readAt<Row>(sql, columns, wanted);
  return rows.sort((a, b) => a.place - b.place).map(({ place: _, ...row }) => row as Row);
}

const comparePositions = (a: Position, b: Position): number =>
  a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0;

/** The row comparison alone does not prune partitions: `ts` is bounded beside it. */
function beyond(sql: Sql, { above, below }: Walk): Fragment {
  const place = ({ timestamp, uid }: Edge) => sql`(${timestamp}::timestamptz, ${uid}::uuid)`;
  const later = above && sql`and (ts, uid) ${above.inclusive ? sql`>=` : sql`>`} ${place(above)}`;
  const earlier = below && sql`and (ts, uid) ${below.inclusive ? sql`<=` : sql`<`} ${place(below)}`;
  return sql`${later ?? sql``} ${earlier ?? sql``}`;
}

/** The window as far as the edges leave it. */
function cut({ window, above, below }: Walk): Window {
  const from = above && (window.from === null || above.timestamp > window.from) ? above.timestamp : window.from;
  const end = below && shift(below.timestamp, MICROSECOND_MS);
  return { from, to: end && end < window.to ? end : window.to };
}
