import type { ChainPosition, Position } from '../../log/cursor.ts';
import { allOf, type Filter, fieldTest } from '../../log/filter/filter.ts';
import { justAfter, type Timestamp } from '../../log/time.ts';
import { type TimeWindow, upTo } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readSpan } from '../partitions/stored-span.ts';
import { type Walk, walkColumns } from '../read/walk.ts';

interface ChainsRequest {
  filter: Filter;
  window: TimeWindow;
  first: number;
  after: ChainPosition | null;
}

/** Records looked at by one statement. */
const SLICE = 2000;

interface Member extends Position {
  id: string;
}

/**
 * Correlation ids by their newest record under filter and window, the latest first, equal times by id, the greatest first.
 * Reads records from the newest on until it has met enough chains: the first record met of a chain is its newest.
 */
export async function newestChains(
  sql: Sql,
  { filter, window, first, after }: ChainsRequest,
): Promise<{ positions: ChainPosition[]; hasNextPage: boolean }> {
  const inChain = allOf(filter, fieldTest('correlationId', { op: 'exists' }));
  const found: ChainPosition[] = [];
  const met = new Set<string>();
  // Records after the cursor's time show nothing new, but those at its time may.
  for await (const slice of slicesBack(sql, inChain, upTo(window, after?.timestamp))) {
    const fresh = firstOfEach(slice).filter(({ correlationId }) => !met.has(correlationId));
    for (const { correlationId } of fresh) met.add(correlationId);
    found.push(...(after ? await notBefore(sql, inChain, window, after, fresh) : fresh));
    if (isEnough(found, first, slice.at(-1)!.timestamp)) break;
  }
  const positions = found.sort(latestFirst);
  return { positions: positions.slice(0, first), hasNextPage: positions.length > first };
}

/** Slices of the chains' records, the newest first, never empty. */
async function* slicesBack(sql: Sql, filter: Filter, window: TimeWindow): AsyncGenerator<Member[]> {
  const walk: Walk = { filter, window, newestFirst: true, above: null, below: null, limit: SLICE };
  for (let slice: Member[] | undefined; !slice || slice.length === SLICE; ) {
    const below: Position | null = slice?.at(-1) ?? null;
    slice = await walkColumns<Member>(sql, 'ts as "timestamp", uid, correlation_id as id', { ...walk, below });
    if (slice.length > 0) yield slice;
  }
}

/** Whether records before `timestamp`, or at it, can no longer show a chain that belongs among the first. */
const isEnough = (found: readonly ChainPosition[], first: number, timestamp: Timestamp): boolean =>
  found.length > first && found.toSorted(latestFirst)[first]!.timestamp > timestamp;

function firstOfEach(members: readonly Member[]): ChainPosition[] {
  const chains = new Map<string, ChainPosition>();
  for (const { id, timestamp } of members) if (!chains.has(id)) chains.set(id, { timestamp, correlationId: id });
  return [...chains.values()];
}

/** Without the chains that an earlier page told of: they have a record at or after the cursor. */
async function notBefore(
  sql: Sql,
  filter: Filter,
  window: TimeWindow,
  after: ChainPosition,
  chains: readonly ChainPosition[],
): Promise<ChainPosition[]> {
  const candidates = chains.filter((chain) => latestFirst(after, chain) < 0);
  const later = await readSpan(sql, { from: justAfter(after.timestamp), to: window.to });
  if (!later || candidates.length === 0) return candidates;
  const ids = candidates.map(({ correlationId }) => correlationId);
  const told = await sql<{ id: string }[]>`
    with chain as materialized (
      select correlation_id as id from system_logs
      where correlation_id = any(${ids}::text[]) and ${within(sql, later)} and ${filterSql(sql, filter)}
    )
    select distinct id from chain`;
  const gone = new Set(told.map(({ id }) => id));
  return candidates.filter(({ correlationId }) => !gone.has(correlationId));
}

const latestFirst = (a: ChainPosition, b: ChainPosition): number => {
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp ? -1 : 1;
  return a.correlationId > b.correlationId ? -1 : a.correlationId < b.correlationId ? 1 : 0;
};
