import { EVERYTHING, type Filter } from '../../log/filter/filter.ts';
import { justAfter, type Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import { inArchiveSnapshot } from '../archive/archive-in.ts';
import { recordsSource } from '../blocks/records-source.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { type AccessPath, accessPathOf } from '../filter/access-path.ts';
import { isRolledUp } from '../rollups/count-source.ts';
import { countLogs } from './logs.ts';
import { allOf, lowest, ofSlices, readLowest, type Sampled } from './sampled-rows.ts';
import { slicesOf } from './slices.ts';
import { inSlices } from './slices-sql.ts';
import { walkColumns } from './walk.ts';

export interface SampleRequest {
  filter: Filter;
  window: TimeWindow;
  /** The most records. */
  size: number;
}

export interface Sample<Row> {
  rows: Row[];
  /** Whether these are surely all matching records. */
  isComplete: boolean;
}

/** A round that would begin later is left out. */
const SAMPLE_MS = 2500;
/** Records that the first round reads at most, matching or not. Its speed decides how much the next one reads. */
const FIRST_ROWS = 200_000;
/** A round reads at most this many times what all before it have read. */
const GROWTH_MAX = 8;
/** A round reads a little more than seems needed, because another one costs more. */
const SURPLUS = 1.1;

/** Ways to find matching records without reading others: all are read at once. */
const INDEXED: ReadonlySet<AccessPath> = new Set<AccessPath>(['ids', 'pipelines', 'calls', 'search']);

/**
 * An even sample of the matching records, in no order. `columns` is a select list.
 *
 * Slices of time are read in rounds. A round reads the same share of each part of the window, so the sample is even after every
 * round. The last round is the one that has found enough, reads the rest, or ends after `SAMPLE_MS`. When more is found than
 * wanted, the records whose uids have the lowest hashes stay.
 */
export const readSample = <Row extends object>(
  sql: Sql,
  columns: string,
  request: SampleRequest,
): Promise<Sample<Row>> =>
  inArchiveSnapshot(sql, async (tx) => {
    const { filter, window, size } = request;
    const span = await readOccupiedSpan(tx, window);
    if (!span) return { rows: [], isComplete: true };
    const { records, isWhole } = await recordsSource(tx, filter, span);
    if (isWhole && !INDEXED.has(accessPathOf(filter))) return readRounds(tx, columns, request, span);
    const rows = await readLowest<Row>(tx, columns, { span, size }, (store) =>
      allOf(store, isDuckDb(store) ? store`system_logs` : records, filter, span),
    );
    return { rows: lowest(rows, size), isComplete: rows.length < size };
  });

async function readRounds<Row extends object>(
  sql: Sql,
  columns: string,
  request: SampleRequest,
  span: TimeSpan,
): Promise<Sample<Row>> {
  const { filter, size } = request;
  const endsAt = performance.now() + SAMPLE_MS;
  let found: Sampled<Row>[] = [];
  let [share, next] = [0, await firstShare(sql, request, span)];
  while (share < 1 && found.length < size && performance.now() < endsAt) {
    const [from, startedAt] = [share, performance.now()];
    share = Math.min(1, from + next);
    const slices = slicesOf(span, from, share);
    const shareOf = (store: Sql): Fragment =>
      isDuckDb(store)
        ? store`${allOf(store, store`system_logs`, filter, span)} and ${inSlices(store, span, from, share)}`
        : ofSlices(store, slices, filter);
    found = found.concat(await readLowest<Row>(sql, columns, { span, size }, shareOf));
    const wanted = found.length === 0 ? 1 : (SURPLUS * share * (size - found.length)) / found.length;
    const now = performance.now();
    const affordable = ((share - from) * (endsAt - now)) / (now - startedAt);
    next = Math.min(wanted, affordable, GROWTH_MAX * share);
  }
  return { rows: lowest(found, size), isComplete: share >= 1 && found.length < size };
}

/** The share that the first round reads. */
async function firstShare(sql: Sql, { filter, size }: SampleRequest, span: TimeSpan): Promise<number> {
  const rows = await countLogs(sql, EVERYTHING, span);
  if (rows <= FIRST_ROWS) return 1;
  const matching = isRolledUp(filter) ? await countLogs(sql, filter, span) : rows;
  return Math.min((SURPLUS * size) / Math.max(1, matching), FIRST_ROWS / rows);
}

/** From the oldest to the newest record of the window, whether they match or not. */
async function readOccupiedSpan(sql: Sql, window: TimeWindow): Promise<TimeSpan | null> {
  const endOf = async (newestFirst: boolean): Promise<Timestamp | undefined> => {
    const walk = { filter: EVERYTHING, window, newestFirst, above: null, below: null, limit: 1 };
    const [row] = await walkColumns<{ timestamp: Timestamp }>(sql, 'ts as "timestamp"', walk);
    return row?.timestamp;
  };
  const [oldest, newest] = [await endOf(false), await endOf(true)];
  return oldest === undefined || newest === undefined ? null : { from: oldest, to: justAfter(newest) };
}
