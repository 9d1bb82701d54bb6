import type { ChainPosition, Position } from '../../log/cursor.ts';
import { allOf, type Filter, fieldTest } from '../../log/filter/filter.ts';
import { justAfter, type Timestamp } from '../../log/time.ts';
import { type TimeWindow, upTo } from '../../log/time-span.ts';
import { inArchiveSnapshot } from '../archive/archive-in.ts';
import { readBoth } from '../archive/read-both.ts';
import type { Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { isAmong, isEqual } from '../filter/id-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import { type Walk, walkColumns } from '../read/walk.ts';

interface ChainsRequest {
  filter: Filter;
  window: TimeWindow;
  first: number;
  after: ChainPosition | null;
}

interface ChainsPage {
  positions: ChainPosition[];
  hasNextPage: boolean;
}

/** Records that one statement reads. */
const SLICE_ROWS = 2000;

interface Member extends Position {
  id: string;
}

/**
 * Correlation ids, sorted by their newest record that matches, latest first; equal times by id, greatest first. Reads records from
 * the newest backwards until enough chains are found: the first record of a chain that it meets is the chain's newest.
 */
export const newestChains = (sql: Sql, request: ChainsRequest): Promise<ChainsPage> =>
  inArchiveSnapshot(sql, (tx) => readNewest(tx, request));

async function readNewest(sql: Sql, { filter, window, first, after }: ChainsRequest): Promise<ChainsPage> {
  const inChain = allOf(filter, fieldTest('correlationId', { op: 'exists' }));
  const found: ChainPosition[] = [];
  const seen = new Set<string>();
  // Chains with a record after the cursor's time were on an earlier page. Records at its time may still belong to this page.
  for await (const slice of slicesBack(sql, inChain, upTo(window, after?.timestamp))) {
    const unseen = newestOfEach(slice).filter(({ correlationId }) => !seen.has(correlationId));
    for (const { correlationId } of unseen) seen.add(correlationId);
    found.push(...(after ? await withoutEarlierPages(sql, inChain, window, after, unseen) : unseen));
    if (isEnough(found, first, slice.at(-1)!.timestamp)) break;
  }
  const positions = found.sort(latestFirst);
  return { positions: positions.slice(0, first), hasNextPage: positions.length > first };
}

/** Records of chains in slices, newest first. No slice is empty. */
async function* slicesBack(sql: Sql, filter: Filter, window: TimeWindow): AsyncGenerator<Member[]> {
  const walk: Walk = { filter, window, newestFirst: true, above: null, below: null, limit: SLICE_ROWS };
  for (let slice: Member[] | undefined; !slice || slice.length === SLICE_ROWS; ) {
    const below: Position | null = slice?.at(-1) ?? null;
    slice = await walkColumns<Member>(sql, 'ts as "timestamp", uid, correlation_id as id', { ...walk, below });
    if (slice.length > 0) yield slice;
  }
}

/** Whether no record at or before `timestamp` can add a chain to the first `first`. */
const isEnough = (found: readonly ChainPosition[], first: number, timestamp: Timestamp): boolean =>
  found.length > first && found.toSorted(latestFirst)[first]!.timestamp > timestamp;

function newestOfEach(members: readonly Member[]): ChainPosition[] {
  const chains = new Map<string, ChainPosition>();
  for (const { id, timestamp } of members) if (!chains.has(id)) chains.set(id, { timestamp, correlationId: id });
  return [...chains.values()];
}

/** Removes the chains of earlier pages: they have a matching record later than the cursor, or come before it at its time. */
async function withoutEarlierPages(
  sql: Sql,
  filter: Filter,
  window: TimeWindow,
  after: ChainPosition,
  chains: readonly ChainPosition[],
): Promise<ChainPosition[]> {
  const candidates = chains.filter((chain) => latestFirst(after, chain) < 0);
  const later = await readStoredSpan(sql, { from: justAfter(after.timestamp), to: window.to });
  if (!later || candidates.length === 0) return candidates;
  const ids = candidates.map(({ correlationId }) => correlationId);
  const earlier = await readBoth(sql, later, (store) =>
    isDuckDb(store)
      ? store<{ id: string }[]>`
          select distinct correlation_id as id from system_logs
          where ${isAmong(store, 'correlation_id', ids)} and ${within(store, later)} and ${filterSql(store, filter, later)}`
      : store<{ id: string }[]>`
          select id from unnest(${ids}::text[]) as id cross join lateral (
            select from system_logs
            where ${isEqual(store, 'correlation_id', 'id')} and ${within(store, later)} and ${filterSql(store, filter, later)}
            limit 1
          ) as later`,
  );
  const onEarlierPages = new Set(earlier.map(({ id }) => id));
  return candidates.filter(({ correlationId }) => !onEarlierPages.has(correlationId));
}

const latestFirst = (a: ChainPosition, b: ChainPosition): number => {
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp ? -1 : 1;
  return a.correlationId > b.correlationId ? -1 : a.correlationId < b.correlationId ? 1 : 0;
};
