import { type TimeSpan, type TimeWindow, upTo } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { type Route, routeOf } from '../filter/access-path.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

import { readStretches } from '../partitions/partition-cuts.ts';
import { readBySearch, readFew } from './search.ts';
import { beyond, inOrder, type Walk } from './walk-sql.ts';

export type { Walk } from './walk-sql.ts';

/** Partitions that one statement goes to at most: each costs planning. */
const WIDTH_MAX = 8;
/** A statement that took longer is followed by one for a single partition: `QUERY_TIMEOUT` is for each, and some are large. */
const QUICK_MS = 1000;

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
  stretch: TimeSpan,
  route: Route,
  isWide: boolean,
): Promise<Row[] | undefined> {
  if (route !== 'search') return readAlong(sql, columns, walk, stretch);
  return isWide ? readFew(sql, columns, walk, stretch) : readBySearch(sql, columns, walk, stretch);
}

/** Neighbours, in either order. */
const joined = (stretches: readonly TimeSpan[]): TimeSpan => {
  const [one, other] = [stretches[0]!, stretches.at(-1)!];
  return one.from < other.from ? { from: one.from, to: other.to } : { from: other.from, to: one.to };
};

/** Along an index in the order of time, which finds a page soon unless matches are rare. */
async function readAlong<Row>(sql: Sql, columns: string, walk: Walk, stretch: TimeSpan): Promise<Row[]> {
  const rows = await sql<object[]>`
    select ${sql.unsafe(columns)} from system_logs
    where ${within(sql, stretch)} ${beyond(sql, walk)} and ${filterSql(sql, walk.filter)}
    order by ${inOrder(sql, walk)} limit ${walk.limit}`;
  return rows as unknown as Row[];
}

/** The window as far as the edges leave it. */
function cut({ window, above, below }: Walk): TimeWindow {
  const from = above && (window.from === null || above.timestamp > window.from) ? above.timestamp : window.from;
  return { ...upTo(window, below?.timestamp), from };
}
