import type { Position } from '../../log/cursor.ts';
import { allOf, type Filter, fieldIs } from '../../log/filter/filter.ts';
import { compareRecords, type LogRecord } from '../../log/record.ts';
import { ALL_TIME, type TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { findLogs, type Page, readPage } from '../read/logs.ts';
import { type ChainKey, ofChains, readOfChains } from './chain-records.ts';
import { byId } from './merge-chains.ts';

interface ChainPageRequest {
  filter: Filter;
  limit: number;
  /** Returns the last `limit` records instead of the first, in the same order. */
  backward: boolean;
}

/** Up to this many matches of all chains together are sorted. With more, each chain is read alone. */
const SORTED_MAX = 20_000;

/** The first page of each chain's records, oldest first: three statements for any number of chains, unless some are long. */
export async function chainPages(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  request: ChainPageRequest,
): Promise<Page[]> {
  const positions = await firstPositions(sql, key, ids, request);
  if (positions === undefined) return pagesOneByOne(sql, key, ids, request);
  const records = await findLogs(sql, positions, null);
  const found = byId(positions.map(({ id }, index) => ({ id, record: records[index]! })));
  return ids.map((id) =>
    pageOf(
      (found.get(id) ?? []).map(({ record }) => record),
      request,
    ),
  );
}

async function pagesOneByOne(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  request: ChainPageRequest,
): Promise<Page[]> {
  const whole = { window: ALL_TIME, order: 'OLDEST_FIRST', after: null, before: null } as const;
  const pages: Page[] = [];
  for (const id of ids) {
    pages.push(await readPage(sql, { ...request, ...whole, filter: allOf(fieldIs(key, id), request.filter) }));
  }
  return pages;
}

/** @param chain its first records, one more than the page if there are more; null for a record that was removed meanwhile */
function pageOf(chain: readonly (LogRecord | null)[], { limit, backward }: ChainPageRequest): Page {
  const more = chain.length > limit;
  const page = chain.slice(0, limit);
  return {
    records: (backward ? page.reverse() : page).filter((record) => record !== null),
    hasNextPage: more && !backward,
    hasPreviousPage: more && backward,
  };
}

/** The positions of each chain's page and of one record more. Undefined when more than `SORTED_MAX` match. */
async function firstPositions(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  { filter, limit, backward }: ChainPageRequest,
): Promise<(Position & { id: string })[] | undefined> {
  const rows = await readOfChains(
    sql,
    (store, bounds) => store<(Position & { id: string; isMany: boolean })[]>`
      with ${matches(store, key, ids, filter, bounds, store`limit ${SORTED_MAX + 1}`)}, placed as (
        select id, ts, uid,
          row_number() over (partition by id order by ${backward ? store`ts desc, uid desc` : store`ts, uid`}) as place
        from matches
      )
      select id, ts as "timestamp", uid, (select count(*) > ${SORTED_MAX} from matches) as "isMany"
      from placed where place <= ${limit + 1}`,
  );
  if (rows.some(({ isMany }) => isMany)) return undefined;
  const compare = backward ? (a: Position, b: Position) => compareRecords(b, a) : compareRecords;
  return Array.from(byId(rows).values(), (chain) => chain.sort(compare).slice(0, limit + 1)).flat();
}

/** How many records of each chain match. */
export async function chainCounts(sql: Sql, key: ChainKey, ids: readonly string[], filter: Filter): Promise<number[]> {
  const rows = await readOfChains(
    sql,
    (store, bounds) => store<{ id: string; count: number }[]>`
      with ${matches(store, key, ids, filter, bounds, store``)} select id, count(*) as count from matches group by id`,
  );
  const counts = byId(rows);
  return ids.map((id) => (counts.get(id) ?? []).reduce((sum, { count }) => sum + count, 0));
}

/** Materialized, so that the planner uses the index of ids and sorts afterwards. */
const matches = (
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  filter: Filter,
  bounds: TimeSpan,
  limit: Fragment,
): Fragment => sql`
  matches as materialized (
    ${ofChains(sql, key, ids, 'ts, uid', bounds, filter)} ${limit}
  )`;
