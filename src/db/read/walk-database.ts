import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { type AccessPath, accessPathOf } from '../filter/access-path.ts';
import { blockTestOf } from '../filter/block-test.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { splitByPartition } from '../partitions/partition-spans.ts';
import { readCalls } from './calls.ts';
import { readByBlocks } from './read-by-blocks.ts';
import { readBySearch, readFew, readNearest } from './search.ts';
import { joined, type Walk, walkOrder, windowOf, withinEdges } from './walk-sql.ts';

/** Partitions that one statement reads at most: each costs planning time. */
const WIDTH_MAX = 8;
/** The filters of blocks of many partitions are read nearly as fast as those of one, and their records in parts. */
const WIDTHS = { blocks: { growth: 16, max: Number.POSITIVE_INFINITY }, others: { growth: 2, max: WIDTH_MAX } };
/**
 * A statement that takes longer is slow. The next then reads a single partition, because `QUERY_TIMEOUT` limits each statement
 * and partitions can be large.
 */
const QUICK_MS = 1000;

/**
 * Reads PostgreSQL partition by partition until `limit` rows are found. While statements are quick, each reads more partitions than
 * the one before: few statements are needed, and none reads all partitions. `columns` is a select list.
 */
export async function walkDatabase<Row>(sql: Sql, columns: string, walk: Walk): Promise<Row[]> {
  const spans = await splitByPartition(sql, windowOf(walk));
  if (spans.length === 0) return [];
  const path = accessPathOf(walk.filter);
  const few =
    path === 'ids' || path === 'pipelines' ? await readFew<Row>(sql, columns, walk, joined(spans)) : undefined;
  if (few) return few;

  const rows: Row[] = [];
  const left = walk.newestFirst ? spans.reverse() : spans;
  const nearest = path === 'blocks' ? await readNearest<Row>(sql, columns, walk, left[0]!) : undefined;
  if (nearest) return nearest;
  // Partitions that the next statement reads.
  const { growth, max } = path === 'blocks' ? WIDTHS.blocks : WIDTHS.others;
  let [width, widthMax] = [1, max];
  while (left.length > 0 && rows.length < walk.limit) {
    const step = { ...walk, limit: walk.limit - rows.length };
    const startedAt = performance.now();
    const found = await readSpans<Row>(sql, columns, step, left.slice(0, width), path);
    if (found) {
      rows.push(...found);
      left.splice(0, width);
      width = performance.now() - startedAt < QUICK_MS ? Math.min(growth * width, widthMax) : 1;
    } else {
      width = widthMax = 1;
    }
  }
  return rows;
}

/** Undefined when several partitions together have too many matches to sort: read one partition at a time then. */
function readSpans<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  spans: readonly TimeSpan[],
  path: AccessPath,
): Promise<Row[] | undefined> {
  const span = joined(spans);
  switch (path) {
    case 'calls':
      return readCalls(sql, columns, walk, span);
    case 'blocks':
      return readByBlocks(sql, columns, walk, spans, blockTestOf(walk.filter)!);
    case 'ids':
    case 'search':
      return spans.length > 1 ? readFew(sql, columns, walk, span) : readBySearch(sql, columns, walk, span);
    default:
      return readInTimeOrder(sql, columns, walk, span);
  }
}

/** Reads along an index that is sorted by time: finds a page soon unless matches are rare. */
async function readInTimeOrder<Row>(sql: Sql, columns: string, walk: Walk, span: TimeSpan): Promise<Row[]> {
  const rows = await sql<object[]>`
    select ${sql.unsafe(columns)} from system_logs
    where ${within(sql, span)} ${withinEdges(sql, walk)} and ${filterSql(sql, walk.filter, span)}
    order by ${walkOrder(sql, walk)} limit ${walk.limit}`;
  return rows as unknown as Row[];
}
