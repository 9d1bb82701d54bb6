import { QueryTooComplex } from '../../errors.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { widthBucket } from '../filter/width-bucket.ts';
import type { KeyedSummary, SummaryQuestion } from './duration-summary.ts';
import { boundsWithin, type Cell, openCells, percentilesOf } from './percentiles.ts';
import { SUM_SCALE, scaledSum } from './scaled-sum.ts';

// Exact percentiles over several stores. Each store counts the values of a group in cells between the same bounds. The cells that hold
// a percentile are divided again, until they hold few values: then each value is a cell.

/** Values that are read one by one. */
const VALUES_MAX = 50_000;
/** Bounds of cells in one statement, about. */
const BOUNDS_MAX = 1000;
/** Each round divides the cells at least by two. Real durations take two or three. */
const ROUNDS_MAX = 20;
/** 0, and from a microsecond to 35 years, each a fifth above the one before. */
const FIRST_BOUNDS = [0, ...Array.from({ length: 200 }, (_, index) => 2 ** (index / 4 - 10))];

type Key = KeyedSummary['key'];

interface KeyedCell extends Cell {
  key: Key;
}

/**
 * The summary of each group that has a value, over all stores.
 * @throws QueryTooComplex the values of a percentile cannot be told apart within `ROUNDS_MAX`
 */
export async function mergeSummaries(stores: readonly Sql[], question: SummaryQuestion): Promise<KeyedSummary[]> {
  let cells = await readCells(stores, question, FIRST_BOUNDS, null);
  for (let round = 0; ; round++) {
    const groups = groupsOf(cells);
    const open = groups.flatMap((group) => openCells(group));
    if (open.length === 0) return groups.map(summaryOf);
    if (round === ROUNDS_MAX) {
      throw new QueryTooComplex(
        `expected percentiles after ${ROUNDS_MAX} rounds. Ask for less time, or for fewer groups`,
      );
    }
    const values = open.reduce((sum, { count }) => sum + count, 0);
    const bounds = values > VALUES_MAX ? boundsWithin(open, BOUNDS_MAX) : null;
    const divided = new Set<Cell>(open);
    cells = cells.filter((cell) => !divided.has(cell)).concat(await readCells(stores, question, bounds, open));
  }
}

const groupsOf = (cells: readonly KeyedCell[]): KeyedCell[][] =>
  Map.groupBy(cells, ({ key }) => key)
    .values()
    .map((group) => group.sort((a, b) => a.low - b.low))
    .toArray();

function summaryOf(cells: readonly KeyedCell[]): KeyedSummary {
  const count = cells.reduce((all, cell) => all + cell.count, 0);
  const sum = cells.reduce((all, cell) => all + cell.sum, 0);
  return {
    key: cells[0]!.key,
    count,
    avg: sum / count / SUM_SCALE,
    ...percentilesOf(cells),
    max: cells.at(-1)!.high,
  };
}

/** What the stores have in the same cell is one. `bounds` null: each value is a cell. `open`: only values in these. */
async function readCells(
  stores: readonly Sql[],
  question: SummaryQuestion,
  bounds: readonly number[] | null,
  open: readonly KeyedCell[] | null,
): Promise<KeyedCell[]> {
  const cells = new Map<string, KeyedCell>();
  for (const store of stores) {
    for (const { place, bucket, ...cell } of await cellsOf(store, question, bounds, open)) {
      const key = open === null ? cell.key : open[place]!.key;
      const name = JSON.stringify([open === null ? key : place, bucket]);
      const other = cells.get(name);
      cells.set(name, other ? joined(other, cell) : { ...cell, key });
    }
  }
  return [...cells.values()];
}

const joined = (one: KeyedCell, other: Cell): KeyedCell => ({
  key: one.key,
  count: one.count + other.count,
  low: Math.min(one.low, other.low),
  high: Math.max(one.high, other.high),
  sum: one.sum + other.sum,
});

/** `place`: of the open cell. */
type CellRow = KeyedCell & { place: number; bucket: number };

async function cellsOf(
  store: Sql,
  { column, span, by, source }: SummaryQuestion,
  bounds: readonly number[] | null,
  open: readonly KeyedCell[] | null,
): Promise<CellRow[]> {
  const { from } = await source(store, span);
  const timed = store`(select ${by ? by.of(store) : store`0`} as key, ${store.unsafe(column)} as ms from ${from}) as timed`;
  const bucket = bounds === null ? store`ms` : widthBucket(store, 'ms', bounds, 'float8');
  const sums = store`count(*) as count, min(ms) as low, max(ms) as high, ${scaledSum(store, 'ms')} as sum`;
  return open === null
    ? store<CellRow[]>`
        select key, 0 as place, ${bucket} as bucket, ${sums} from ${timed} where ms is not null group by 1, 2, 3`
    : store<CellRow[]>`
        select null as key, place, ${bucket} as bucket, ${sums}
        from ${timed} join ${rangesOf(store, open)} on coalesce(key::text, '') = coalesce(open_key, '')
          and (key is null) = (open_key is null) and ms >= open_low and ms <= open_high
        group by 1, 2, 3`;
}

/** Numbers as text: DuckDB is given a list of one type. */
const rangesOf = (store: Sql, open: readonly KeyedCell[]): Fragment => store`(
  select unnest(${open.map(({ key }) => (key === null ? null : String(key)))}::text[]) as open_key,
    unnest(${open.map((_, place) => place)}::integer[]) as place,
    unnest(${open.map(({ low }) => String(low))}::float8[]) as open_low,
    unnest(${open.map(({ high }) => String(high))}::float8[]) as open_high) as open`;
