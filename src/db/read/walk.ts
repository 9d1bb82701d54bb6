import type { Sql } from '../connection/client.ts';
import { type Route, routeOf } from '../filter/access-path.ts';
import { filterSql } from '../filter/filter-sql.ts';
import type { Bounds } from '../partitions/partitions.ts';
import { readStretches } from './partition-cuts.ts';
import { readBySearch, readFew } from './search.ts';
import { beyond, inOrder, upTo, type Walk, type Window, within } from './walk-sql.ts';

export { ALL_TIME, upTo, type Walk, type Window, within } from './walk-sql.ts';

/** Partitions that one statement goes to at most: each costs planning. */
const WIDTH_MAX = 8;
/** A statement that took longer is followed by one for a single partition: `QUERY_TIMEOUT` is for each, and some are large. */
const QUICK_MS = 1000;

/** From the begin of the first partition in the window to the end of the last; null where there is none. */
export async function readSpan(sql: Sql, { from, to }: Window): Promise<Bounds | null> {
  const [span] = await sql<Bounds[]>`
    select greatest(min(from_ts), ${from}::timestamptz) as "from", least(max(to_ts), ${to}::timestamptz) as "to"
    from log_partitions
    where to_ts > coalesce(${from}::timestamptz, '-infinity') and from_ts < ${to}::timestamptz having count(*) > 0`;
  return span ?? null;
}

/**
 * Walks the partitions until `limit` rows are found: one, then two, four ... in a statement while they are quick, so that few
 * statements are needed and none goes to all. `columns` is a select list.
 */
export async function walkColumns<Row>(sql: Sql, columns: string, walk: Walk): Promise<Row[]> {
  const stretches = await readStretches(sql, cut(walk));
  if (stretches.length === 0) return [];
  const route = routeOf(walk.filter);
  const few = route === 'id' ? await readFew<Row>(sql, columns, walk, joined(stretches)) : undefined;
  if (few) return few;

  const rows: Row[] = [];
  const left = walk.newestFirst ? stretches.reverse() : stretches;
  let [width, widthMax] = [1, WIDTH_MAX];
  while (left.length > 0 && rows.length < walk.limit) {
    const step = { ...walk, limit: walk.limit - rows.length };
    const stretch = joined(left.slice(0, width));
    const asked = performance.now();
    const found = await readStretch<Row>(sql, columns, step, stretch, route, width > 1);
    if (found) {
      rows.push(...found);
      left.splice(0, width);
      width = performance.now() - asked < QUICK_MS ? Math.min(2 * width, widthMax) : 1;
    } else {
      width = widthMax = 1;
    }
  }
  return rows;
}

/** Undefined where so many match in several partitions that they are better gone through one by one. */
function readStretch<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  stretch: Bounds,
  route: Route,
  isWide: boolean,
): Promise<Row[] | undefined> {
  if (route !== 'search') return readAlong(sql, columns, walk, stretch);
  return isWide ? readFew(sql, columns, walk, stretch) : readBySearch(sql, columns, walk, stretch);
}

/** Neighbours, in either order. */
const joined = (stretches: readonly Bounds[]): Bounds => {
  const [one, other] = [stretches[0]!, stretches.at(-1)!];
  return one.from < other.from ? { from: one.from, to: other.to } : { from: other.from, to: one.to };
};

/** Along an index in the order of time, which finds a page soon unless matches are rare. */
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
  return { ...upTo(window, below?.timestamp), from };
}
